"""The guards of the totals of sales: each order counts once."""

from ordering.guards import Guard
from tests.simulation.guards import sales
from tests.simulation.guards.expectations.expectation import NeededGuard

SALES = (
    NeededGuard(
        "an event is counted although a rebuild has counted it",
        sales.LATE,
        (Guard.SALES_NOT_REBUILT,),
    ),
)
