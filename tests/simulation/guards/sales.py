"""A trial of the totals of sales: an event is delivered after a rebuild has counted its order."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from msgspec.structs import replace

from lambdas.events import record_sales
from ordering.domain.clock import now
from ordering.domain.order import Status, Transition
from ordering.domain.sales import additions, sales_of
from ordering.domain.sales_groups import By
from ordering.domain.shop_day import day_of
from ordering.repositories.sales import Sales
from ordering.repositories.sales_rebuild import SalesRebuild
from ordering.repositories.stream import event_of_images
from tests.simulation.guards.trial import Trial
from tests.support.backend import Backend
from tests.support.builders import image, order
from tests.support.consumer_tests import message
from tests.support.recorded import queue_event
from tests.support.world import Context


def _perform(shop: Backend) -> list[str]:
    shop.begin("nothing", lambda world: None)
    at = now()
    sold = replace(
        order(Status.FULFILLED, version=3),
        updated_at=at,
        history=(Transition(status=Status.FULFILLED, at=at),),
    )
    event = event_of_images(None, image(sold))
    assert event
    rebuild, table = SalesRebuild(shop.world.table), shop.world.table
    shop.clock.move(60)
    rebuild.begin(now(), record_sales.TIME_ZONE)
    (sale,) = sales_of(sold)
    rebuild.write(additions(sale, day_of(sale.at, record_sales.TIME_ZONE)), 1)
    rebuild.finish(1)
    handler: Any = record_sales.handler
    handler(queue_event(message(event)), Context())
    sales, day = Sales(table), date.fromisoformat(day_of(at, record_sales.TIME_ZONE))
    page, _ = sales.totals(sales.state(), By.DAY, day, day, limit=10)
    counted = sum(total.counts.orders for total in page)
    return [] if counted == 1 else [f"5: the order was counted {counted} times"]


def _late(shop: Backend) -> Iterator[Trial[Backend]]:
    yield Trial("an event after a rebuild that has counted it", _perform)


LATE = _late
