"""The guards of the WebSocket API's messages."""

from ordering.guards import Guard
from tests.simulation.guards import realtime
from tests.simulation.guards.expectations.expectation import NeededGuard

ANNOUNCING = (
    NeededGuard(
        "a client is told about an order after its token has expired",
        realtime.EXPIRED,
        (Guard.ANNOUNCE_EXPIRED,),
    ),
)
