"""Keys of partners' webhook endpoints, and of the deliveries to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ordering.domain.order import CustomerId
from ordering.repositories.keys import SEPARATOR, Key, shard_of

if TYPE_CHECKING:
    from ordering.domain.webhooks.endpoint import WebhookId

WEBHOOKS_PREFIX = "WEBHOOKS#"
ENDPOINT_PREFIX = "ENDPOINT#"


def webhooks_partition(customer_id: str) -> str:
    """The partition of a partner's webhook endpoints."""
    return f"{WEBHOOKS_PREFIX}{customer_id}"


def webhook_endpoint(customer_id: str, webhook_id: str) -> Key:
    """A partner's webhook endpoint."""
    return {"PK": webhooks_partition(customer_id), "SK": f"{ENDPOINT_PREFIX}{webhook_id}"}


def webhook_count(customer_id: CustomerId) -> Key:
    """The number of a partner's webhook endpoints."""
    return {"PK": webhooks_partition(customer_id), "SK": "COUNT"}


def deliveries_partition(webhook_id: str, order_id: str) -> str:
    """The partition of the deliveries of one order's events to one endpoint.

    Each order has its own partition, since a partition takes 1,000 writes a second, and each delivery causes
    about ten.
    """
    return f"DELIVERY#{webhook_id}{SEPARATOR}{order_id}"


def webhook_delivery(webhook_id: str, order_id: str, family: str, sequence: int, event_id: str) -> Key:
    """The delivery of an event to an endpoint. Deliveries of one family sort by their sequence."""
    return {
        "PK": deliveries_partition(webhook_id, order_id),
        "SK": f"{family}{SEPARATOR}{sequence:020d}{SEPARATOR}{event_id}",
    }


def before_delivery(key: Mapping[str, str]) -> tuple[str, str]:
    """The range of the sort keys of the same family's deliveries up to this one, which is included."""
    family = key["SK"].partition(SEPARATOR)[0]
    return f"{family}{SEPARATOR}", key["SK"]


def webhook_slot(webhook_id: str, slot: int | str) -> Key:
    """One of the slots of an endpoint: an invocation holds it while it sends to the endpoint."""
    return {"PK": f"SLOT#{webhook_id}{SEPARATOR}{slot}", "SK": "SLOT"}


def webhook_log_shard(webhook_id: str, shard: int | str) -> str:
    """One of the partitions of the index that lists an endpoint's deliveries."""
    return f"WEBHOOK#{webhook_id}{SEPARATOR}{shard}"


def in_webhook_log(webhook_id: WebhookId, order_id: str, created_at: str, event_id: str) -> Key:
    """The index entry that lists a delivery among those of its endpoint, by time."""
    return {
        "GSI1PK": webhook_log_shard(webhook_id, shard_of(order_id)),
        "GSI1SK": in_webhook_log_at(created_at, event_id),
    }


def in_webhook_log_at(created_at: str, event_id: str) -> str:
    """The position of a delivery in each partition of its endpoint's log."""
    return f"{created_at}{SEPARATOR}{event_id}"


def listed_delivery(entry: Mapping[str, object]) -> tuple[str, str]:
    """The time and the event id of a delivery, from its index entry."""
    created_at, _, event_id = str(entry["GSI1SK"]).partition(SEPARATOR)
    return created_at, event_id
