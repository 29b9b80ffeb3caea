"""The records of an event consumer, which let it handle each event once and skip outdated events.

An event may be delivered twice, late, or to two invocations at once:

| what the records show                                 | then                                       |
|-------------------------------------------------------|--------------------------------------------|
| the event is handled                                  | HANDLED                                    |
| a later event of the same item is handled             | OVERTAKEN: the event is outdated           |
| another invocation has a claim on the event, or on    | BUSY: the event must be redelivered        |
| another event of the same item                        |                                            |
| none of these                                         | a claim: the caller handles the event      |

The records of each item's events are in a partition of their own. Earlier releases kept the records of all
items in a single partition, which is still read: an event that they handled is not handled again.

A claim expires, in case its owner dies. It lasts longer than any invocation: two invocations never handle the
same event at once, nor two events of one item, since the later event could then be handled first.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import NamedTuple
from uuid import uuid4

import msgspec

from ordering import guards
from ordering.domain.base import Record
from ordering.domain.clock import as_text, now
from ordering.domain.events.envelope import Event
from ordering.domain.order import OrderFault
from ordering.dynamodb.client import ConditionFailed, Table, TransactionCancelled
from ordering.dynamodb.codec import Item
from ordering.dynamodb.transaction import WriteAction, update
from ordering.guards import Guard
from ordering.repositories.items import SCHEMA_VERSION, record_of, record_or
from ordering.repositories.keys import event_keys

CLAIM_SECONDS = 90

# Older events are skipped. A record is kept for longer than that, so that no event is handled again after its
# record has expired. Dead-letter queues keep messages for no longer either.
OLDEST_EVENT = timedelta(days=14)
_KEPT = OLDEST_EVENT + timedelta(days=1)

# The name of the record's own action in a transaction.
_RECORD = "record of the event"


class ClaimRefusal(Enum):
    """Why an event must not be handled now."""

    HANDLED = auto()
    OVERTAKEN = auto()
    BUSY = auto()
    TOO_OLD = auto()


class Claim(NamedTuple):
    """The right to handle one event, held by the owner of `token`."""

    event: Event
    token: str


class ProcessedEvent(Record, frozen=True):
    """The fields of a record that decide about claims on other events."""

    claimed_by: str | None = None
    claimed_until: str = ""
    event_version: int = 0


class ProcessedEvents:
    """The records of one consumer, by its name."""

    def __init__(self, table: Table, name: str) -> None:
        self._table = table
        self._name = name

    def status_of(self, event: Event, *, in_order: bool = True) -> ClaimRefusal | None:
        """Return why an event need not be handled any more; None if it must be handled.

        `in_order` is whether an event that a later one of its item has overtaken is skipped.
        """
        if _is_too_old(event):
            return ClaimRefusal.TOO_OLD
        records = self.records(event_keys.changed_item(event))
        if any(record["SK"] == event_keys.change(event) and "handledAt" in record for record in records):
            return ClaimRefusal.HANDLED
        return ClaimRefusal.OVERTAKEN if in_order and _is_overtaken(event, records) else None

    def claim(self, event: Event) -> Claim | ClaimRefusal:
        """Claim an event; returns the claim, or why the event must not be handled now.

        Raises UnreadableRecord if the record of this event is unreadable, since a claim in it may still be
        valid. Unreadable records of other events are ignored.
        """
        if guards.applies(Guard.CLAIM_TOO_OLD, _is_too_old(event)):
            return ClaimRefusal.TOO_OLD
        claim = Claim(event, uuid4().hex)
        for refusal_of in guards.value(Guard.CLAIM_FIRST, (self._write_claim, self._check_other_events)):
            if refusal := refusal_of(claim):
                return refusal
        return claim

    def _write_claim(self, claim: Claim) -> ClaimRefusal | None:
        """Write a claim; returns why it was refused, or None."""
        current = datetime.fromisoformat(now())
        lasts = timedelta(seconds=guards.value(Guard.CLAIM_OUTLIVES, CLAIM_SECONDS))
        unhandled = guards.condition(Guard.CLAIM_UNHANDLED, "attribute_not_exists(handledAt)")
        free = guards.condition(
            Guard.CLAIM_FREE, "(attribute_not_exists(claimedUntil) OR claimedUntil < :now)"
        )
        try:
            self._update(
                claim,
                "SET schemaVersion = :schema, expiresAt = :expires, "
                "claimedBy = :token, claimedUntil = :until",
                {
                    ":schema": SCHEMA_VERSION,
                    ":token": claim.token,
                    ":now": as_text(current),
                    ":until": as_text(current + lasts),
                    ":expires": _expiry(claim.event),
                },
                f"{unhandled} AND {free}",
            )
        except ConditionFailed as failure:
            found = failure.item or {}
            if "handledAt" in found:
                return ClaimRefusal.HANDLED
            # The claim is our own if the SDK has retried a write that succeeded.
            claimed_by = record_of(found, ProcessedEvent).claimed_by
            if not guards.applies(Guard.CLAIM_OWN, claimed_by == claim.token):
                return ClaimRefusal.BUSY
        return None

    def complete(self, claim: Claim, outcome: str, *, at: str) -> None:
        """Record the outcome of an event, even if the claim has expired: the event is handled."""
        self._update(
            claim,
            "SET handledAt = :at, outcome = :outcome, eventVersion = :handled "
            "REMOVE claimedBy, claimedUntil, fault",
            {":at": at, ":outcome": outcome, ":handled": claim.event.sequence},
        )

    def complete_with(
        self, event: Event, outcome: str, actions: Mapping[str, WriteAction], *, at: str
    ) -> ClaimRefusal | None:
        """Write the effect of an event and its record in one transaction, so that it is written once.

        No claim is needed: of two invocations with the same event, one writes. The names of `actions` are
        used only in TransactionCancelled, which is raised if a condition of one of them does not hold, or if
        another write of one of the items is in progress. Returns HANDLED if the effect was written before,
        TOO_OLD if the record of the event may have expired, and otherwise None.
        """
        if guards.applies(Guard.WRITE_TOO_OLD, _is_too_old(event)):
            return ClaimRefusal.TOO_OLD
        record = update(
            event_keys.consumed(self._name, event_keys.changed_item(event), event_keys.change(event)),
            "SET schemaVersion = :schema, expiresAt = :expires, handledAt = :at, outcome = :outcome, "
            "eventVersion = :handled ADD #version :one",
            condition=guards.condition(Guard.WRITE_UNHANDLED, "attribute_not_exists(handledAt)"),
            names={"#version": "version"},
            values={
                ":schema": SCHEMA_VERSION,
                ":expires": _expiry(event),
                ":at": at,
                ":outcome": outcome,
                ":handled": event.sequence,
                ":one": 1,
            },
        )
        try:
            self._table.transact({_RECORD: record, **actions})
        except TransactionCancelled as cancelled:
            if cancelled.failed(_RECORD):
                return ClaimRefusal.HANDLED
            raise
        return None

    def release(self, claim: Claim, fault: OrderFault | None) -> None:
        """Release a claim, so that the event can be handled as soon as it is redelivered.

        The fault is recorded. If it is None, an earlier fault is kept.
        """
        # An expired claim may have been taken over by another invocation.
        with suppress(ConditionFailed):
            self._update(
                claim,
                f"{'SET fault = :fault ' if fault else ''}REMOVE claimedBy, claimedUntil",
                {":token": claim.token} | ({":fault": msgspec.to_builtins(fault)} if fault else {}),
                "claimedBy = :token",
            )

    def records(self, item: str) -> list[Item]:
        """Return the records of the events of an item (`<PK>/<SK>`), one for each event, in any order.

        A record's `SK` is the event's change (`keys.change`). The record has `eventVersion`, `outcome` and
        `handledAt` if the event is handled, and `fault` if handling it has failed.
        """
        found = {record["SK"]: record for record in self._earlier(item)}
        for record in self._current(item):
            if "handledAt" in record or "handledAt" not in found.get(record["SK"], {}):
                found[record["SK"]] = record
        return list(found.values())

    def _current(self, item: str) -> Iterator[Item]:
        return self._table.query(
            "PK = :partition", {":partition": event_keys.consumer_partition(self._name, item)}
        )

    def _earlier(self, item: str) -> Iterator[Item]:
        """Return the records of earlier releases. The last one expires fifteen days after the deployment."""
        return self._table.query(
            "PK = :partition AND begins_with(SK, :item)",
            {":partition": event_keys.earlier_consumer_partition(self._name), ":item": f"{item}#"},
        )

    def _check_other_events(self, claim: Claim) -> ClaimRefusal | None:
        """Give a claim up if the records of other events forbid it; returns why, or None.

        They are read only after the claim is written. So if two invocations claim two events of the item at
        the same time, at least one of them finds the other's claim.
        """
        event, at = claim.event, now()
        item, change = event_keys.changed_item(event), event_keys.change(event)
        current = [record for record in self._current(item) if record["SK"] != change]
        earlier = list(self._earlier(item))
        for record in earlier:
            handled = record["SK"] == change and "handledAt" in record
            if guards.applies(Guard.CLAIM_EARLIER, handled):
                self.complete(claim, str(record["outcome"]), at=str(record["handledAt"]))
                return ClaimRefusal.HANDLED
        others = [*current, *earlier]
        if guards.applies(Guard.CLAIM_OVERTAKEN, _is_overtaken(event, others)):
            self.complete(claim, ClaimRefusal.OVERTAKEN.name, at=at)
            return ClaimRefusal.OVERTAKEN
        claimed = any(_read(record).claimed_until >= at for record in others)
        if guards.applies(Guard.CLAIM_ALONE, claimed):
            # Waiting for another event is not an error, so no fault is recorded.
            self.release(claim, None)
            return ClaimRefusal.BUSY
        return None

    def _update(
        self, claim: Claim, expression: str, values: dict[str, object], condition: str | None = None
    ) -> None:
        self._table.update(
            event_keys.consumed(
                self._name, event_keys.changed_item(claim.event), event_keys.change(claim.event)
            ),
            f"{expression} ADD #version :one",
            names={"#version": "version"},
            values={**values, ":one": 1},
            condition=condition,
        )


def _is_too_old(event: Event) -> bool:
    return datetime.fromisoformat(now()) - datetime.fromisoformat(event.time) > OLDEST_EVENT


def _expiry(event: Event) -> int:
    """When the record of an event expires, in seconds since 1970."""
    # A sum of numbers, since a sum of dates would overflow for an event of the year 9999.
    return int(datetime.fromisoformat(event.time).timestamp() + _KEPT.total_seconds())


def _is_overtaken(event: Event, records: Iterable[Item]) -> bool:
    """Whether a later event of the item is handled."""
    return any(_read(record).event_version > event.sequence for record in records)


def _read(record: Item) -> ProcessedEvent:
    return record_or(record, ProcessedEvent, ProcessedEvent())
