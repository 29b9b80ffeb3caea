"""A shop whose orders are in the table, and whose events are delivered to `record_sales` by the test."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from unittest.mock import patch
from uuid import uuid4

from msgspec.structs import replace

from lambdas.events import record_sales
from ops.sales.rebuilding import rebuild_sales
from ops.stage import Stage
from ordering.domain.clock import now
from ordering.domain.events.envelope import Event
from ordering.domain.order import Order, OrderId, OrderLine, Status, Transition
from ordering.domain.refund import RefundStatus
from ordering.domain.sales import Counts
from ordering.domain.sales_groups import By
from ordering.dynamodb.transaction import ABSENT
from ordering.repositories import sales_rebuild
from ordering.repositories.items import item_of
from ordering.repositories.keys import order_keys
from ordering.repositories.sales import Sales
from ordering.repositories.stream import event_of_images
from tests.handlers.spoiling import spoil
from tests.support import least_privilege
from tests.support.attributes import Attribute
from tests.support.builders import image, line, order, refund
from tests.support.clock import MovableClock
from tests.support.consumer_tests import message
from tests.support.environment import TABLE, TIME_ZONE
from tests.support.recorded import queue_event
from tests.support.world import Context, World

FIRST, LAST = date(2026, 11, 1), date(2026, 12, 31)
Sums = Mapping[tuple[str, str], tuple[int, ...]]


def category_line(sku: str, category: str | None, quantity: int = 1, price: int = 1000) -> OrderLine:
    """Returns a line with the product's category at the time of the order."""
    return replace(line(sku, quantity, price), category=category)


class CountedShop:
    """The shop. `expected` is computed from what happened, without the code that counts."""

    def __init__(self, world: World, clock: MovableClock) -> None:
        self.world, self.clock = world, clock
        self.happened: list[tuple[str, str, Order]] = []
        self.sales = Sales(world.table)

    def sell(self, *lines: OrderLine, currency: str = "EUR") -> tuple[Order, Event]:
        """Fulfil an order now."""
        return self._end(Status.FULFILLED, lines, currency)

    def cancel(self, *lines: OrderLine, currency: str = "EUR") -> tuple[Order, Event]:
        """Cancel an order now, which was not fulfilled."""
        return self._end(Status.CANCELLED, lines, currency)

    def refund(self, sold: Order) -> Event:
        """Refund a fulfilled order now."""
        made = replace(
            refund(RefundStatus.REFUNDED, version=2),
            order_id=sold.order_id,
            amount=sold.total,
            currency=sold.currency,
            updated_at=now(),
        )
        self.world.table.put(item_of(made, order_keys.refund(sold.order_id)), condition=ABSENT)
        self.happened.append(("refund", now(), sold))
        event = event_of_images(image(replace(made, status=RefundStatus.REQUESTED, version=1)), image(made))
        assert event
        return event

    def deliver(self, *events: Event) -> None:
        """Deliver events to the consumer in one batch."""
        with least_privilege.within("record_sales"):
            handler: Any = record_sales.handler
            response = handler(queue_event(*map(message, events)), Context())
        assert response == {"batchItemFailures": []}

    def rebuild(self, *, while_asleep: Any = None) -> int:
        """Rebuild the totals. Returns the exit status of the command."""

        def sleep(seconds: float) -> None:
            self.clock.move(seconds)
            if while_asleep:
                while_asleep()

        stage = Stage("dev", "here", {"TableName": TABLE, "ShopTimeZone": TIME_ZONE})
        # Fewer months than three years: each has seventeen partitions.
        with patch.object(sales_rebuild, "KEPT_DAYS", 20):
            return rebuild_sales(stage, yes=True, per_second=1000.0, as_json=True, sleep=sleep)

    def totals(self, by: By, *, limit: int = 100) -> Sums:
        """Returns all totals of two months, read in pages."""
        state, after = self.sales.state(), None
        found: dict[tuple[str, str], tuple[int, ...]] = {}
        while True:
            page, after = self.sales.totals(state, by, FIRST, LAST, limit=limit, after=after)
            found |= {(total.name, total.currency): _numbers(total.counts) for total in page}
            if after is None:
                return found

    def expected(self, by: By, days: Mapping[str, str]) -> Sums:
        """Returns the sums over all that happened; `days` is the shop's day of each time."""
        sums: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * 7)
        for kind, at, each in self.happened:
            for name in _names(by, days[at], each):
                lines = [line for line in each.lines if _belongs(by, name, line)]
                total = sums[name, each.currency]
                amount = sum(line.quantity * line.unit_price for line in lines)
                first = {"sale": 0, "refund": 3, "cancellation": 5}[kind]
                total[first] += 1
                if kind == "sale":
                    total[1] += sum(line.quantity for line in lines)
                total[{"sale": 2, "refund": 4, "cancellation": 6}[kind]] += amount
        return {key: tuple(total) for key, total in sums.items()}

    def damage(self, attribute: Attribute, *, day: str) -> None:
        """Let another tool overwrite the revenue of each row of a day."""
        for item in self.world.items():
            if item["PK"].startswith("SALES#") and day in item["SK"]:
                spoil({"PK": item["PK"], "SK": item["SK"]}, revenue=attribute)

    def _end(self, status: Status, lines: Iterable[OrderLine], currency: str) -> tuple[Order, Event]:
        at = now()
        ended = replace(
            order(status, *lines, version=3),
            order_id=OrderId(str(uuid4())),
            currency=currency,
            updated_at=at,
            history=(Transition(status=Status.PENDING, at=at), Transition(status=status, at=at)),
        )
        self.world.table.put(item_of(ended, order_keys.order(ended.order_id)), condition=ABSENT)
        self.happened.append(("sale" if status is Status.FULFILLED else "cancellation", at, ended))
        event = event_of_images(None, image(ended))
        assert event
        return ended, event


def _numbers(counts: Counts) -> tuple[int, ...]:
    return (
        counts.orders,
        counts.units,
        counts.revenue,
        counts.refunds,
        counts.refunded,
        counts.cancellations,
        counts.cancelled,
    )


def _names(by: By, day: str, each: Order) -> set[str]:
    match by:
        case By.DAY:
            return {day}
        case By.CURRENCY:
            return {""}
        case By.PRODUCT:
            return {line.sku for line in each.lines}
        case By.CATEGORY:
            return {line.category or "" for line in each.lines}


def _belongs(by: By, name: str, line: OrderLine) -> bool:
    return (by is not By.PRODUCT or line.sku == name) and (
        by is not By.CATEGORY or (line.category or "") == name
    )
