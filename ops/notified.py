"""What a customer was told of an order by mail, as notify_customer has recorded it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from ops.words import Discretion, in_short
from ordering.domain.clock import as_text, now
from ordering.domain.order import error_text
from ordering.dynamodb.codec import Item
from ordering.repositories.processed_events import CLAIM_SECONDS


class Notified(NamedTuple):
    """What came of an event, and when."""

    event_id: str
    at: str
    says: str


def notified(records: Sequence[Item]) -> list[Notified]:
    """What came of each event of an order of which something is recorded, the oldest first."""
    versions = [record.get("eventVersion") for record in records]
    latest = max((version for version in versions if isinstance(version, int)), default=0)
    came = filter(None, (_read(record, latest) for record in records))
    return sorted(came, key=lambda each: each.at)


def _read(record: Item, latest: int) -> Notified | None:
    """The same of one record, whatever is in it: it must not hide the others."""
    try:
        return _notified(record, latest)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        return Notified(record["SK"], "an unknown time", f"its record cannot be read: {error_text(error)}")


def _notified(record: Item, latest: int) -> Notified | None:
    event_id = record["SK"]
    if at := record.get("handledAt"):
        return Notified(event_id, str(at), str(record["outcome"]))
    # Nobody handles it any more once a later one is handled, and nothing is recorded of that.
    overtaken = "; a later event is handled" if int(event_id.rsplit("#", 2)[1]) < latest else ""
    if until := record.get("claimedUntil"):
        begun = as_text(datetime.fromisoformat(until) - timedelta(seconds=CLAIM_SECONDS))
        died = f"begun, and its invocation died: the mail may have been sent{overtaken}"
        return Notified(event_id, begun, "begun" if now() < until else died)
    if not (fault := record.get("fault")):
        # It had to wait for another event of its order, and nothing else has happened.
        return None
    return Notified(event_id, fault["at"], Discretion()(f"failed: {in_short(fault['cause'])}{overtaken}"))
