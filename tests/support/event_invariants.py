"""Guarantees 1 and 5, checked on the published events and on the customers' responses, not only on the table.

1. The customers know all orders, one for each key.
5. Every committed change that a business event reports was published, under one id.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from tests.support.table_stream import Change

# The new status whose change must be published. Written independently of the product's code.
_PUBLISHED = {
    "ORDER": {"PENDING", "CONFIRMED", "FULFILLED", "REJECTED", "CANCELLED"},
    "RESERVATION": {"HELD", "RELEASED"},
    "SHIPMENT": {"BOOKED", "DISPATCHED"},
    "REFUND": {"REQUESTED", "REFUNDED"},
    "PAYMENT": {"AUTHORISED", "DECLINED", "CAPTURED", "REFUNDED"},
}


def violations(
    changes: Sequence[Change],
    published: Sequence[dict[str, Any]],
    items: Sequence[dict[str, Any]],
    known: Collection[str],
    *,
    keys: int = 1,
) -> list[str]:
    """Returns the violations, as sentences.

    `published`: the events; `items`: the table; `known`: the order ids that customers know; `keys`: how many
    different keys they have sent, which is how many orders there must be.
    """
    return [*_unpublished(changes, published), *_unknown(items, known, keys)]


def _unpublished(changes: Sequence[Change], published: Sequence[dict[str, Any]]) -> Iterator[str]:
    contents = defaultdict[str, list[dict[str, Any]]](list)
    for event in published:
        if event not in contents[event["id"]]:
            contents[event["id"]].append(event)
    for event_id, different in contents.items():
        if len(different) > 1:
            yield f"5: {event_id} ({different[0]['type']}) was published with {len(different)} contents"
    reported = {_change_of(event) for event in published}
    if len(reported) < len(contents):
        yield f"5: {len(reported)} changes were published under {len(contents)} ids"
    for change in changes:
        name = _name(change)
        if name and name not in reported:
            yield f"5: {name} was never published"


def _change_of(event: Mapping[str, Any]) -> str:
    """Returns `<PK>/<SK>#<version>` of the change that an event reports."""
    subject, family = event["subject"], event["type"]
    if family.startswith("Product"):
        item = f"PRODUCT#{subject}/PRODUCT"
    elif family == "StockLow":
        item = f"PRODUCT#{subject}/STOCK"
    elif family == "WebhookDisabled":
        item = f"WEBHOOKS#{event['customerId']}/ENDPOINT#{subject}"
    elif family.startswith("Payment"):
        item = f"ORDER#{subject}/PAYMENT#{event['attempt']:02d}"
    elif family.startswith("OrderRefund"):
        item = f"ORDER#{subject}/REFUND"
    else:
        sort = {"Or": "ORDER", "St": "RESERVATION", "Sh": "SHIPMENT"}[family[:2]]
        item = f"ORDER#{subject}/{sort}"
    return f"{item}#{event['sequence']}"


def _name(change: Change) -> str | None:
    """Returns `<PK>/<SK>#<version>` of a change that must be published; None for any other change.

    It is computed independently of the code under test.
    """
    image = change.new or change.old or {}
    partition, sort = image["PK"]["S"], image["SK"]["S"]
    kind = partition.partition("#")[0]
    if kind == "WEBHOOKS" and _was_disabled(change):
        return f"{partition}/{sort}#{image['version']['N']}"
    if kind == "PRODUCT" and sort == "STOCK" and _became_low(change):
        return f"{partition}/{sort}#{image['version']['N']}"
    if kind not in ("ORDER", "PRODUCT") or (kind == "PRODUCT" and sort != "PRODUCT"):
        return None
    if kind == "ORDER" and not _reports_status(sort, change):
        return None
    version = int(image["version"]["N"])
    if change.new is None:
        return f"{partition}/{sort}#{version + 1}" if sort == "PRODUCT" else None
    if change.old and int(change.old["version"]["N"]) == version:
        return None
    return f"{partition}/{sort}#{version}"


def _was_disabled(change: Change) -> bool:
    """Whether a webhook endpoint was disabled."""
    statuses = [(image or {}).get("status", {}).get("S") for image in (change.old, change.new)]
    return statuses == ["ENABLED", "DISABLED"]


def _became_low(change: Change) -> bool:
    def low(image: Mapping[str, Any]) -> bool:
        if not {"available", "lowStockAt"} <= image.keys():
            return False
        return int(image["available"]["N"]) <= int(image["lowStockAt"]["N"])

    return bool(change.old and change.new and low(change.new) and not low(change.old))


def _reports_status(sort: str, change: Change) -> bool:
    new = change.new or {}
    family = sort.partition("#")[0]
    if family not in _PUBLISHED or not new:
        return False
    status = new["status"]["S"]
    by_customer = status == "CANCELLING" and new.get("reason", {}).get("S") == "CUSTOMER_REQUEST"
    return status in _PUBLISHED[family] or (family == "ORDER" and by_customer)


def _unknown(items: Sequence[dict[str, Any]], known: Collection[str], keys: int) -> Iterator[str]:
    orders = {item["orderId"] for item in items if item["SK"] == "ORDER"}
    if orders != set(known) or len(orders) != keys:
        yield f"1: the customer knows {sorted(known)}, and the table holds {sorted(orders)}"
