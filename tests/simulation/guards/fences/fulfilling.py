"""The fences from the confirmation to the pivot."""

from tests.simulation.guards import trials
from tests.simulation.guards.fences.edits import (
    COMPLETED_FROM_ANY_STATUS,
    COMPLETED_UNBOOKED,
    COMPLETED_UNPAID,
    COMPLETED_WITHOUT_STOCK,
    CONFIRMED_WITHOUT_PAYMENT,
    CONFIRMED_WITHOUT_STOCK,
    LEDGER,
    MOVES,
    any_status,
    opening,
    step,
)
from tests.simulation.guards.fences.fence import Mutation
from tests.simulation.guards.mutation import Edit
from tests.simulation.harness.scenarios import BOOKED_FIRST, FULFILLED

CONFIRMING = (
    Mutation(
        "Confirm order does not check the order's status",
        trials.given_up(FULFILLED, "Confirm order"),
        "5",
        (any_status("CONFIRMED"),),
        behind=(CONFIRMED_WITHOUT_STOCK, CONFIRMED_WITHOUT_PAYMENT),
        because="an order that was given up holds no stock and has no payment",
    ),
    Mutation(
        "Confirm order does not check the reservation and the payment",
        trials.given_up(FULFILLED, "Confirm order"),
        "5",
        (CONFIRMED_WITHOUT_STOCK, CONFIRMED_WITHOUT_PAYMENT),
        behind=(any_status("CONFIRMED"),),
        because="what a PENDING order holds is given back only once it is not PENDING",
    ),
)

FULFILLING = (
    Mutation(
        "Book shipment does not check the order",
        trials.given_up(FULFILLED, "Book shipment"),
        "3",
        (opening("CONFIRMED"),),
    ),
    Mutation(
        "Book shipment does not look at the order's status first",
        trials.given_up(FULFILLED, "Book shipment"),
        "3",
        (
            step(
                "book_shipment",
                "    if story.order.status is not Status.CONFIRMED:\n        return Outcome.STALE\n",
            ),
        ),
    ),
    Mutation(
        "a late word of the carrier's overwrites the ledger",
        trials.overtaken(FULFILLED, "Book shipment"),
        "3",
        (
            Edit(
                LEDGER,
                "status.predecessors,\n            status,\n            at,\n            tracking",
                "set(ShipmentStatus),\n            status,\n            at,\n            tracking",
            ),
        ),
    ),
    Mutation(
        "the pivot has no condition",
        trials.doubled(FULFILLED, "Complete order"),
        "2",
        (
            COMPLETED_FROM_ANY_STATUS,
            COMPLETED_UNPAID,
            COMPLETED_UNBOOKED,
            COMPLETED_WITHOUT_STOCK,
        ),
    ),
    Mutation(
        "the pivot does not check the order's status",
        trials.doubled(FULFILLED, "Complete order"),
        "5",
        (COMPLETED_FROM_ANY_STATUS,),
        behind=(COMPLETED_UNBOOKED, COMPLETED_WITHOUT_STOCK),
        because="what a fulfilled order held is committed, and its shipment dispatched",
    ),
    Mutation(
        "the pivot does not check that the money is taken",
        trials.haunted(BOOKED_FIRST, "Capture payment", "complete_order"),
        "3",
        (COMPLETED_UNPAID,),
    ),
    Mutation(
        "the pivot does not check that the shipment is booked",
        trials.haunted(FULFILLED, "Book shipment", "complete_order", lost=True),
        "3",
        (COMPLETED_UNBOOKED,),
    ),
    Mutation(
        "the pivot does not take the payment out of the index of what is due",
        trials.undisturbed(FULFILLED),
        "4",
        (Edit(MOVES, '                "payment": paid,\n', ""),),
    ),
    Mutation(
        "the pivot does not count the units as shipped",
        trials.undisturbed(FULFILLED),
        "2",
        (Edit(MOVES, "                **stock_moves(held, SHIP, at),\n", ""),),
    ),
)
