"""Connections of the WebSocket API that have subscribed, as `subscribe` writes them."""

from datetime import timedelta

from ordering.domain.clock import later, now, unix_seconds
from ordering.domain.identity import customer_id
from ordering.domain.realtime import Audience, Connection
from ordering.repositories.connections import Connections
from tests.support.recorded import ISSUER
from tests.support.world import World

CONNECTION = "L0SM9cOFvHcCIhw="
"""The id of the connection."""


def watched(world: World, *, subject: str = "alice", lasts: timedelta = timedelta(days=1)) -> World:
    """Let a customer's client watch their orders until its token expires."""
    at = now()
    Connections(world.table).keep(
        Connection(
            connection_id=CONNECTION,
            customer_id=customer_id(ISSUER, subject),
            audience=Audience.MINE,
            subscribed_at=at,
            expires_at=unix_seconds(later(at, lasts)),
        )
    )
    return world
