"""A trial of the WebSocket API: an order changes after the token of a client has expired."""

from collections.abc import Iterator
from datetime import timedelta

from tests.simulation.guards.trial import Trial
from tests.support.backend import Backend
from tests.support.subscriptions import CONNECTION, subscribed


def _perform(shop: Backend) -> list[str]:
    shop.begin(
        "watched with a token that expires",
        lambda world: subscribed(world.stocked(), CONNECTION, lasts=timedelta(seconds=30)),
        consumers=["announce_orders"],
    )
    shop.clock.move(60)
    shop.alice.place(("MUG-RED", 2))
    shop.run_to_the_end()
    told = len(shop.live_clients.received)
    return [f"6: a client was told {told} times after its token had expired"] if told else []


def _expired(shop: Backend) -> Iterator[Trial[Backend]]:
    yield Trial("an order after the token has expired", _perform)


EXPIRED = _expired
