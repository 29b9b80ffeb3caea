"""The guarantees of the system, checked on its tables and on the providers' own records.

1. At most one order for each customer and idempotency key.  2. Stock adds up.  3. Money adds up.
4. Every order ends, and the sweep finds what has not ended.  5. Every change of an order is recorded once.
Each violation begins with the number of its guarantee.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any, Protocol

from console.books.providers import money_of, violations_of_money
from ordering.domain.order import Status

_STOCK_ENTRY = "RECEIPT#"


class CheckedTables(Protocol):
    """Where the guarantees are checked: a world in memory, or the tables of a deployed API."""

    def items(self) -> list[dict[str, Any]]:
        """Returns every item of the table."""
        ...

    def provider_records(self) -> list[dict[str, Any]]:
        """Returns every record of the sandbox providers."""
        ...


def violations(tables: CheckedTables, *, ended: bool = True) -> list[str]:
    """Returns the violations, as sentences. `ended`: no order may still be open."""
    items, records = tables.items(), tables.provider_records()
    orders = {item["orderId"]: item for item in items if item["SK"] == "ORDER"}
    return [
        *_stock(items, orders),
        *_money(items, records, orders),
        *_payments_agree(items, records, orders),
        *_due(items, orders),
        *_history(orders),
        *(_still_open(items, orders) if ended else ()),
    ]


def check(tables: CheckedTables, *, ended: bool = True) -> None:
    """Raise AssertionError with every violation."""
    found = violations(tables, ended=ended)
    assert not found, "\n".join(found)


def _stock(items: list[dict[str, Any]], orders: Mapping[str, dict[str, Any]]) -> Iterator[str]:
    yield from _reservations(items, orders)
    yield from _stock_ledger(items)
    held, committed = _reserved(items, "HELD"), _reserved(items, "COMMITTED")
    received, adjusted = _received_and_adjusted(items)
    for sku, shards in _shards(items).items():
        totals = Counter[str]()
        for item in shards:
            figures = {name: item.get(name, 0) for name in ("received", "available", "held", "shipped")}
            corrected = item.get("adjusted", 0)
            if figures["received"] + corrected != sum(figures.values()) - figures["received"]:
                yield f"2: {sku} does not add up in {item['SK']}: {figures}, adjusted by {corrected}"
            if min(figures.values()) < 0:
                yield f"2: {sku} is negative in {item['SK']}: {figures}"
            totals.update({**figures, "adjusted": corrected})
        known = max(item.get("shards", 1) for item in shards)
        if beyond := sorted(item["SK"] for item in shards if int(item["SK"][6:] or 0) >= known):
            yield f"2: {sku} has {known} shards, so the units in {beyond} are not found"
        if totals["held"] != held[sku]:
            yield f"2: {sku} holds {totals['held']}, its reservations {held[sku]}"
        if totals["shipped"] != committed[sku]:
            yield f"2: {sku} shipped {totals['shipped']}, its reservations {committed[sku]}"
        if totals["received"] != received[sku]:
            yield f"2: {sku} counts {totals['received']} received, its receipts {received[sku]}"
        if totals["adjusted"] != adjusted[sku]:
            yield f"2: {sku} is adjusted by {totals['adjusted']}, in its ledger by {adjusted[sku]}"


def _shards(items: list[dict[str, Any]]) -> Mapping[str, list[dict[str, Any]]]:
    """Returns the items of each product's stock, by SKU: one, or several shards."""
    shards = defaultdict(list)
    for item in items:
        if item["SK"] == "STOCK" or item["SK"].startswith("STOCK#"):
            shards[item["sku"]].append(item)
    return shards


def _reservations(items: list[dict[str, Any]], orders: Mapping[str, dict[str, Any]]) -> Iterator[str]:
    """The reservation of an order must fit the order's status."""
    for item in items:
        if item["SK"] == "RESERVATION":
            status = orders[item["orderId"]]["status"]
            if item["status"] == "HELD" and Status(status).is_terminal:
                yield f"2: order {item['orderId']} is {status} and still holds stock"
            if (item["status"] == "COMMITTED") != (status == "FULFILLED"):
                yield f"2: order {item['orderId']} is {status} and its reservation {item['status']}"


def _stock_ledger(items: list[dict[str, Any]]) -> Iterator[str]:
    """Each ledger must belong to a stock, and each write-off must have a reason."""
    for item in items:
        if item["SK"].startswith(_STOCK_ENTRY) and item.get("adjusted", 0) < 0 and not item.get("reason"):
            sku = item["PK"].removeprefix("PRODUCT#")
            yield f"2: {sku} was adjusted by {item['adjusted']}, without a reason"
    received, _ = _received_and_adjusted(items)
    for sku in sorted(received.keys() - {item["sku"] for item in items if item["SK"] == "STOCK"}):
        yield f"2: {sku} has a ledger and no stock"


def _reserved(items: list[dict[str, Any]], status: str) -> Counter[str]:
    """Returns the units in all reservations with a status, by SKU."""
    units = Counter[str]()
    for item in items:
        if item["SK"] == "RESERVATION" and item["status"] == status:
            for line in item["lines"]:
                units[line["sku"]] += line["shardQuantity" if line.get("shard") else "quantity"]
    return units


def _received_and_adjusted(items: list[dict[str, Any]]) -> tuple[Counter[str], Counter[str]]:
    """Returns the sums of all stock ledgers, by SKU."""
    received, adjusted = Counter[str](), Counter[str]()
    for item in items:
        if item["SK"].startswith(_STOCK_ENTRY):
            sku = item["PK"].removeprefix("PRODUCT#")
            received[sku] += item.get("received", 0)
            adjusted[sku] += item.get("adjusted", 0)
    return received, adjusted


def _money(
    items: list[dict[str, Any]],
    records: list[dict[str, Any]],
    orders: Mapping[str, dict[str, Any]],
) -> Iterator[str]:
    statuses: dict[str, dict[str, str]] = defaultdict(dict)
    for item in items:
        if item["SK"] in ("SHIPMENT", "REFUND"):
            statuses[item["orderId"]][item["SK"]] = item["status"]
    for order_id, order in orders.items():
        for found in violations_of_money(order, money_of(order_id, statuses[order_id], records)):
            yield f"{found.guarantee}: {found.item} {found.what}"


def _payments_agree(
    items: list[dict[str, Any]],
    records: list[dict[str, Any]],
    orders: Mapping[str, dict[str, Any]],
) -> Iterator[str]:
    """Once an order has ended, the ledger and the provider's records must agree about each payment."""
    ledger = {item["paymentId"]: item for item in items if item["SK"].startswith("PAYMENT#")}
    for record in records:
        if not record["PK"].startswith("PAYMENT#"):
            continue
        payment = ledger.get(record["PK"].removeprefix("PAYMENT#"))
        if payment is None:
            # A step prepared it, and then died or found the order changed before it could record the id.
            if record["status"] != "PREPARED":
                yield f"3: the provider has {record['key']} as {record['status']}, and no ledger knows it"
        elif (
            payment["status"] != record["status"] and Status(orders[payment["orderId"]]["status"]).is_terminal
        ):
            at_provider = record["status"]
            yield f"3: {record['key']} is {payment['status']} in the ledger, {at_provider} at the provider"


def _due(items: list[dict[str, Any]], orders: Mapping[str, dict[str, Any]]) -> Iterator[str]:
    """The sweep's index must contain exactly the open orders, the unsettled payments and the open refunds."""
    for item in items:
        if item["SK"] == "ORDER":
            due = not Status(item["status"]).is_terminal
        elif item["SK"].startswith("PAYMENT#"):
            kept = item["status"] == "CAPTURED" and orders[item["orderId"]]["status"] == "FULFILLED"
            due = not kept and item["status"] not in ("DECLINED", "VOIDED", "REFUNDED")
        elif item["SK"] == "REFUND":
            due = item["status"] == "REQUESTED"
        else:
            continue
        if due != ("GSI2PK" in item):
            found = "is not found" if due else "is still found"
            yield f"4: {item['PK']}/{item['SK']} is {item['status']} and {found} by the sweep"


def _history(orders: Mapping[str, dict[str, Any]]) -> Iterator[str]:
    """Each transition of an order must be allowed, be in its history, and increase its version by one."""
    for order_id, order in orders.items():
        moves = [Status(move["status"]) for move in order["history"]]
        if moves[-1] != order["status"] or order["version"] != len(moves):
            yield f"5: order {order_id} is {order['status']}, version {order['version']}, after {moves}"
        if any(not before.may_become(after) for before, after in pairwise(moves)):
            yield f"5: order {order_id} made a transition that its life cycle forbids: {moves}"


def _still_open(items: list[dict[str, Any]], orders: Mapping[str, dict[str, Any]]) -> Iterator[str]:
    for item in items:
        if item["SK"] == "REFUND" and item["status"] == "REQUESTED":
            yield f"4: the refund of order {item['orderId']} is still REQUESTED"
    for order_id, order in orders.items():
        if not Status(order["status"]).is_terminal:
            yield f"4: order {order_id} is still {order['status']}"
