"""The fences of Reserve stock."""

from dataclasses import replace

from tests.simulation.guards import trials
from tests.simulation.guards.fences.edits import (
    CHANGES,
    LEDGER,
    NO_LOOK_AT_THE_RESERVATION,
    NOT_READ,
    NOT_RECOGNISED,
    RESERVE_CHECKS_NO_ORDER,
    look,
)
from tests.simulation.guards.fences.fence import Mutation
from tests.simulation.guards.mutation import Edit
from tests.simulation.harness.scenarios import FULFILLED, MUG, OUT_OF_STOCK

LAST_UNITS = replace(FULFILLED, name="the last units", stock=((MUG, 2),))


RESERVING = (
    Mutation(
        "Reserve stock does not check the order",
        trials.given_up(FULFILLED, "Reserve stock"),
        "2",
        (RESERVE_CHECKS_NO_ORDER,),
    ),
    Mutation(
        "Reserve stock does not look at the order's status first",
        trials.given_up(FULFILLED, "Reserve stock"),
        "2",
        (look("reserve_stock"),),
        behind=(RESERVE_CHECKS_NO_ORDER,),
        because="the transaction checks the same; the look only spares it",
    ),
    Mutation(
        "Reserve stock does not mind that there is a reservation",
        trials.doubled(FULFILLED, "Reserve stock"),
        "2",
        (
            Edit(
                LEDGER,
                '"reservation": put(item_of(reservation, key), condition=ABSENT)',
                '"reservation": put(item_of(reservation, key), condition="attribute_not_exists(nothing)")',
            ),
        ),
    ),
    Mutation(
        "stock is taken though there is not enough",
        trials.undisturbed(OUT_OF_STOCK),
        "2",
        (
            Edit(
                CHANGES,
                'f"{name} >= :units" for name in losing',
                'f"({name} >= :units OR attribute_exists(PK))" for name in losing',
            ),
        ),
    ),
    Mutation(
        "OUT_OF_STOCK is answered before the reservation is read",
        trials.dying(LAST_UNITS, "Reserve stock"),
        "4",
        (NO_LOOK_AT_THE_RESERVATION, NOT_RECOGNISED, NOT_READ),
    ),
    Mutation(
        "OUT_OF_STOCK is answered to the SDK's own retry of what succeeded",
        trials.sent_twice(LAST_UNITS, "Reserve stock"),
        "4",
        (NOT_RECOGNISED, NOT_READ),
        behind=(NO_LOOK_AT_THE_RESERVATION,),
        because="Reject order finds no reason, and the next look finds the reservation",
    ),
    Mutation(
        "a rival in the way is taken for an empty shelf",
        trials.in_conflict(FULFILLED, "Reserve stock"),
        "4",
        (
            Edit(
                LEDGER,
                "            if cancelled.contention:\n                raise\n            # The SDK",
                "            # The SDK",
            ),
        ),
    ),
)
