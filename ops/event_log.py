"""Lists the events of an order, derived from its items in the table and read from the logs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from ops.formatting import moment
from ops.logs import PUBLISHER, LogLine
from ordering.domain.base import Record
from ordering.domain.events import Event
from ordering.domain.order import Order
from ordering.domain.order_details import OrderDetails
from ordering.repositories import keys
from ordering.repositories.stream import event_of_images


class EventRecord(NamedTuple):
    """An event: its id; when it happened, if the table has that; when it was published, if a log has that."""

    event_id: str
    at: str | None
    published: str | None


def event_records(details: OrderDetails, lines: Sequence[LogLine]) -> list[EventRecord]:
    """Returns the events of an order, sorted by time.

    The history has every change of the order itself; of its payments, reservation, shipment and refund the
    table has the last change only. The log of publish_changes adds the earlier ones.
    """
    happened = {event.event_id: event.at for event in _derived(details)}
    published = dict(_published(details.order.order_id, lines))
    events = [
        EventRecord(event_id, happened.get(event_id), published.get(event_id))
        for event_id in {**happened, **published}
    ]
    return sorted(events, key=lambda event: (event.at or event.published or "", event.event_id))


def _derived(details: OrderDetails) -> Iterator[Event]:
    order_id = details.order.order_id
    yield from _of_order(details.order)
    ledgers: list[tuple[keys.Key, Record | None]] = [
        (keys.reservation(order_id), details.reservation),
        *((keys.payment(order_id, each.attempt), each) for each in details.payments),
        (keys.shipment(order_id), details.shipment),
        (keys.refund(order_id), details.refund),
    ]
    for key, record in ledgers:
        if record and (event := event_of_images(None, _image(key, record))):
            yield event


def _of_order(order: Order) -> Iterator[Event]:
    """Yields one event for each entry of the history: each entry is one write, and each write one version."""
    key = keys.order(order.order_id)
    first = order.version - len(order.history) + 1
    for version, transition in enumerate(order.history, start=first):
        as_it_was = msgspec.structs.replace(
            order,
            status=transition.status,
            reason=transition.reason,
            updated_at=transition.at,
            version=version,
        )
        if event := event_of_images(None, _image(key, as_it_was)):
            yield event


def _image(key: keys.Key, record: Record) -> dict[str, Any]:
    image: dict[str, Any] = {**key, **msgspec.to_builtins(record)}
    return image


def _published(order_id: str, lines: Sequence[LogLine]) -> Iterator[tuple[str, str]]:
    own = f"{keys.order_partition(order_id)}/"
    for line in lines:
        if line.source == PUBLISHER and isinstance(events := line.fields.get("events"), list):
            yield from ((event, moment(line.at)) for event in events if str(event).startswith(own))


def lists_events(fields: Mapping[str, Any]) -> bool:
    """Whether a line of publish_changes only lists published events."""
    return "events" in fields
