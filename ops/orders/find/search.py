"""The command `find`: orders by customer, e-mail address, part of an id, time and status.

An index lists the orders of one customer. No index has e-mail addresses, parts of ids, or the orders of all
customers by time: for these the whole table is read, page by page, up to a limit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from console.progress import say
from ops.documents.orders import FindDocument, FoundOrder
from ops.json_output import print_document
from ops.orders.find.cursor import after_key, after_order, key_of_cursor, order_of_cursor
from ops.orders.service import OrderService
from ops.stage import Stage
from ops.table_scan import ScanFilter, TableScan, in_words, scan_progress
from ordering.domain.identity import is_order_id
from ordering.domain.money import Money
from ordering.domain.operator_text import age, counted
from ordering.domain.order import CustomerId, Order, OrderId, Status
from ordering.repositories.customer_orders import CustomerOrders, OrderCursor, OrderFilter
from ordering.repositories.keys import customer_keys, order_keys

SHORTEST_PART = 4
"""How many characters of an id a search needs: too many ids contain a shorter part."""
# How much of a customer's list is searched for a part of an id: five thousand orders.
_MOST_PAGES, _PAGE = 50, 100
_ATTRIBUTES = ("PK", "SK", "orderId", "customerId", "status", "createdAt", "updatedAt", "total", "currency")


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """What is searched. All conditions must hold; times are exclusive."""

    customer_id: str | None = None
    email: str | None = None
    id_part: str | None = None
    status: Status | None = None
    placed_after: str | None = None
    placed_before: str | None = None
    limit: int = 20
    cursor: str | None = None
    pages: int = 100

    @property
    def order_filter(self) -> OrderFilter:
        """What the index can filter by."""
        return OrderFilter(
            status=self.status, created_after=self.placed_after, created_before=self.placed_before
        )

    def admits(self, order: FoundOrder) -> bool:
        """Whether an order fulfils all conditions but the e-mail address."""
        return (
            self.customer_id in (None, order.customer_id)
            and (self.id_part or "") in order.order_id
            and self.status in (None, order.status)
            and (self.placed_after is None or order.created_at > self.placed_after)
            and (self.placed_before is None or order.created_at < self.placed_before)
        )


def find(stage: Stage, search: Search, *, as_json: bool) -> None:
    """Print the orders that a search finds."""
    if search.customer_id:
        found = _of_customer(stage, search, CustomerId(search.customer_id))
    elif search.id_part and is_order_id(search.id_part) and not search.email:
        found = _of_id(stage, search, search.id_part)
    else:
        with scan_progress("Search", as_json) as progress:
            found = (_of_email if search.email else _of_all)(stage, search, progress)
    if as_json:
        print_document(found)
    else:
        _print(found, search)


def _of_id(stage: Stage, search: Search, order_id: str) -> FindDocument:
    order = OrderService(stage).find(order_id)
    orders = [each for each in ([_found(order)] if order else []) if search.admits(each)]
    return _document(stage, orders)


def _of_customer(stage: Stage, search: Search, customer_id: CustomerId) -> FindDocument:
    """Read the customer's list, newest first; an id is compared here, because no index has parts of ids."""
    listing = CustomerOrders(stage.table)
    position = order_of_cursor(search.cursor)
    found: list[FoundOrder] = []
    unreadable: list[str] = []
    for _ in range(_MOST_PAGES):
        size = _PAGE if search.id_part else search.limit - len(found)
        orders, odd, position = listing.orders(customer_id, search.order_filter, size, position)
        unreadable += [each for each in odd if (search.id_part or "") in each]
        matching = [each for each in map(_found, orders) if search.admits(each)]
        room = search.limit - len(found)
        found += matching[:room]
        if len(matching) > room:
            position = OrderCursor(found[-1].created_at, OrderId(found[-1].order_id))
        if position is None or len(found) == search.limit:
            break
    return _document(stage, found, unreadable, next=after_order(position) if position else None)


def _of_email(stage: Stage, search: Search, progress: Callable[[str], None]) -> FindDocument:
    """Find the customers by their profiles, and then the newest orders of each."""
    wanted = ScanFilter(
        "#SK = :profile AND #email = :email",
        {":profile": customer_keys.PROFILE, ":email": search.email or ""},
        ("PK", "SK", "email"),
    )
    scan = _scan(stage, search)
    profiles = [item for page in scan.items(wanted, progress) for item in page]
    customers = [CustomerId(str(item["PK"]).partition("#")[2]) for item in profiles]
    found: list[FoundOrder] = []
    unreadable: list[str] = []
    for customer_id in customers:
        listed = _of_customer(stage, msgspec.structs.replace(search, email=None, cursor=None), customer_id)
        found += listed.orders
        unreadable += listed.unreadable
    document = _scanned(stage, scan, found, unreadable, scan.next)
    document.customers = [*customers]
    return document


def _of_all(stage: Stage, search: Search, progress: Callable[[str], None]) -> FindDocument:
    """Read the table until enough orders are found, or its limit of pages is reached."""
    scan = _scan(stage, search)
    found: list[FoundOrder] = []
    unreadable: list[str] = []
    for page in scan.items(_order_filter(search), progress):
        for item in page:
            order = _row(item)
            if order is None:
                unreadable.append(order_keys.order_of(item))
                continue
            found.append(order)
            if len(found) == search.limit:
                position = {name: item[name] for name in ("PK", "SK")}
                return _scanned(stage, scan, found, unreadable, position)
    return _scanned(stage, scan, found, unreadable, scan.next)


def _scanned(
    stage: Stage,
    scan: TableScan,
    found: list[FoundOrder],
    unreadable: list[str],
    position: Mapping[str, str] | None,
) -> FindDocument:
    """Returns the document of a scan that continues after `position`; None: it has reached the end."""
    document = _document(stage, found, unreadable, next=after_key(position) if position else None)
    document.read = scan.cost
    return document


def _order_filter(search: Search) -> ScanFilter:
    """Returns the filter for the orders that a search admits."""
    conditions, values = ["#SK = :order"], {":order": order_keys.ORDER}
    for name, comparison, value in (
        ("orderId", "contains(#orderId, :orderId)", search.id_part),
        ("status", "#status = :status", search.status),
        ("after", "#createdAt > :after", search.placed_after),
        ("before", "#createdAt < :before", search.placed_before),
    ):
        if value is not None:
            conditions.append(comparison)
            values[f":{name}"] = str(value)
    return ScanFilter(" AND ".join(conditions), values, _ATTRIBUTES)


def _scan(stage: Stage, search: Search) -> TableScan:
    start = key_of_cursor(search.cursor)
    return TableScan(stage.dynamodb, stage.output("TableName"), search.pages, start)


def _document(
    stage: Stage, orders: list[FoundOrder], unreadable: list[str] | None = None, next: str | None = None
) -> FindDocument:
    return FindDocument(
        stage=stage.name,
        failures=[],
        customers=None,
        orders=sorted(orders, key=lambda order: order.created_at, reverse=True),
        unreadable=unreadable or [],
        next=next,
        read=None,
    )


def _found(order: Order) -> FoundOrder:
    return FoundOrder(
        order_id=order.order_id,
        customer_id=order.customer_id,
        status=order.status,
        created_at=order.created_at,
        updated_at=order.updated_at,
        total=order.total,
        currency=order.currency,
    )


def _row(item: dict[str, Any]) -> FoundOrder | None:
    """Returns an order as the scan has read it; None if it has another format."""
    try:
        return msgspec.convert(
            {name: item.get(name) for name in _ATTRIBUTES if name not in ("PK", "SK")}, FoundOrder
        )
    except msgspec.ValidationError:
        return None


def _print(found: FindDocument, search: Search) -> None:
    if found.customers is not None:
        customers = counted(len(found.customers), "customer")
        say(f"{customers} with this e-mail address, and the newest {search.limit} orders of each")
        for customer in found.customers:
            say(f"  {customer}")
    say(f"{counted(len(found.orders), 'order')}{', newest first' if len(found.orders) > 1 else ''}")
    for order in found.orders:
        # Two lines, so that no terminal wraps an id.
        say(f"  {order.order_id}  {order.status}, {Money(amount=order.total, currency=order.currency)}")
        changed = f"changed {age(order.updated_at)} ago"
        say(f"    placed {order.created_at}, {changed}, customer {order.customer_id}")
    for order_id in found.unreadable:
        say(f"  {order_id} cannot be read; `show` prints the reason")
    if found.read:
        say()
        say(f"read {in_words(found.read)}")
    if found.next:
        stopped = found.read and found.read.pages == search.pages and len(found.orders) < search.limit
        why = f"the search stopped after {search.pages} MB" if stopped else "there may be more"
        say(f"{why}: repeat it with --cursor {found.next}")
