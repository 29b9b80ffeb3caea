"""The events of an order, as far as its items in the table show them."""

from collections.abc import Iterator
from typing import Any

import msgspec

from ordering.domain.base import Record
from ordering.domain.events.deriving import PublishedChange
from ordering.domain.order import Order
from ordering.domain.order_details import OrderDetails
from ordering.repositories import keys
from ordering.repositories.keys import order_keys
from ordering.repositories.stream import change_of_image


def stored_events(details: OrderDetails) -> Iterator[PublishedChange]:
    """Yield the events that follow from an order's items, in no order.

    The history has every change of the order itself. The other items have only their last change, whose event
    is yielded if it is published. Their earlier events are in the archive and in the log of publish_changes.
    """
    order_id = details.order.order_id
    yield from _of_order(details.order)
    ledgers: list[tuple[keys.Key, Record | None]] = [
        (order_keys.reservation(order_id), details.reservation),
        *((order_keys.payment(order_id, each.attempt), each) for each in details.payments),
        (order_keys.shipment(order_id), details.shipment),
        (order_keys.refund(order_id), details.refund),
    ]
    for key, record in ledgers:
        if record and (change := change_of_image(_image(key, record))):
            yield change


def _of_order(order: Order) -> Iterator[PublishedChange]:
    """Yield the published changes of the history: each entry is one write, and each write one version."""
    key = order_keys.order(order.order_id)
    first = order.version - len(order.history) + 1
    for version, transition in enumerate(order.history, start=first):
        as_it_was = msgspec.structs.replace(
            order,
            status=transition.status,
            reason=transition.reason,
            updated_at=transition.at,
            version=version,
        )
        if change := change_of_image(_image(key, as_it_was)):
            yield change


def _image(key: keys.Key, record: Record) -> dict[str, Any]:
    # A value of a type that no release writes is left out of an event anyway.
    image: dict[str, Any] = {**key, **msgspec.to_builtins(record, enc_hook=str)}
    return image
