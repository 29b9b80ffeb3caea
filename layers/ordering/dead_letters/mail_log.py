"""The mail about an order, as notify_customer has recorded it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from ordering.domain.clock import as_text, now
from ordering.domain.events.envelope import opaque_id
from ordering.domain.operator_text import Redactor, in_short
from ordering.domain.order import error_text
from ordering.domain.order_details import OrderDetails
from ordering.dynamodb.client import Table
from ordering.dynamodb.codec import Item
from ordering.repositories import keys
from ordering.repositories.keys import order_keys
from ordering.repositories.processed_events import CLAIM_SECONDS, ProcessedEvents

CONSUMER = "notify_customer"


class MailRecord(NamedTuple):
    """What notify_customer did about the event of a change (`<PK>/<SK>#<version>#<type>`), and when."""

    change: str
    at: str | None
    """None if the record cannot be read."""
    description: str

    @property
    def event_id(self) -> str:
        """The event's id."""
        return opaque_id(self.change)

    @property
    def event_type(self) -> str:
        """The event's type."""
        return self.change.rpartition("#")[2]


def mails_about(table: Table, details: OrderDetails) -> list[MailRecord]:
    """Returns the mail about an order, and about its refund, the oldest first."""
    order_id = details.order.order_id
    items = [order_keys.order(order_id), *([order_keys.refund(order_id)] if details.refund else [])]
    records = ProcessedEvents(table, CONSUMER)
    found = [mail for item in items for mail in mail_records(records.records(keys.text(item)))]
    return sorted(found, key=_moment)


def mail_records(records: Sequence[Item]) -> list[MailRecord]:
    """Returns the records of an order's events, the oldest first."""
    versions = [record.get("eventVersion") for record in records]
    latest = max((version for version in versions if isinstance(version, int)), default=0)
    found = filter(None, (_read(record, latest) for record in records))
    return sorted(found, key=_moment)


def _moment(mail: MailRecord) -> str:
    """The time of a mail, by which mails are sorted: those of an unknown time come last."""
    return mail.at or keys.LAST


def _read(record: Item, latest: int) -> MailRecord | None:
    """Returns one record. If it cannot be read, its outcome says so, and the others are still shown."""
    try:
        return _notified(record, latest)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        return MailRecord(record["SK"], None, f"its record cannot be read: {error_text(error)}")


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
