"""The records of daily reports, and of the mails about them.

A report is recorded after its files are written, on the condition that the report before is still the last
one. So of two processes that make a report at the same time one records it, and the other finds it.

A mail is claimed before it is sent, and recorded after. A claim expires, in case its owner dies.
"""

import hashlib
from contextlib import suppress
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import NamedTuple
from uuid import uuid4

from ordering.domain.clock import as_text, now
from ordering.domain.reports.figures import DailyReport
from ordering.dynamodb.client import ConditionFailed, Table, TransactionCancelled
from ordering.dynamodb.transaction import ABSENT, put
from ordering.repositories import keys
from ordering.repositories.items import item_of, record_of
from ordering.repositories.keys import Key, sales_keys
from ordering.repositories.sales import expiry

CLAIM_SECONDS = 50
"""Longer than it takes to send a mail and to record it while the table is available, and shorter than the
minute after which Lambda repeats an invocation that has died ("How Lambda handles errors and retries with
asynchronous invocation")."""

_KEPT_SECONDS = 30 * 86_400
"""So much longer than the totals of its day a record is kept: a day without totals is refused."""


class RevisionConflict(Exception):
    """Another process has recorded a report of the day meanwhile."""


class MailRefusal(Enum):
    """Why a mail must not be sent now."""

    SENT = auto()
    BUSY = auto()


class MailClaim(NamedTuple):
    """The right to send one mail, held by the owner of `token`."""

    key: Key
    token: str


class DailyReports:
    """The reports of one table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def find(self, day: str) -> DailyReport | None:
        """Return the last report of a day; None if there is none. Raises UnreadableRecord."""
        item = self._table.get(sales_keys.daily_report(day))
        return record_of(item, DailyReport) if item else None

    def add(self, report: DailyReport, *, before: DailyReport | None) -> None:
        """Record a report in the place of the one before it. Raises RevisionConflict."""
        item = {
            **item_of(report, sales_keys.daily_report(report.day)),
            "version": report.revision + 1,
            keys.TIME_TO_LIVE: _expiry(report.day),
        }
        unchanged = (
            put(item, condition="revision = :before", values={":before": before.revision})
            if before
            else put(item, condition=ABSENT)
        )
        try:
            self._table.transact({"report": unchanged})
        except TransactionCancelled:
            raise RevisionConflict from None

    def finish_mail(self, report: DailyReport) -> None:
        """Record that every receiver has got the mail about a report, unless it was corrected meanwhile."""
        with suppress(ConditionFailed):
            self._table.update(
                sales_keys.daily_report(report.day),
                "SET mailDue = :no",
                values={":no": False, ":revision": report.revision},
                condition="revision = :revision",
            )

    def claim_mail(self, report: DailyReport, receiver: str) -> MailClaim | MailRefusal:
        """Claim the mail about a report to one address; returns why it must not be sent now otherwise."""
        address = hashlib.sha256(receiver.encode()).hexdigest()[:16]
        claim = MailClaim(sales_keys.report_mail(report.day, report.revision, address), uuid4().hex)
        current = datetime.fromisoformat(now())
        try:
            self._update(
                claim,
                f"SET schemaVersion = :one, {keys.TIME_TO_LIVE} = :expires, "
                "claimedBy = :token, claimedUntil = :until",
                {
                    ":expires": _expiry(report.day),
                    ":token": claim.token,
                    ":until": as_text(current + timedelta(seconds=CLAIM_SECONDS)),
                    ":now": as_text(current),
                },
                "attribute_not_exists(sentAt) AND "
                "(attribute_not_exists(claimedUntil) OR claimedUntil < :now)",
            )
        except ConditionFailed as failure:
            found = failure.item or {}
            if "sentAt" in found:
                return MailRefusal.SENT
            # The claim is our own if the SDK has retried a write that succeeded.
            if found.get("claimedBy") != claim.token:
                return MailRefusal.BUSY
        return claim

    def complete_mail(self, claim: MailClaim) -> None:
        """Record that a mail was sent, even if the claim has expired."""
        self._update(claim, "SET sentAt = :at REMOVE claimedBy, claimedUntil", {":at": now()})

    def release_mail(self, claim: MailClaim) -> None:
        """Release a claim, so that the mail can be sent at once."""
        # An expired claim may have been taken over by another process.
        with suppress(ConditionFailed):
            self._update(
                claim, "REMOVE claimedBy, claimedUntil", {":token": claim.token}, "claimedBy = :token"
            )

    def _update(
        self, claim: MailClaim, expression: str, values: dict[str, object], condition: str | None = None
    ) -> None:
        self._table.update(
            claim.key,
            f"{expression} ADD #version :one",
            names={"#version": "version"},
            values={**values, ":one": 1},
            condition=condition,
        )


def _expiry(day: str) -> int:
    return expiry(day) + _KEPT_SECONDS
