"""Trials of a consumer whose effect is in the app's own table: an event is delivered twice.

The consumer is the example of docs/extending.md.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

from msgspec.structs import replace

from ordering.domain.clock import now
from ordering.domain.order import Status
from ordering.repositories.processed_events import OLDEST_EVENT
from ordering.repositories.stream import event_of_images
from tests.handlers.examples import count_orders
from tests.simulation.guards.trial import Trial
from tests.support.backend import Backend
from tests.support.builders import image, order
from tests.support.consumer_tests import message
from tests.support.recorded import queue_event
from tests.support.world import Context


def _perform(days_between: float, shop: Backend) -> list[str]:
    """Deliver an event, and again after some days, when its record may have expired."""
    shop.begin("nothing", lambda world: None)
    changed = replace(order(Status.FULFILLED, version=3), updated_at=now())
    event = event_of_images(None, image(changed))
    assert event
    for days in (0, days_between):
        shop.clock.move(days * 24 * 3600)
        _remove_expired(shop)
        handler: Any = count_orders.handler
        handler(queue_event(message(event)), Context())
    counted = sum(item["orders"] for item in shop.world.items() if item["PK"] == "COUNT#ORDERS")
    return [] if counted == 1 else [f"5: the order was counted {counted} times"]


def _remove_expired(shop: Backend) -> None:
    present = shop.clock.present.timestamp()
    for item in shop.world.items():
        if item.get("expiresAt", present) < present:
            shop.world.table.delete({"PK": item["PK"], "SK": item["SK"]})


def _again(shop: Backend) -> Iterator[Trial[Backend]]:
    """The event is delivered twice."""
    yield Trial("an event twice", partial(_perform, 0))


def _again_after_its_record(shop: Backend) -> Iterator[Trial[Backend]]:
    """The event is delivered again after its record has expired."""
    yield Trial("an event twice, its record expired between", partial(_perform, OLDEST_EVENT.days + 2))


AGAIN, AGAIN_AFTER_ITS_RECORD = _again, _again_after_its_record
