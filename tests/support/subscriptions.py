"""Connections of the WebSocket API that have subscribed, as `subscribe` writes them."""

from datetime import timedelta

from ordering.domain.clock import later, now, unix_seconds
from ordering.domain.identity import customer_id
from ordering.domain.order import CustomerId
from ordering.domain.realtime import Audience, Connection
from ordering.repositories.connections import Connections
from tests.support.recorded import ISSUER
from tests.support.world import World

CONNECTION = "L0SM9cOFvHcCIhw="
"""An id as API Gateway gives to connections."""
ALICE = customer_id(ISSUER, "alice")


def subscribed(
    world: World,
    connection_id: str,
    *,
    customer: CustomerId = ALICE,
    audience: Audience = Audience.MINE,
    lasts: timedelta = timedelta(days=1),
) -> World:
    """Let a client of a customer have subscribed, with a token that expires after a while."""
    at = now()
    Connections(world.table).keep(
        Connection(
            connection_id=connection_id,
            customer_id=customer,
            audience=audience,
            subscribed_at=at,
            expires_at=unix_seconds(later(at, lasts)),
        )
    )
    return world
