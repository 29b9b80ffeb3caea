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
        "an event that the bus refused is treated as published",
        deliveries.REFUSED_BY_THE_BUS,
        (Guard.PUBLISH_REFUSED,),
    ),
    NeededGuard(
        "a payment entry is overwritten",
        deliveries.duplicated("Authorise payment", "authorise_payment"),
        (Guard.OPEN_ABSENT,),
    ),
)

DRIVING = (
    NeededGuard(
        "the SDK retries the start of the saga",
        deliveries.UNANSWERED,
        (Guard.DRIVE_ONCE,),
    ),
    NeededGuard(
        "a failed execution is treated as done",
        deliveries.FAILING,
        (Guard.DRIVE_FAILED,),
        behind=(Guard.SWEEP_DRIVES,),
        because="the sweep finds the order a quarter of an hour later",
    ),
)

SWEEPING = (
    NeededGuard(
        "orders that make no progress are not driven again",
        deliveries.FAILING,
        (Guard.SWEEP_DRIVES,),
        behind=(Guard.DRIVE_FAILED,),
        because="the message of an execution that failed is redelivered",
    ),
    NeededGuard(
        "an order that has ended is parked",
        deliveries.ENDED_WHILE_PARKED,
        (Guard.PARK_OPEN,),
    ),
    NeededGuard(
        "an order is parked for a fault that all orders have",
        deliveries.NOTHING_SUCCEEDS,
        (Guard.PARK_ALONE,),
    ),
    NeededGuard(
        "the number of nudges is limited",
        deliveries.NOTHING_SUCCEEDS,
        (Guard.NUDGE_BOUNDED,),
    ),
    NeededGuard(
        "an order is lost with the last receive of its message",
        deliveries.RECEIVED_TOO_OFTEN,
        (Guard.HAND_OVER_DUE,),
    ),
    NeededGuard(
        "the sweep settles what an open order owes",
        deliveries.STOPPED,
        (Guard.SWEEP_ENDED,),
    ),
    NeededGuard(
        "the sweep refunds a fulfilled order",
        deliveries.UNDISTURBED,
        (Guard.SWEEP_FULFILLED,),
        behind=(Guard.COMPLETE_NOT_DUE,),
        because="the pivot removes the payment from the index of what is due",
    ),
)
