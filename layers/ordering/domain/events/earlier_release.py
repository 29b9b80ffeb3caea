"""Events of the previous release, and what its consumers need to read ours.

Two releases run side by side during a deployment and after a rollback, and the archive keeps events of both.

| event             | read by              | then                                                            |
|-------------------|----------------------|-----------------------------------------------------------------|
| of the previous   | this release         | `event_of_earlier` converts it: it gets the id that the same    |
| release           |                      | change has in this release, and its consumers find its record   |
| of this release   | the previous release | `encode` adds the fields that its `notify_customer` reads; their|
|                   |                      | `eventId` leads to the same record: no mail is sent twice       |

In the next release, `encode` and `event_id` are removed. `event_of_earlier` is needed as long as the archive
has such events: thirty days.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from ordering.domain.events.envelope import Event, opaque_id
from ordering.domain.events.facts import facts_of
from ordering.domain.events.orders import OrderEvent
from ordering.domain.events.shapes import SHAPES
from ordering.domain.events.types import EventType

# The events that `notify_customer` of the previous release receives.
_READ_BY_EARLIER = frozenset(
    {
        EventType.ORDER_CONFIRMED,
        EventType.ORDER_FULFILLED,
        EventType.ORDER_REJECTED,
        EventType.ORDER_CANCELLED,
    }
)


def with_earlier_id(event: Event, change: str) -> Event:
    """Return the event with the id that the previous release gives it, if that release reads the event."""
    if isinstance(event, OrderEvent) and event.type in _READ_BY_EARLIER:
        return replace(event, event_id=change)
    return event


def encode(event: Event) -> bytes:
    """Return an event as it is published, in JSON."""
    if not (isinstance(event, OrderEvent) and event.event_id):
        return msgspec.json.encode(event)
    required = {"at": event.time, "version": event.sequence, "old": None, "new": None, "changed": []}
    return msgspec.json.encode({**msgspec.to_builtins(event), **required})


def event_of_earlier(type: EventType, detail: Mapping[str, Any]) -> Event:
    """Return the event of this release for one that the previous release has published.

    Raises KeyError, TypeError or ValueError if it is malformed.
    """
    shape = SHAPES[type]
    ids = {name: detail[name] for name in ("correlationId", "traceparent") if detail.get(name)}
    envelope = {
        "id": opaque_id(detail["eventId"]),
        "type": type.value,
        "time": detail["at"],
        "sequence": detail["version"],
        "schemaVersion": 1,
        **ids,
    }
    facts = facts_of(shape.KIND, detail["old"], detail["new"])
    return with_earlier_id(msgspec.convert({**facts, **envelope}, shape), detail["eventId"])
