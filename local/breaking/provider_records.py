"""Reads the sandbox providers' records of some orders, by their keys."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from local.breaking.engine_access import BreakableApp
from ordering.domain.payment import MAX_PAYMENT_ATTEMPTS, idempotency_key
from ordering.dynamodb.codec import decode_item, encode_item
from ordering.providers import sandbox_payments, sandbox_shipping

# BatchGetItem takes 100 keys (Amazon DynamoDB API Reference).
_AT_ONCE = 100


def records_of(app: BreakableApp, order_ids: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """Returns the records of payments and shipments of each order, also those that no ledger knows of."""
    orders = {key: order_id for order_id in order_ids for key in keys_of(order_id)}
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    every = list(orders)
    for first in range(0, len(every), _AT_ONCE):
        pending: Any = {
            app.outputs["SandboxTableName"]: {
                "Keys": [encode_item({"PK": key}) for key in every[first : first + _AT_ONCE]],
                "ConsistentRead": True,
            }
        }
        while pending:
            read = app.dynamodb.batch_get_item(RequestItems=pending)
            for items in read["Responses"].values():
                for item in map(decode_item, items):
                    found[orders[item["PK"]]].append(item)
            pending = read.get("UnprocessedKeys")
    return found


def keys_of(order_id: str) -> Iterator[str]:
    """Yields the keys of all records that the sandbox may have of an order."""
    yield sandbox_shipping.partition(order_id)
    for attempt in range(1, MAX_PAYMENT_ATTEMPTS + 1):
        yield sandbox_payments.partition(sandbox_payments.payment_id_of(idempotency_key(order_id, attempt)))
