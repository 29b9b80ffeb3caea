"""The event bus, as the functions of this app speak to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from ordering.aws import client
from ordering.events import Event

if TYPE_CHECKING:
    from types_boto3_events import EventBridgeClient
    from types_boto3_events.type_defs import PutEventsRequestEntryTypeDef

SOURCE = "orders"

# What PutEvents takes at most: ten entries, of less than 256 KB together (PutEvents, and "Calculating Amazon
# EventBridge PutEvents event entry size": the time counts 14 bytes, texts their length in UTF-8).
_MOST_ENTRIES = 10
_MOST_BYTES = 256 * 1024 - 1
_TIME_BYTES = 14


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
        published = 0
        for batch in _batches([self._entry(event) for event in events]):
            answer = self._client.put_events(Entries=batch)
            if answer["FailedEntryCount"]:
                refused = (i for i, entry in enumerate(answer["Entries"]) if "ErrorCode" in entry)
                return published + next(refused, 0)
            published += len(batch)
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


def _batches(entries: Iterable[PutEventsRequestEntryTypeDef]) -> Iterator[list[PutEventsRequestEntryTypeDef]]:
    """The entries in their order, as many at a time as one call takes."""
    batch: list[PutEventsRequestEntryTypeDef] = []
    held = 0
    for entry in entries:
        size = _size(entry)
        if batch and (len(batch) == _MOST_ENTRIES or held + size > _MOST_BYTES):
            yield batch
            batch, held = [], 0
        batch.append(entry)
        held += size
    if batch:
        yield batch


def _size(entry: PutEventsRequestEntryTypeDef) -> int:
    texts = (entry["Source"], entry["DetailType"], entry["Detail"])
    return _TIME_BYTES + sum(len(text.encode()) for text in texts)
