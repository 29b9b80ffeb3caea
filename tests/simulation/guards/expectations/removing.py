"""The guards of forgetting a customer: it comes to its end, and misses no order."""

from ordering.guards import Guard
from tests.simulation.guards import removals
from tests.simulation.guards.expectations.expectation import NeededGuard

REMOVING = (
    NeededGuard(
        "what is left to remove is not noted with the removal of the profile",
        removals.DYING,
        (Guard.FORGET_NOTED,),
    ),
    NeededGuard(
        "nobody looks again for orders that the index did not show yet",
        removals.UNLISTED,
        (Guard.FORGET_LOOK_AGAIN,),
    ),
)
