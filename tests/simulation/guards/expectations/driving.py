"""The guards between the functions: the outbox, the queue, the sweep."""

from ordering.guards import Guard
from tests.simulation.guards import deliveries
from tests.simulation.guards.expectations.expectation import NeededGuard

PUBLISHING = (
    NeededGuard(
        "the event is published by the handler, and not from the stream",
        deliveries.crashing("place_order"),
        (Guard.PUBLISH_FROM_STREAM, Guard.PLACE_WRITES_ONLY),
    ),
    NeededGuard(
        "an event that the bus did not trial is taken for published",
        deliveries.REFUSED_BY_THE_BUS,
        (Guard.PUBLISH_REFUSED,),
    ),
    NeededGuard(
        "a page of the ledger is written though there is one",
        deliveries.duplicated("Authorise payment", "authorise_payment"),
        (Guard.OPEN_ABSENT,),
    ),
)

DRIVING = (
    NeededGuard(
        "the SDK tries the start of the saga again",
        deliveries.UNHEARD,
        (Guard.DRIVE_ONCE,),
    ),
    NeededGuard(
        "a failed execution is taken for done",
        deliveries.FAILING,
        (Guard.DRIVE_FAILED,),
        behind=(Guard.SWEEP_DRIVES,),
        because="the sweep finds the order, though a quarter of an hour later",
    ),
)

SWEEPING = (
    NeededGuard(
        "nobody drives on what stands still",
        deliveries.FAILING,
        (Guard.SWEEP_DRIVES,),
        behind=(Guard.DRIVE_FAILED,),
        because="the message of an execution that failed is redelivered",
    ),
    NeededGuard(
        "an order is parked though it has ended",
        deliveries.ENDED_WHILE_PARKED,
        (Guard.PARK_OPEN,),
    ),
    NeededGuard(
        "an order is parked for a fault that all others have as well",
        deliveries.NOTHING_SUCCEEDS,
        (Guard.PARK_ALONE,),
    ),
    NeededGuard(
        "a nudge is the last one",
        deliveries.NOTHING_SUCCEEDS,
        (Guard.NUDGE_BOUNDED,),
    ),
    NeededGuard(
        "a message is forgotten at its last receive, and its order with it",
        deliveries.RECEIVED_TOO_OFTEN,
        (Guard.HAND_OVER_DUE,),
    ),
    NeededGuard(
        "the sweep settles what an open order owes",
        deliveries.STOPPED,
        (Guard.SWEEP_ENDED,),
    ),
    NeededGuard(
        "the sweep gives back what a fulfilled order was paid",
        deliveries.UNDISTURBED,
        (Guard.SWEEP_FULFILLED,),
        behind=(Guard.COMPLETE_NOT_DUE,),
        because="the pivot trials the payment out of the index of what is due",
    ),
)
