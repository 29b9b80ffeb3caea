"""The seven guarantees, judged by the books as they are at the moment.

The table and the providers' records are read one after the other, and a transaction's changes may arrive in
two readings. So what looks wrong counts once it has looked wrong, with the same figures, in two readings.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from console.books.orders import violations_of_order
from console.books.products import violations_of_product
from console.books.providers import ProviderMoney, money_of, violations_of_money
from console.books.stock import StockSums
from console.books.violation import Violation
from local.breaking.book_copy import BookCopy, Item, ItemChange
from local.breaking.orders_placed import Placed
from ordering.domain.events.deriving import MalformedChange
from ordering.domain.order import Status
from ordering.repositories import keys
from ordering.repositories.keys import order_keys, product_keys
from ordering.repositories.stream import event_of_images

GUARANTEES = range(1, 8)
# After so long, an event that was not published counts as lost. A delivery is retried for much less.
_LOST_AFTER_SECONDS = 900.0
_MOST_FINDINGS = 5
# How many of the ended orders are compared with the providers' records again in each reading.
_ENDED_AT_ONCE = 50


@dataclass
class Judgement:
    """One guarantee: `state` is kept, waiting (some work is under way) or broken."""

    number: int
    state: str
    checked: int
    """How many orders, products or events were judged."""
    waiting: int
    findings: list[str]


@dataclass
class OrderMoney:
    """The money of one order, in minor units, and where the order stands."""

    customer_id: str
    currency: str
    status: Status
    total: int
    created_at: str
    provider: ProviderMoney


@dataclass
class Books:
    """What was read, and what was wrong with it. `update` takes in one reading."""

    copy: BookCopy
    stock: StockSums = field(default_factory=StockSums)
    orders: dict[str, OrderMoney] = field(default_factory=dict)
    unpublished: dict[str, float] = field(default_factory=dict)
    """Ids of events that were not yet seen to be published, and when (`time.monotonic`) they changed."""
    published: int = 0
    _of_orders: dict[str, list[Violation]] = field(default_factory=dict)
    _of_products: dict[str, list[Violation]] = field(default_factory=dict)
    _of_money: dict[str, list[Violation]] = field(default_factory=dict)
    _malformed: list[Violation] = field(default_factory=list)
    _ended: deque[str] = field(default_factory=deque)
    """The ended orders; the first ones are compared with the providers' records next."""
    _before: set[Violation] = field(default_factory=set)
    _confirmed: list[Violation] = field(default_factory=list)

    def take_changes(self) -> set[str]:
        """Take in what has changed in the table; returns the orders whose providers' records to read."""
        changed: set[str] = set()
        for change in self.copy.changes():
            item = change.item
            self.stock.replace(change.old, change.new)
            if change.streamed:
                self._expect_event(change)
            if order_id := order_keys.order_of_partition(str(item["PK"])):
                changed.add(order_id)
            elif item["SK"] == product_keys.PRODUCT:
                self._of_products[str(item["PK"])] = (
                    list(violations_of_product(change.new)) if change.new else []
                )
        for changed_id in changed:
            items = list(self.copy.partitions.get(order_keys.order_partition(changed_id), {}).values())
            self._of_orders[changed_id] = violations_of_order(items) if items else []
        moving = {order_id for order_id, each in self.orders.items() if not each.status.is_terminal}
        again = list(islice(self._ended, _ENDED_AT_ONCE))
        self._ended.rotate(-len(again))
        return changed | moving | set(again)

    def take_records(self, records: Mapping[str, list[Item]], order_ids: Iterable[str]) -> None:
        """Take in the providers' records of these orders."""
        for order_id in order_ids:
            items = self.copy.partitions.get(order_keys.order_partition(order_id), {})
            order = items.get(order_keys.ORDER)
            if order is None:
                continue
            own = {
                name: items[name]["status"]
                for name in (order_keys.SHIPMENT, order_keys.REFUND)
                if name in items
            }
            money = money_of(order_id, own, records.get(order_id, []))
            self._of_money[order_id] = list(violations_of_money(order, money))
            ended_before = order_id in self.orders and self.orders[order_id].status.is_terminal
            if Status(order["status"]).is_terminal and not ended_before:
                self._ended.append(order_id)
            self.orders[order_id] = OrderMoney(
                customer_id=order["customerId"],
                currency=order["currency"],
                status=Status(order["status"]),
                total=order["total"],
                created_at=order["createdAt"],
                provider=money,
            )

    def take_published(self, ids: Iterable[str]) -> None:
        """Take in which events were published."""
        for event_id in ids:
            self.published += self.unpublished.pop(event_id, None) is not None

    def confirm(self, more: Iterable[Violation]) -> None:
        """End a reading: what looked wrong in the last one too is wrong. `more` was found elsewhere."""
        found = [*self._found(), *more]
        self._confirmed = [each for each in found if each in self._before]
        self._before = set(found)

    def _expect_event(self, change: ItemChange) -> None:
        try:
            event = event_of_images(change.old, change.new)
        except MalformedChange as error:
            self._malformed.append(Violation(5, keys.text(change.item), f"a change cannot be read: {error}"))
            return
        if event is not None:
            self.unpublished[event.id] = time.monotonic()

    def _found(self) -> Iterator[Violation]:
        for kind in (self._of_orders, self._of_products, self._of_money):
            for each in kind.values():
                yield from each
        yield from self._malformed
        yield from self.stock.unreadable
        yield from (violation for _, violation in self.stock.violations())
        now = time.monotonic()
        for event_id, since in self.unpublished.items():
            if now - since > _LOST_AFTER_SECONDS:
                yield Violation(5, event_id, "was not published")

    @property
    def by_status(self) -> Counter[str]:
        """How many orders have each status."""
        return Counter(each.status.value for each in self.orders.values())

    @property
    def open(self) -> int:
        """How many orders have not ended."""
        return sum(not each.status.is_terminal for each in self.orders.values())

    def judge(self, placed: Collection[Placed], probes: int) -> list[Judgement]:
        """Returns the guarantees. `probes`: how often a stranger was refused."""
        findings: dict[int, list[str]] = {number: [] for number in GUARANTEES}
        for each in self._confirmed:
            # What cannot be judged by any guarantee may hide what breaks one.
            findings[each.guarantee or 5].append(f"{each.item}: {each.what}")
        orders, moving = len(self.orders), self.open
        checked = {
            1: sum(each.requests for each in placed),
            2: self.stock.products,
            3: orders,
            4: orders - moving,
            5: self.published,
            6: probes,
            7: orders,
        }
        waiting = {4: moving, 5: len(self.unpublished)}
        return [
            Judgement(
                number,
                "broken" if findings[number] else "waiting" if waiting.get(number) else "kept",
                checked[number],
                waiting.get(number, 0),
                findings[number][:_MOST_FINDINGS],
            )
            for number in GUARANTEES
        ]


def violations_of_placed(
    placed: Iterable[Placed], books: Books, *, customer_id: str, keys_used: int
) -> Iterator[Violation]:
    """Yields what is wrong with the orders that the page has placed: guarantees 1 and 7, and orders lost."""
    for each in placed:
        name = f"order {min(each.ids)}"
        if len(each.ids) > 1:
            yield Violation(1, name, f"one key has led to {len(each.ids)} orders")
        for order_id in each.ids:
            order = books.orders.get(order_id)
            if order is None:
                yield Violation(4, name, "was accepted, and is not in the table")
            elif order.total != each.total:
                yield Violation(7, name, f"the customer agreed to {each.total}, and it costs {order.total}")
    orders = sum(each.customer_id == customer_id for each in books.orders.values())
    if orders > keys_used:
        yield Violation(1, f"customer {customer_id}", f"{keys_used} keys have led to {orders} orders")
