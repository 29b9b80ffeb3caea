"""The mail about an order, as notify_customer has recorded it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from ordering.domain.clock import as_text, now
from ordering.domain.events.envelope import opaque_id
from ordering.domain.operator_text import Redactor, in_short
from ordering.domain.order import error_text
from ordering.dynamodb.codec import Item
from ordering.repositories.processed_events import CLAIM_SECONDS


class MailRecord(NamedTuple):
    """What notify_customer did about the event of a change (`<PK>/<SK>#<version>#<type>`), and when."""

    change: str
    at: str
    description: str

    @property
    def event_id(self) -> str:
        """The event's id."""
        return opaque_id(self.change)

    @property
    def event_type(self) -> str:
        """The event's type."""
        return self.change.rpartition("#")[2]


def mail_records(records: Sequence[Item]) -> list[MailRecord]:
    """Returns the records of an order's events, the oldest first."""
    versions = [record.get("eventVersion") for record in records]
    latest = max((version for version in versions if isinstance(version, int)), default=0)
    found = filter(None, (_read(record, latest) for record in records))
    return sorted(found, key=lambda each: each.at)


def _read(record: Item, latest: int) -> MailRecord | None:
    """Returns one record. If it cannot be read, its outcome says so, and the others are still shown."""
    try:
        return _notified(record, latest)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        return MailRecord(record["SK"], "an unknown time", f"its record cannot be read: {error_text(error)}")


def _notified(record: Item, latest: int) -> MailRecord | None:
    change = record["SK"]
    if at := record.get("handledAt"):
        return MailRecord(change, str(at), str(record["outcome"]))
    # Once a later event is handled, this one is skipped, and nothing is recorded about it.
    overtaken = "; a later event has been handled" if int(change.rsplit("#", 2)[1]) < latest else ""
    if until := record.get("claimedUntil"):
        started = as_text(datetime.fromisoformat(until) - timedelta(seconds=CLAIM_SECONDS))
        died = f"started, and its invocation died: the mail may have been sent{overtaken}"
        return MailRecord(change, started, "started" if now() < until else died)
    if not (fault := record.get("fault")):
        # The event was only released, to wait for another event of its order: nothing was done about it.
        return None
    return MailRecord(change, fault["at"], Redactor()(f"failed: {in_short(fault['cause'])}{overtaken}"))
