"""The jobs that are counted: work beside the path of orders, from the request or the event to its end.

The sweep starts jobs that are due. It runs every minute in any case, so only what it writes and sends for the
job counts. Each order of a customer has the items of one that was fulfilled.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from lambdas.api import delete_profile
from ordering.domain.clock import as_text
from ordering.domain.order import OrderId
from ordering.repositories.keys import order_keys
from tests.simulation.costs.recorder import Recorder
from tests.support.backend import Backend
from tests.support.world import World
from tools.costs.counts import Amounts, Journey, Step, Unit
from tools.costs.names import COUNTED_ORDERS, TOTALS, export, queue_of, removal

_SWEEP = "reconcile_orders"


@dataclass(frozen=True)
class CountedJob:
    """A job of a customer with some orders, who has a profile."""

    name: str
    orders: int
    run: Callable[[Backend], object]
    consumers: Collection[str] = ()
    only: Collection[str] = ()
    """The steps that count; empty: all of them."""

    def count(self, shop: Backend) -> Journey:
        """Run the job, and return what it used."""
        shop.begin("counted: a profile", _set_up, consumers=self.consumers)
        recorder = Recorder(shop, 1)
        if self.orders:
            shop.alice.place(("MUG-RED", 2))
            shop.run_to_the_end()
            shop.world.table.put_many(list(_copies(shop.world, shop.alice.order_id, self.orders - 1)))
            # The copies are no changes of orders.
            shop.stream.begin()
        # However slow this machine is, the request has the time for as much as it would do on AWS.
        still = SimpleNamespace(monotonic=shop.clock.monotonic)
        with recorder.recording(), patch.object(delete_profile, "time", still):
            self.run(shop)
            shop.run_to_the_end()
        steps = recorder.journey.steps
        if swept := steps.get(_SWEEP):
            steps[_SWEEP] = _of_the_job(swept)
        recorder.journey.steps = {name: steps[name] for name in steps if not self.only or name in self.only}
        return recorder.journey


def _of_the_job(swept: Step) -> Step:
    """Returns what the sweep has written and sent, without what it does each time."""
    sent = Amounts({"sqs.SendMessage": swept.calls["sqs.SendMessage"]})
    counts = Amounts({unit: swept.counts[unit] for unit in (Unit.WRITE_UNITS, Unit.INDEX_WRITE_UNITS)})
    counts[Unit.QUEUE_REQUESTS] = sent["sqs.SendMessage"]
    return Step(counts, sent, swept.index_writes)


def _set_up(world: World) -> None:
    world.stocked().with_profile("ada@example.com")


def _copies(world: World, order_id: str, number: int) -> Iterator[dict[str, Any]]:
    """Yields the items of so many more orders, each earlier than the one before."""
    values = {":partition": order_keys.order_partition(OrderId(order_id))}
    items = list(world.table.query("PK = :partition", values))
    (order,) = (item for item in items if item["SK"] == order_keys.ORDER)
    placed = datetime.fromisoformat(order["createdAt"]).astimezone(UTC)
    for each in range(number):
        id = OrderId(f"00000000-0000-8000-8000-{each:012d}")
        at = as_text(placed - timedelta(days=each + 1))
        for item in items:
            copy = {**item, **order_keys.order(id), "SK": item["SK"]}
            if "orderId" in copy:
                copy["orderId"] = id
            if item["SK"] == order_keys.ORDER:
                copy |= {"createdAt": at, **order_keys.my_orders(order["customerId"], at, id)}
            yield copy


def _request_export(shop: Backend) -> None:
    shop.alice.request_export()


def _forget(shop: Backend) -> None:
    shop.alice.forget()


def _place(shop: Backend) -> None:
    shop.alice.place(("MUG-RED", 2))


JOBS = (
    *(
        CountedJob(export(number), number, lambda shop: shop.alice.request_export())
        for number in COUNTED_ORDERS
    ),
    *(CountedJob(removal(number), number, lambda shop: shop.alice.forget()) for number in COUNTED_ORDERS),
    CountedJob(
        TOTALS, 0, _place, consumers=("record_sales",), only=("record_sales", queue_of("record_sales"))
    ),
)


def count_all_jobs(shop: Backend) -> dict[str, Journey]:
    """Returns the counts of every job: name → counts."""
    return {job.name: job.count(shop) for job in JOBS}
