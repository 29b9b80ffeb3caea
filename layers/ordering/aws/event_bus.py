"""Publishes events to the event bus."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from ordering import guards
from ordering.aws.clients import client, is_input_error
from ordering.domain.events.earlier_release import encode
from ordering.domain.events.envelope import Event
from ordering.domain.order import error_text
from ordering.guards import Guard

if TYPE_CHECKING:
    from types_boto3_events import EventBridgeClient
    from types_boto3_events.type_defs import PutEventsRequestEntryTypeDef, PutEventsResultEntryTypeDef

    # An entry with the index of its event.
    _IndexedEntry = tuple[int, PutEventsRequestEntryTypeDef]

SOURCE = "orders"

# The limits of PutEvents: ten entries, of less than 256 KB together (PutEvents, and "Calculating Amazon
# EventBridge PutEvents event entry size": the time counts 14 bytes, texts their length in UTF-8). Later SDKs
# document 1 MB: a single entry that is larger than 256 KB is sent in its own call, and the bus decides.
_MAX_ENTRIES = 10
_MAX_BYTES = 256 * 1024 - 1
_TIME_BYTES = 14

# The error codes of an entry that the bus will never accept (PutEventsResultEntry, Amazon EventBridge API
# Reference). Denied access is not one of them, since it is not caused by the entry: such a call is retried.
_ENTRY_CODES = frozenset({"InvalidArgument", "MalformedDetail"})


PERMANENTLY_REFUSED = "the event bus never takes it"
"""The cause of a permanent refusal begins with this text, which must not change: parked changes store it."""


class RefusedEvent(NamedTuple):
    """An event that the bus will never accept: its position among the published events, and the reason."""

    position: int
    reason: str

    @property
    def cause(self) -> str:
        """The cause that is stored with the parked change."""
        return f"{PERMANENTLY_REFUSED}: {self.reason}"


class PublishResult(NamedTuple):
    """The result of publishing events. Those before `stopped_at` that are not in `refused` were published."""

    refused: list[RefusedEvent]
    stopped_at: int | None = None
    """The index of the first event that is to be retried; None if there is none."""


class EventBus:
    """One event bus, by name."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._client: EventBridgeClient = client("events")

    def publish(self, events: Sequence[Event]) -> PublishResult:
        """Publish in order, up to the first event that the bus does not accept and that can be retried.

        Events after that one may or may not have been published. A retry that starts with it may publish some
        of them twice, but loses none. An event that the bus will never accept is skipped. If a call fails for
        a reason other than its events, its exception is raised; the caller can then retry all events.
        """
        refused: list[RefusedEvent] = []
        entries: list[_IndexedEntry] = []
        for index, event in enumerate(events):
            try:
                entries.append((index, self._entry(event)))
            except Exception as error:
                # An event that cannot be encoded (an infinite number, for instance) never can be.
                refused.append(RefusedEvent(index, error_text(error)))
        for batch in _batches(entries):
            stopped_at = self._send(batch, refused)
            if stopped_at is not None:
                return PublishResult([each for each in refused if each.position < stopped_at], stopped_at)
        return PublishResult(refused)

    def _send(self, batch: Sequence[_IndexedEntry], refused: list[RefusedEvent]) -> int | None:
        """Send a batch; returns the index of the first event to be retried.

        Events that the bus will never accept are added to `refused`.
        """
        try:
            response = self._client.put_events(Entries=[entry for _, entry in batch])
        except Exception as error:
            if not is_input_error(error):
                raise
            if len(batch) == 1:
                refused.append(RefusedEvent(batch[0][0], error_text(error)))
                return None
            # Send each event in its own call, so that the invalid one does not block the others.
            stops = (self._send([each], refused) for each in batch)
            return next((stop for stop in stops if stop is not None), None)
        if guards.applies(Guard.PUBLISH_REFUSED, response["FailedEntryCount"] > 0):
            return self._first_to_retry(batch, response["Entries"], refused)
        return None

    def _first_to_retry(
        self,
        batch: Sequence[_IndexedEntry],
        results: Sequence[PutEventsResultEntryTypeDef],
        refused: list[RefusedEvent],
    ) -> int | None:
        found = False
        for (index, _), entry in zip(batch, results, strict=False):
            if code := entry.get("ErrorCode"):
                found = True
                if code not in _ENTRY_CODES:
                    return index
                refused.append(RefusedEvent(index, f"{code}: {entry.get('ErrorMessage', 'no message')}"))
        # The response does not say which entries failed: retry from the first one.
        return None if found else batch[0][0]

    def _entry(self, event: Event) -> PutEventsRequestEntryTypeDef:
        return {
            "EventBusName": self._name,
            "Source": SOURCE,
            "DetailType": event.type,
            "Time": datetime.fromisoformat(event.time),
            "Resources": [],
            "Detail": encode(event).decode(),
        }


def _batches(entries: Iterable[_IndexedEntry]) -> Iterator[list[_IndexedEntry]]:
    """The entries in their order, in batches of the size that one call accepts."""
    batch: list[_IndexedEntry] = []
    batch_bytes = 0
    for indexed in entries:
        size = _size(indexed[1])
        if batch and (len(batch) == _MAX_ENTRIES or batch_bytes + size > _MAX_BYTES):
            yield batch
            batch, batch_bytes = [], 0
        batch.append(indexed)
        batch_bytes += size
    if batch:
        yield batch


def _size(entry: PutEventsRequestEntryTypeDef) -> int:
    texts = (entry["Source"], entry["DetailType"], entry["Detail"])
    return _TIME_BYTES + sum(len(text.encode()) for text in texts)
