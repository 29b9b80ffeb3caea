"""Keys in events: the item and the change that an event describes, and the records of its consumers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ordering.domain.events.types import ItemKind
from ordering.domain.product import Sku
from ordering.repositories.keys import Key, endpoint_keys, order_keys, product_keys, text

if TYPE_CHECKING:
    from ordering.domain.events.envelope import Event

_ORDER_ITEM_KINDS: Mapping[str, ItemKind] = {
    order_keys.ORDER: ItemKind.ORDER,
    order_keys.RESERVATION: ItemKind.RESERVATION,
    order_keys.SHIPMENT: ItemKind.SHIPMENT,
    order_keys.REFUND: ItemKind.REFUND,
}
_PRODUCT_ITEM_KINDS: Mapping[str, ItemKind] = {
    product_keys.PRODUCT: ItemKind.PRODUCT,
    product_keys.STOCK: ItemKind.STOCK,
}
PUBLISHED_SORT_KEYS: Sequence[str] = (*_ORDER_ITEM_KINDS, product_keys.PRODUCT)
"""The sort keys of items whose changes are published; those of payments begin with PAYMENT_PREFIX.

Changes of stock are published only if the product has a threshold.
"""


def published_kind(key: Mapping[str, object]) -> ItemKind | None:
    """Return the kind of an item; None if its changes are not published.

    The whole key decides: the key of a consumer's record of an event contains the key of the event's item.
    """
    partition, sort = str(key["PK"]), str(key["SK"])
    if partition.startswith(order_keys.ORDER_PREFIX):
        return ItemKind.PAYMENT if sort.startswith(order_keys.PAYMENT_PREFIX) else _ORDER_ITEM_KINDS.get(sort)
    if partition.startswith(product_keys.PRODUCT_PREFIX):
        return _PRODUCT_ITEM_KINDS.get(sort)
    if partition.startswith(endpoint_keys.WEBHOOKS_PREFIX) and sort.startswith(endpoint_keys.ENDPOINT_PREFIX):
        return ItemKind.WEBHOOK
    return None


def changed_item(event: Event) -> str:
    """Return the key, as text, of the item whose change an event describes."""
    match event.KIND:
        case ItemKind.ORDER:
            return text(order_keys.order(event.subject))
        case ItemKind.RESERVATION:
            return text(order_keys.reservation(event.subject))
        case ItemKind.SHIPMENT:
            return text(order_keys.shipment(event.subject))
        case ItemKind.REFUND:
            return text(order_keys.refund(event.subject))
        case ItemKind.PAYMENT:
            return text(order_keys.payment(event.subject, event.attempt_number))
        case ItemKind.PRODUCT:
            return text(product_keys.product(Sku(event.subject)))
        case ItemKind.STOCK:
            return text(product_keys.stock(Sku(event.subject)))
        case ItemKind.WEBHOOK:
            return text(endpoint_keys.webhook_endpoint(event.owner, event.subject))


def change(event: Event) -> str:
    """Return the change that an event describes: `<PK>/<SK>#<version>#<type>`."""
    return f"{changed_item(event)}#{event.sequence}#{event.type}"


def consumer_partition(consumer: str, item: str) -> str:
    """The partition of a consumer's records about the events of one item (`<PK>/<SK>`).

    Each item has its own partition. A partition takes 1,000 writes a second ("Best practices for designing
    and using partition keys", Amazon DynamoDB): if all records of a consumer shared one, it would limit the
    app to 250 orders a second.
    """
    return f"CONSUMER#{consumer}#{item}"


def earlier_consumer_partition(consumer: str) -> str:
    """The single partition in which earlier releases keep a consumer's records. Read, never written."""
    return f"CONSUMER#{consumer}"


def consumed(consumer: str, item: str, change: str) -> Key:
    """A consumer's record of the event of a change of that item.

    The previous release has the same key for the same change, by whichever id its event was published.
    """
    return {"PK": consumer_partition(consumer, item), "SK": change}
