"""Totals of sales: what an order adds to the totals of a day, and how totals are added up.

An order counts three times at most, each time on the shop's day on which it happened:

| event            | adds                                                     |
|------------------|----------------------------------------------------------|
| `OrderFulfilled` | the order, its units and its revenue: it is paid and dispatched |
| `OrderRefunded`  | a refund. The revenue is not reduced: it belongs to the day of the sale |
| `OrderCancelled` | a cancellation. There was no revenue: the order was never fulfilled |

A captured payment is not counted, because an order is captured before it is dispatched, and is cancelled and
refunded if it cannot be dispatched.

Each event changes one row for each product of the order, and one for each category. The totals of a day and
of a currency are sums over the rows of the categories. An order with products of two categories counts in
both of them; `first_...` counts it in the first one only, so that the sum counts each order once.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple

import msgspec

from ordering.domain import canary
from ordering.domain.base import Record
from ordering.domain.clock import StoredTime
from ordering.domain.order import Order, OrderLine, Status
from ordering.domain.refund import Refund, RefundStatus

KEPT_DAYS = 1100
"""Three years: a month can be compared with the same month of the two years before."""

MAX_SHARDS = 16
"""Readers read so many partitions of each month. A stage writes to some of them."""

MAX_DAYS = 366
"""How many days one request may add up."""

SETTLED_AFTER = timedelta(minutes=5)
"""After how long everything that has begun is complete, with a margin for clocks that differ: functions that
change orders or totals have time-outs of at most a minute. See `ops.sales.rebuilding`."""

# A transaction has 100 actions ("TransactWriteItems"): the record of the event, 50 products, 49 categories.
MAX_CATEGORIES = 49


class SaleKind(StrEnum):
    """What has happened to an order."""

    SOLD = "SOLD"
    REFUNDED = "REFUNDED"
    CANCELLED = "CANCELLED"


class SoldLine(NamedTuple):
    """Units of one product. `category` is that of the product when the order was placed."""

    sku: str
    category: str | None
    quantity: int
    amount: int
    """The price of all units, in minor units."""


class Sale(NamedTuple):
    """What has happened to an order, and when."""

    kind: SaleKind
    at: str
    currency: str
    lines: Sequence[SoldLine]


class Counts(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The numbers of a total, or what an event adds to them. Amounts are minor units."""

    orders: int = 0
    units: int = 0
    revenue: int = 0
    refunds: int = 0
    refunded: int = 0
    cancellations: int = 0
    cancelled: int = 0
    first_orders: int = 0
    first_refunds: int = 0
    first_cancellations: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        """Returns the sums of each number."""
        return Counts(**{name: getattr(self, name) + getattr(other, name) for name in self.__struct_fields__})

    def once(self) -> "Counts":
        """Returns the numbers of a sum over categories, in which each order is counted once."""
        return msgspec.structs.replace(
            self,
            orders=self.first_orders,
            refunds=self.first_refunds,
            cancellations=self.first_cancellations,
        )


class Level(StrEnum):
    """The kind of a row."""

    PRODUCT = "PRODUCT"
    CATEGORY = "CATEGORY"


class TotalRow(NamedTuple):
    """What a row counts: a product or a category on one day. `name` is empty for products without one."""

    level: Level
    day: str
    currency: str
    name: str


class Total(NamedTuple):
    """One total: `name` is a day, a SKU or a category; empty by currency, and without a category."""

    name: str
    currency: str
    counts: Counts


class Totals(Record, frozen=True):
    """Which generation of rows is valid. A rebuild writes a new one; until it is complete, both are needed.

    A generation has a time from which its events are counted one by one. Earlier ones are counted by the
    rebuild, which has read them in the table: see `generation_of`.
    """

    active: int = 0
    since: StoredTime | None = None
    building: int | None = None
    building_since: StoredTime | None = None
    building_zone: str | None = None
    """The time zone by which the rebuild counts until it is complete, even if the shop has another one."""
    obsolete: tuple[int, ...] = ()
    """Generations whose rows are to be deleted."""

    def generation_of(self, at: str) -> int | None:
        """Returns the generation in which an event of this time is counted; None if a rebuild has counted it.

        While a rebuild runs, an event after its time is counted in the new generation only, and readers add
        the two up. An event before that time is counted in the old one, however late it is delivered; the
        rebuild counts it in the new one.
        """
        if self.building is not None and self.building_since is not None and at >= self.building_since:
            return self.building
        return self.active if self.since is None or at >= self.since else None


def sales_of(order: Order) -> Iterator[Sale]:
    """Yields what has happened to an order, as its events describe it. Canary orders do not count."""
    if not is_canary(line.sku for line in order.lines):
        for transition in order.history:
            if kind := _KINDS.get(transition.status):
                yield Sale(kind, transition.at, order.currency, sold_lines(order.lines))


def refund_of(order: Order, refund: Refund) -> Iterator[Sale]:
    """Yields the refund of an order, once it is made."""
    if refund.status is RefundStatus.REFUNDED and not is_canary(line.sku for line in order.lines):
        yield Sale(SaleKind.REFUNDED, refund.updated_at, order.currency, sold_lines(order.lines))


_KINDS: Mapping[Status, SaleKind] = {
    Status.FULFILLED: SaleKind.SOLD,
    Status.CANCELLED: SaleKind.CANCELLED,
}


def sold_lines(lines: Iterable[OrderLine]) -> list[SoldLine]:
    """Returns the lines of an order as they are counted."""
    return [SoldLine(line.sku, line.category, line.quantity, line.total) for line in lines]


def is_canary(skus: Iterable[str]) -> bool:
    """Whether an order with these products is a canary order, which is no business of the shop."""
    return list(skus) == [canary.SKU]


def additions(sale: Sale, day: str) -> dict[TotalRow, Counts]:
    """Returns what a sale adds to each row; `day` is the shop's day of its time."""
    added: dict[TotalRow, Counts] = {}
    names = list(dict.fromkeys(line.category or "" for line in sale.lines))
    if len(names) > MAX_CATEGORIES:
        # An order of fifty products of fifty categories: its last products are counted without a category.
        names = names[: MAX_CATEGORIES - 1]
    for line in sale.lines:
        product = TotalRow(Level.PRODUCT, day, sale.currency, line.sku)
        added[product] = _plus_line(added.get(product), sale.kind, line)
        name = line.category or ""
        category = TotalRow(Level.CATEGORY, day, sale.currency, name if name in names else "")
        added[category] = _plus_line(added.get(category), sale.kind, line)
    if names:
        added[TotalRow(Level.CATEGORY, day, sale.currency, names[0])] += _FIRST[sale.kind]
    return added


_FIRST: Mapping[SaleKind, Counts] = {
    SaleKind.SOLD: Counts(first_orders=1),
    SaleKind.REFUNDED: Counts(first_refunds=1),
    SaleKind.CANCELLED: Counts(first_cancellations=1),
}


def _plus_line(before: Counts | None, kind: SaleKind, line: SoldLine) -> Counts:
    """Returns what a row gets with one more line. The order itself counts with its first line."""
    first = 0 if before else 1
    match kind:
        case SaleKind.SOLD:
            counts = Counts(orders=first, units=line.quantity, revenue=line.amount)
        case SaleKind.REFUNDED:
            counts = Counts(refunds=first, refunded=line.amount)
        case SaleKind.CANCELLED:
            counts = Counts(cancellations=first, cancelled=line.amount)
    return (before or Counts()) + counts
