"""The guarantees of the system, checked on its tables and on the providers' own records.

1. At most one order for each customer and idempotency key.  2. Stock adds up.  3. Money adds up.
4. Every order ends, and the sweep finds what has not ended.  5. Every change of an order is recorded once.
Each violation begins with the number of its guarantee.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any, Protocol

from ordering.domain.order import Status


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
    held, committed = Counter[str](), Counter[str]()
    for item in items:
        if item["SK"] != "RESERVATION":
            continue
        units = {line["sku"]: line["quantity"] for line in item["lines"]}
        status = orders[item["orderId"]]["status"]
        if item["status"] == "HELD":
            held.update(units)
            if Status(status).is_terminal:
                yield f"2: order {item['orderId']} is {status} and still holds stock"
        if item["status"] == "COMMITTED":
            committed.update(units)
        if (item["status"] == "COMMITTED") != (status == "FULFILLED"):
            yield f"2: order {item['orderId']} is {status} and its reservation {item['status']}"
    received, adjusted = Counter[str](), Counter[str]()
    for item in items:
        if item["SK"].startswith("RECEIPT#"):
            sku = item["PK"].removeprefix("PRODUCT#")
            received[sku] += item.get("received", 0)
            adjusted[sku] += item.get("adjusted", 0)
            if item.get("adjusted", 0) < 0 and not item.get("reason"):
                yield f"2: {sku} was adjusted by {item['adjusted']}, without a reason"
    stocked = {item["sku"] for item in items if item["SK"] == "STOCK"}
    for sku in sorted(received.keys() - stocked):
        yield f"2: {sku} has a ledger and no stock"
    for item in items:
        if item["SK"] != "STOCK":
            continue
        sku = item["sku"]
        figures = {name: item.get(name, 0) for name in ("received", "available", "held", "shipped")}
        corrected = item.get("adjusted", 0)
        if figures["received"] + corrected != figures["available"] + figures["held"] + figures["shipped"]:
            yield f"2: {sku} does not add up: {figures}, adjusted by {corrected}"
        if min(figures.values()) < 0:
            yield f"2: {sku} is negative: {figures}"
        if figures["held"] != held[sku]:
            yield f"2: {sku} holds {figures['held']}, its reservations {held[sku]}"
        if figures["shipped"] != committed[sku]:
            yield f"2: {sku} shipped {figures['shipped']}, its reservations {committed[sku]}"
        if figures["received"] != received[sku]:
            yield f"2: {sku} counts {figures['received']} received, its receipts {received[sku]}"
        if corrected != adjusted[sku]:
            yield f"2: {sku} is adjusted by {corrected}, in its ledger by {adjusted[sku]}"


def _money(
    items: list[dict[str, Any]],
    records: list[dict[str, Any]],
    orders: Mapping[str, dict[str, Any]],
) -> Iterator[str]:
    shipments = {item["orderId"]: item for item in items if item["SK"] == "SHIPMENT"}
    refunds = {item["orderId"]: item for item in items if item["SK"] == "REFUND"}
    for order_id, order in orders.items():
        own = [record for record in records if str(record.get("key", "")).startswith(f"{order_id}/")]
        captured = sum(record["captured"] for record in own)
        refunded = sum(record["refunded"] for record in own)
        shipment = shipments.get(order_id, {}).get("status")
        booked = any(
            record["PK"] == f"SHIPMENT#{order_id}" and record["status"] == "BOOKED" for record in records
        )
        # A refused capture leaves the authorisation open.
        authorised = [record for record in own if record["status"] in ("AUTHORISED", "CAPTURE_REFUSED")]
        taken = [record for record in own if record["status"] == "CAPTURED"]
        if len(authorised) + len(taken) > 1:
            yield f"3: order {order_id} has more than one payment held or taken at once"
        if captured not in (0, order["total"]):
            yield f"3: order {order_id} of {order['total']} was charged {captured}"
        if refunded > captured:
            yield f"3: order {order_id} was refunded {refunded} of {captured}"
        refund = refunds.get(order_id, {}).get("status")
        if refund and order["status"] != "FULFILLED":
            yield f"3: order {order_id} is {order['status']}, and an operator has it refunded"
        match order["status"]:
            case "FULFILLED":
                if captured != order["total"]:
                    yield f"3: order {order_id} is fulfilled and not paid"
                if refunded and not refund:
                    yield f"3: order {order_id} is fulfilled and refunded, which no operator has requested"
                if refund == "REFUNDED" and refunded != captured:
                    yield f"3: order {order_id} is recorded as refunded, and {captured - refunded} is kept"
                if shipment != "DISPATCHED":
                    yield f"3: order {order_id} is fulfilled and its shipment is {shipment}"
                if not booked:
                    yield f"3: order {order_id} is fulfilled and the carrier has no booking"
            case "REJECTED" | "CANCELLED" as status:
                if captured != refunded:
                    yield f"3: order {order_id} is {status} and {captured - refunded} is kept"
                if authorised:
                    yield f"3: order {order_id} is {status} with an open authorisation"
                if shipment not in (None, "CANCELLED"):
                    yield f"3: order {order_id} is {status} and its shipment is {shipment}"
                if booked:
                    yield f"3: order {order_id} is {status} and the carrier has a booking"
            case _:
                if shipment == "DISPATCHED":
                    yield f"3: order {order_id} was dispatched before it was fulfilled"


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
