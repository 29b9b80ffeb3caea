"""Lists the events of an order, derived from its items in the table and read from the logs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from ops.logs.stage_log import PUBLISHER, LogLine
from ordering.domain.base import Record
from ordering.domain.events.envelope import opaque_id
from ordering.domain.operator_text import moment
from ordering.domain.order_details import OrderDetails
from ordering.repositories.keys import order_keys
from ordering.repositories.order_events import stored_events


class EventRecord(NamedTuple):
    """An event: when it happened, if the table has that; when it was published, if a log has that."""

    event_id: str
    type: str
    sequence: int
    at: str | None
    published: str | None


class _Logged(Record, frozen=True):
    """An event in a line of publish_changes."""

    id: str
    type: str
    subject: str
    sequence: int


def event_records(details: OrderDetails, lines: Sequence[LogLine]) -> list[EventRecord]:
    """Returns the events of an order, sorted by time.

    The history has every change of the order itself; of its payments, reservation, shipment and refund the
    table has the last change only. The log of publish_changes adds the earlier ones.
    """
    records = {
        each.id: EventRecord(each.id, each.type, each.sequence, each.time, None)
        for each in stored_events(details)
    }
    for logged, published in _published(details.order.order_id, lines):
        known = records.get(logged.id) or EventRecord(logged.id, logged.type, logged.sequence, None, None)
        records[logged.id] = known._replace(published=published)
    return sorted(records.values(), key=lambda each: (each.at or each.published or "", each.type))


def _published(order_id: str, lines: Sequence[LogLine]) -> Iterator[tuple[_Logged, str]]:
    for line in lines:
        if line.source == PUBLISHER and isinstance(events := line.fields.get("events"), list):
            found = filter(None, (_logged(order_id, event) for event in events))
            yield from ((logged, moment(line.at)) for logged in found if logged.subject == order_id)


def _logged(order_id: str, event: object) -> _Logged | None:
    """Returns an event of a log line; None if it is unreadable."""
    own = f"{order_keys.order_partition(order_id)}/"
    try:
        if isinstance(event, str) and event.startswith(own):
            # The previous release has logged the change.
            _, sequence, type = event.rsplit("#", 2)
            return _Logged(id=opaque_id(event), type=type, subject=order_id, sequence=int(sequence))
        return msgspec.convert(event, _Logged)
    except ValueError:
        return None


def lists_events(fields: Mapping[str, Any]) -> bool:
    """Whether a line of publish_changes only lists published events."""
    return "events" in fields
