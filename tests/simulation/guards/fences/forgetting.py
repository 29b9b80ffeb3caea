"""The fences of forgetting a customer: it comes to its end, and misses no order."""

from tests.simulation.guards import removals
from tests.simulation.guards.fences.fence import Mutation
from tests.simulation.guards.mutation import Edit

REMOVALS = "ordering.repositories.removals"

FORGETTING = (
    Mutation(
        "what is left to remove is not noted with the removal of the profile",
        removals.DYING,
        "6",
        (
            Edit(
                REMOVALS,
                'self._table.transact({"profile": profile, "removal": _written(asked, seen)})',
                'self._table.transact({"profile": profile})',
            ),
        ),
    ),
    Mutation(
        "nobody looks again for orders that the index did not show yet",
        removals.UNLISTED,
        "6",
        (Edit(REMOVALS, "if not again and self.begun_at >= begins_at:", "if not again:"),),
    ),
)
