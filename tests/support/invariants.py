"""The promises of the system, checked on its tables and on the providers' own books.

1. At most one order for each customer and idempotency key.  2. Stock adds up.  3. Money adds up.
4. Every order ends.  Each failure names the promise by its number.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from ordering.order import Status


class Books(Protocol):
    """Where the promises are checked: a world in memory, or what lies behind a deployed API."""

    def items(self) -> list[dict[str, Any]]:
        """Every item of the table."""
        ...

    def pages(self) -> list[dict[str, Any]]:
        """Every page of the sandbox providers' books."""
        ...


def violations(books: Books, *, ended: bool = True) -> list[str]:
    """What is broken, as sentences; none when all holds. `ended`: no order may still be open."""
    items, pages = books.items(), books.pages()
    orders = {item["orderId"]: item for item in items if item["SK"] == "ORDER"}
    return [
        *_stock(items, orders),
        *_money(items, pages, orders),
        *(_still_open(orders) if ended else ()),
    ]


def check(books: Books, *, ended: bool = True) -> None:
    """Raise AssertionError with every violation."""
    found = violations(books, ended=ended)
    assert not found, "\n".join(found)


def _stock(items: list[dict[str, Any]], orders: Mapping[str, dict[str, Any]]) -> Iterator[str]:
    held: Counter[str] = Counter()
    for item in items:
        if item["SK"] == "RESERVATION" and item["status"] == "HELD":
            held.update({line["sku"]: line["quantity"] for line in item["lines"]})
            status = orders[item["orderId"]]["status"]
            if Status(status).is_terminal:
                yield f"2: order {item['orderId']} is {status} and still holds stock"
    received = Counter[str]()
    for item in items:
        if item["SK"].startswith("RECEIPT#"):
            received[item["PK"].removeprefix("PRODUCT#")] += item["received"]
    for item in items:
        if item["SK"] != "STOCK":
            continue
        sku = item["sku"]
        figures = {name: item.get(name, 0) for name in ("received", "available", "held", "shipped")}
        if figures["received"] != figures["available"] + figures["held"] + figures["shipped"]:
            yield f"2: {sku} does not add up: {figures}"
        if min(figures.values()) < 0:
            yield f"2: {sku} is negative: {figures}"
        if figures["held"] != held[sku]:
            yield f"2: {sku} holds {figures['held']}, its reservations {held[sku]}"
        if figures["received"] != received[sku]:
            yield f"2: {sku} counts {figures['received']} received, its receipts {received[sku]}"


def _money(
    items: list[dict[str, Any]],
    pages: list[dict[str, Any]],
    orders: Mapping[str, dict[str, Any]],
) -> Iterator[str]:
    shipments = {item["orderId"]: item for item in items if item["SK"] == "SHIPMENT"}
    for order_id, order in orders.items():
        own = [page for page in pages if str(page.get("key", "")).startswith(f"{order_id}/")]
        captured = sum(page["captured"] for page in own)
        refunded = sum(page["refunded"] for page in own)
        shipment = shipments.get(order_id, {}).get("status")
        if captured not in (0, order["total"]):
            yield f"3: order {order_id} of {order['total']} was charged {captured}"
        if refunded > captured:
            yield f"3: order {order_id} was refunded {refunded} of {captured}"
        match order["status"]:
            case "FULFILLED":
                if captured - refunded != order["total"]:
                    yield f"3: order {order_id} is fulfilled and not paid"
                if shipment != "DISPATCHED":
                    yield f"3: order {order_id} is fulfilled and its shipment is {shipment}"
            case "REJECTED" | "CANCELLED" as status:
                if captured != refunded:
                    yield f"3: order {order_id} is {status} and {captured - refunded} is kept"
                if any(page["status"] == "AUTHORISED" for page in own):
                    yield f"3: order {order_id} is {status} with an open authorisation"
                if shipment not in (None, "CANCELLED"):
                    yield f"3: order {order_id} is {status} and its shipment is {shipment}"
                booked = next((p for p in pages if p["PK"] == f"SHIPMENT#{order_id}"), None)
                if booked and booked["status"] == "BOOKED":
                    yield f"3: order {order_id} is {status} and the carrier has a booking"
            case _:
                if shipment == "DISPATCHED":
                    yield f"3: order {order_id} was dispatched before it was fulfilled"


def _still_open(orders: Mapping[str, dict[str, Any]]) -> Iterator[str]:
    for order_id, order in orders.items():
        if not Status(order["status"]).is_terminal:
            yield f"4: order {order_id} is still {order['status']}"
