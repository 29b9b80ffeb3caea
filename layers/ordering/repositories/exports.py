"""Exports of customers' data: the last one of each customer, and its progress.

The sweep finds unfinished exports in the index of due items, and sends their messages
(`ordering.repositories.customer_jobs`). An invocation claims the export before it works on it, so that two
invocations never write the same file at once. Progress can be recorded only with the claim.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from enum import Enum
from typing import Any
from uuid import uuid4

import msgspec

from ordering.domain.clock import later, now, unix_seconds
from ordering.domain.exports import PAUSE, RECORD_KEPT, DataExport, ExportStatus
from ordering.domain.order import CustomerId
from ordering.dynamodb.client import ConditionFailed, Table, TransactionCancelled
from ordering.dynamodb.transaction import ABSENT, check, put
from ordering.repositories import keys
from ordering.repositories.items import item_of, record_in_list, record_of
from ordering.repositories.keys import customer_keys

CLAIM_SECONDS = 90
"""How long a claim lasts: longer than the function that holds it may run."""

# After this time, the index lists all orders that were placed before the request.
_INDEX_LAG = timedelta(seconds=10)
_TRIES = 5


class NoProfile(Exception):
    """The customer has no profile, so there is no address to send the link to."""


class TooSoon(Exception):
    """The customer has received an export recently. `next_at` is when the next one can be requested."""

    def __init__(self, next_at: str) -> None:
        super().__init__(next_at)
        self.next_at = next_at


class ClaimOutcome(Enum):
    """Why an export cannot be worked on."""

    NOTHING_TO_DO = "there is none, or it is finished"
    BUSY = "another invocation works on it"


class Lost(Exception):
    """The export was deleted, or another invocation has claimed it: this one must not continue."""


class Exports:
    """The exports of one table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def find(self, customer_id: CustomerId) -> DataExport | None:
        """Return the last export of a customer; None if there is none. Raises UnreadableRecord."""
        item = self._table.get(customer_keys.export(customer_id))
        return record_of(item, DataExport) if item else None

    def request(self, customer_id: CustomerId, *, at: str) -> DataExport:
        """Return the export that is running, which is a new one if there is none.

        Raises NoProfile, TooSoon, and TransactionCancelled if other writes keep conflicting.
        """
        for tries_left in reversed(range(_TRIES)):
            item = self._table.get(customer_keys.export(customer_id))
            # An export that cannot be read is replaced.
            found = record_in_list(item, DataExport) if item else None
            if found and found.status is ExportStatus.RUNNING:
                return found
            if found and found.status is ExportStatus.SENT and found.finished_at:
                next_at = later(found.finished_at, PAUSE)
                if next_at > at:
                    raise TooSoon(next_at)
            try:
                return self._begin(customer_id, item, at)
            except TransactionCancelled as cancelled:
                if cancelled.failed("profile"):
                    raise NoProfile from None
                # Another request was faster, or another transaction uses the profile.
                if not tries_left:
                    raise
        raise AssertionError("the last attempt returns or raises")

    def _begin(self, customer_id: CustomerId, before: Mapping[str, Any] | None, at: str) -> DataExport:
        export = DataExport(
            export_id=uuid4().hex,
            customer_id=customer_id,
            status=ExportStatus.RUNNING,
            requested_at=at,
            version=1,
        )
        due = customer_keys.job_due(customer_id, later(at, _INDEX_LAG))
        item = item_of(export, customer_keys.export(customer_id), due)
        if before is None:
            unchanged = put(item, condition=ABSENT)
        elif "exportId" in before:
            unchanged = put(item, condition="exportId = :before", values={":before": before["exportId"]})
        else:
            unchanged = put(item, condition="attribute_not_exists(exportId)")
        # In one transaction: a customer who is being removed gets no new item.
        profile = check(customer_keys.profile(customer_id), "attribute_exists(PK)")
        self._table.transact({"profile": profile, "export": unchanged})
        return export

    def claim(self, customer_id: CustomerId) -> DataExport | ClaimOutcome:
        """Claim the export of a customer, to work on it. If this fails, returns the reason.

        Raises UnreadableRecord.
        """
        at, token = now(), uuid4().hex
        until = later(at, timedelta(seconds=CLAIM_SECONDS))
        try:
            item = self._update(
                customer_id,
                # The sweep looks again when the claim has ended.
                {"claimedBy": token, "claimedUntil": until, "GSI2SK": until},
                (),
                "(attribute_not_exists(claimedUntil) OR claimedUntil < :compared)",
                at,
            )
        except ConditionFailed as failure:
            item = dict(failure.item or {})
            if item.get("status") != ExportStatus.RUNNING:
                return ClaimOutcome.NOTHING_TO_DO
            # The claim is our own if the SDK has retried a write that succeeded.
            if item.get("claimedBy") != token:
                return ClaimOutcome.BUSY
        return record_of(item, DataExport)

    def record(self, export: DataExport, **progress: Any) -> DataExport:
        """Record the progress of a claimed export, and return it. Raises Lost.

        `progress` has fields of the record; None removes one.
        """
        changed = msgspec.structs.replace(export, **progress)
        stored = msgspec.to_builtins(changed)
        names = {field.name: field.encode_name for field in msgspec.structs.fields(DataExport)}
        sets = {names[name]: stored[names[name]] for name in progress if names[name] in stored}
        removed = [names[name] for name in progress if names[name] not in stored]
        return self._owned(export, sets, removed)

    def finish(self, export: DataExport, status: ExportStatus, *, at: str) -> DataExport:
        """Record the end of a claimed export: it leaves the index, and its record expires. Raises Lost."""
        expires = unix_seconds(later(at, RECORD_KEPT))
        sets = {"status": status.value, "finishedAt": at, keys.TIME_TO_LIVE: expires}
        removed = ["claimedBy", "claimedUntil", "uploadId", "etags", "pending", "position", "queuedUntil"]
        return self._owned(export, sets, [*removed, "GSI2PK", "GSI2SK"])

    def release(self, export: DataExport) -> None:
        """Give a claim back, so that the next message can continue at once. Raises Lost."""
        self._owned(export, {}, ["claimedBy", "claimedUntil"])

    def _owned(self, export: DataExport, sets: Mapping[str, Any], removed: Sequence[str] = ()) -> DataExport:
        try:
            item = self._update(export.customer_id, sets, removed, "claimedBy = :compared", export.claimed_by)
        except ConditionFailed as failure:
            found = failure.item or {}
            # Our own write, which the SDK has repeated after a lost response, has removed the claim.
            if "claimedBy" not in found and found.get("version") == export.version + 1:
                return record_of(found, DataExport)
            raise Lost(export.export_id) from None
        return record_of(item, DataExport)

    def _update(
        self,
        customer_id: CustomerId,
        sets: Mapping[str, Any],
        removed: Sequence[str],
        condition: str,
        compared: str | None,
    ) -> dict[str, Any]:
        """Set and remove attributes of a running export; `compared` is the `:compared` of the condition."""
        # Placeholders for all names, because DynamoDB reserves some ("Reserved words in DynamoDB").
        names = {f"#{name}": name for name in (*sets, *removed, "version", "status")}
        parts = [f"SET {', '.join(f'#{name} = :{name}' for name in sets)}"] if sets else []
        if removed:
            parts.append(f"REMOVE {', '.join(f'#{name}' for name in removed)}")
        return self._table.update(
            customer_keys.export(customer_id),
            f"{' '.join(parts)} ADD #version :one",
            names=names,
            values={
                **{f":{name}": value for name, value in sets.items()},
                ":one": 1,
                ":running": ExportStatus.RUNNING.value,
                ":compared": compared,
            },
            condition=f"#status = :running AND {condition}",
        )
