"""The event bus, as the functions of this app speak to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

import msgspec

from ordering.aws import client
from ordering.events import Event

if TYPE_CHECKING:
    from types_boto3_events import EventBridgeClient
    from types_boto3_events.type_defs import PutEventsRequestEntryTypeDef

SOURCE = "orders"

# PutEvents takes ten entries at most (Amazon EventBridge endpoints and quotas).
_BATCH = 10

T = TypeVar("T")


class Bus:
    """One event bus, by name."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._client: EventBridgeClient = client("events")

    def publish(self, events: Sequence[Event]) -> int | None:
        """Publish in order; answers the index of the first event that was not taken, None if all were.

        What comes after that one may have been published or not: to begin again there repeats some,
        and loses none. A call that fails as a whole raises, and then all may be begun again.
        """
        for start, batch in _batches(events):
            answer = self._client.put_events(Entries=[self._entry(event) for event in batch])
            if answer["FailedEntryCount"]:
                refused = (i for i, entry in enumerate(answer["Entries"]) if "ErrorCode" in entry)
                return start + next(refused, 0)
        return None

    def _entry(self, event: Event) -> PutEventsRequestEntryTypeDef:
        return {
            "EventBusName": self._name,
            "Source": SOURCE,
            "DetailType": event.type,
            "Time": datetime.fromisoformat(event.at),
            "Resources": [],
            "Detail": msgspec.json.encode(event).decode(),
        }


def _batches(events: Sequence[T]) -> Iterator[tuple[int, Sequence[T]]]:
    for start in range(0, len(events), _BATCH):
        yield start, events[start : start + _BATCH]
