"""The guards of deleting a customer's data: the deletion is completed and includes every order."""

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
        "orders that the index did not show yet are not looked for again",
        removals.UNLISTED,
        (Guard.FORGET_LOOK_AGAIN,),
    ),
    NeededGuard(
        "an export goes on after its customer was removed",
        removals.EXPORTING,
        (Guard.FORGET_EXPORT,),
    ),
    NeededGuard("the files of exports are kept", removals.EXPORTED, (Guard.FORGET_FILES,)),
)
