"""Checks that keep no promise: without them something else is worse. Tried where they would be missed."""

from tests.simulation.guards import deliveries, trials
from tests.simulation.guards.fences.edits import MOVES, step
from tests.simulation.guards.fences.fence import Courtesy
from tests.simulation.guards.mutation import Edit
from tests.simulation.harness.scenarios import FULFILLED, OUT_OF_STOCK, REFUSED_BY_CARRIER

COURTESIES = (
    Courtesy(
        "Reject order does not check that its reason still stands",
        trials.restocked(OUT_OF_STOCK, "Reject order"),
        (
            Edit(
                MOVES,
                'stands = {"reservation": check(keys.reservation(story.order.order_id), ABSENT)}',
                "stands = {}",
            ),
        ),
        because="what is held is given back by the ledger; a sale is lost, and the reason is not true",
    ),
    Courtesy(
        "Turn back does not check that its reason still stands",
        trials.overtaken(REFUSED_BY_CARRIER, "Turn back"),
        (
            Edit(
                MOVES,
                "return self._move(story.order, Status.CANCELLING, at, stands, reason)",
                "return self._move(story.order, Status.CANCELLING, at, {}, reason)",
            ),
        ),
        because="what a carrier has refused for good it does not book later",
    ),
    Courtesy(
        "Capture payment does not look at the order's status first",
        trials.given_up(FULFILLED, "Capture payment"),
        (
            step(
                "capture_payment",
                "if story.order.status is not Status.CONFIRMED or payment is None:",
                "if payment is None:",
            ),
        ),
        because="the provider decides between a capture that comes late and the void",
    ),
    Courtesy(
        "a rival in the way of a move is taken for a move",
        trials.in_conflict(FULFILLED, "Confirm order"),
        (
            Edit(
                MOVES,
                '            if cancelled.contention and not cancelled.failed("order"):\n'
                "                raise\n",
                "",
            ),
        ),
        because="to load the order again is to try again, only without waiting",
    ),
)

OF_SWEEPING = (
    Courtesy(
        "two sweeps at once both claim an order",
        deliveries.SWEPT_TWICE,
        (
            Edit(
                "ordering.repositories.reconciliation",
                'f"begins_with(GSI2PK, :open) AND {unchanged}"',
                'f"begins_with(GSI2PK, :open) OR {unchanged}"',
            ),
        ),
        because="to drive an order twice is to drive it once; a message more is in the queue",
    ),
    Courtesy(
        "an order is driven though another driver has it",
        deliveries.DRIVEN_TWICE_AT_ONCE,
        (
            Edit(
                "ordering.repositories.leases",
                '"attribute_not_exists(PK) OR heldUntil < :now"',
                '"attribute_not_exists(PK) OR heldUntil < :now OR attribute_exists(PK)"',
            ),
        ),
        because="each step checks what it rests on; under overload the work done twice would keep it up",
    ),
    Courtesy(
        "orders are driven though what they need is away",
        deliveries.PROVIDER_AWAY,
        (
            Edit(
                "lambdas.events.drive_order",
                "if (away := readings.away) and ",
                "if (away := None) and ",
            ),
        ),
        because="they fail, and the sweep drives them on; each attempt costs the provider's time-outs",
    ),
)
