"""The event bus, as the functions of this app speak to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from ordering.aws.clients import client, is_input_error
from ordering.domain.events import Event
from ordering.domain.order import error_text

if TYPE_CHECKING:
    from types_boto3_events import EventBridgeClient
    from types_boto3_events.type_defs import PutEventsRequestEntryTypeDef, PutEventsResultEntryTypeDef

    # With the place of its event.
    _Numbered = tuple[int, PutEventsRequestEntryTypeDef]

SOURCE = "orders"

# What PutEvents takes at most: ten entries, of less than 256 KB together (PutEvents, and "Calculating Amazon
# EventBridge PutEvents event entry size": the time counts 14 bytes, texts their length in UTF-8). Later SDKs
# say 1 MB: a single entry that is larger than 256 KB is sent alone, and the bus decides.
_MOST_ENTRIES = 10
_MOST_BYTES = 256 * 1024 - 1
_TIME_BYTES = 14

# What the bus says of an entry that it will never take (PutEventsResultEntry, Amazon EventBridge API
# Reference). Whether we may publish at all is not the entry's affair: such a refusal is waited out.
_ENTRY_CODES = frozenset({"InvalidArgument", "MalformedDetail"})


NEVER_TAKEN = "the event bus never takes it"
"""How the cause of such a refusal begins."""


class RefusedEvent(NamedTuple):
    """An event that the bus will never take: its place among them, and why."""

    place: int
    why: str

    @property
    def cause(self) -> str:
        """For whoever finds the change where it was parked."""
        return f"{NEVER_TAKEN}: {self.why}"


class PublishResult(NamedTuple):
    """What became of events. Those before `stopped_at` that are not among `refused` were published."""

    refused: list[RefusedEvent]
    stopped_at: int | None = None
    """The first event that was not taken for now; None if there is none."""


class EventBus:
    """One event bus, by name."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._client: EventBridgeClient = client("events")

    def publish(self, events: Sequence[Event]) -> PublishResult:
        """Publish in order, up to the first event that is not taken for now.

        What comes after that one may have been published or not: to begin again there repeats some,
        and loses none. An event that the bus will never take is passed over. A call that fails as a whole,
        for no event's sake, raises, and then all may be begun again.
        """
        refused: list[RefusedEvent] = []
        entries: list[_Numbered] = []
        for index, event in enumerate(events):
            try:
                entries.append((index, self._entry(event)))
            except Exception as error:
                # What cannot be written as an entry, a number without end for instance, never will be.
                refused.append(RefusedEvent(index, error_text(error)))
        for batch in _batches(entries):
            stopped_at = self._send(batch, refused)
            if stopped_at is not None:
                return PublishResult([each for each in refused if each.place < stopped_at], stopped_at)
        return PublishResult(refused)

    def _send(self, batch: Sequence[_Numbered], refused: list[RefusedEvent]) -> int | None:
        """Send a batch; returns the first event that is not taken for now. What never is joins `refused`."""
        try:
            answer = self._client.put_events(Entries=[entry for _, entry in batch])
        except Exception as error:
            if not is_input_error(error):
                raise
            if len(batch) == 1:
                refused.append(RefusedEvent(batch[0][0], error_text(error)))
                return None
            # The others go on without the one that it is said of.
            stops = (self._send([each], refused) for each in batch)
            return next((stop for stop in stops if stop is not None), None)
        if answer["FailedEntryCount"]:
            return self._first_for_now(batch, answer["Entries"], refused)
        return None

    def _first_for_now(
        self,
        batch: Sequence[_Numbered],
        said: Sequence[PutEventsResultEntryTypeDef],
        refused: list[RefusedEvent],
    ) -> int | None:
        found = False
        for (index, _), entry in zip(batch, said, strict=False):
            if code := entry.get("ErrorCode"):
                found = True
                if code not in _ENTRY_CODES:
                    return index
                refused.append(RefusedEvent(index, f"{code}: {entry.get('ErrorMessage', 'no message')}"))
        # Some were not taken, and it does not say which: begin again with the first.
        return None if found else batch[0][0]

    def _entry(self, event: Event) -> PutEventsRequestEntryTypeDef:
        return {
            "EventBusName": self._name,
            "Source": SOURCE,
            "DetailType": event.type,
            "Time": datetime.fromisoformat(event.at),
            "Resources": [],
            "Detail": msgspec.json.encode(event).decode(),
        }


def _batches(entries: Iterable[_Numbered]) -> Iterator[list[_Numbered]]:
    """The entries in their order, as many at a time as one call takes."""
    batch: list[_Numbered] = []
    held = 0
    for numbered in entries:
        size = _size(numbered[1])
        if batch and (len(batch) == _MOST_ENTRIES or held + size > _MOST_BYTES):
            yield batch
            batch, held = [], 0
        batch.append(numbered)
        held += size
    if batch:
        yield batch


def _size(entry: PutEventsRequestEntryTypeDef) -> int:
    texts = (entry["Source"], entry["DetailType"], entry["Detail"])
    return _TIME_BYTES + sum(len(text.encode()) for text in texts)
