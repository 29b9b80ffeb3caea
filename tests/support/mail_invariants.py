"""Guarantee 5, for mail:

- A customer whose profile has an address that SES accepts is notified how their order ended.
- Each change is mailed once. It is mailed a second time only if the process or SES's response was lost after
  SES had accepted the mail and before that was recorded, or if every attempt to record it was refused.
- An older change is not mailed after a newer one is recorded.
- Only the order's customer gets mail, and no mail contains a payment token or an address.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from ordering.domain.mail_texts import TEXTS
from ordering.dynamodb.conflicts import DELAYS as CONFLICT_DELAYS
from tests.support.calls import InjectedFault
from tests.support.faults import Conflict, Fault, ResponseLost
from tests.support.injection_points import Call, When
from tests.support.mailbox import REFUSED, DeliveredMail
from tests.support.table_stream import Change

# A mail is identified by its subject, in any language, and by the order's id at the end of its last line.
SUBJECTS = {
    getattr(texts, f"{status.lower()}_subject"): status
    for texts in TEXTS.values()
    for status in ("CONFIRMED", "FULFILLED", "REJECTED", "CANCELLED", "REFUNDED")
}
_RECORDS = "CONSUMER#notify_customer#"
_HIDDEN = ("name", "line1", "line2", "city", "postalCode")


class NotifiableChange(NamedTuple):
    """A change that a customer may be notified of."""

    order_id: str
    status: str

    @property
    def item(self) -> str:
        """The key of the item that changed."""
        return f"ORDER#{self.order_id}/{'REFUND' if self.status == 'REFUNDED' else 'ORDER'}"


class _Record(NamedTuple):
    """The record of a handled event."""

    item: str
    """The key of the event's item: `ORDER#<id>/ORDER` or `ORDER#<id>/REFUND`."""
    version: int
    place: int
    """The place of the change that wrote it, among all changes, from 1."""


def violations(
    changes: Sequence[Change],
    mails: Sequence[DeliveredMail],
    injected: Iterable[InjectedFault],
    items: Sequence[dict[str, Any]],
    *,
    ended: bool = True,
) -> list[str]:
    """Returns the violations, as sentences. `injected`: the faults that fired; `items`: the table.

    `ended`: whether everything has ended, so that every mail must have been sent.
    """
    sent: dict[NotifiableChange, list[DeliveredMail]] = defaultdict(list)
    for mail in mails:
        # `webhook_invariants` has the mails about webhook endpoints.
        if mail.subject in SUBJECTS:
            sent[_change_of(mail)].append(mail)
    versions, records = _versions(items), _records(changes)
    return [
        *_missing(sent, items, ended),
        *_misaddressed(sent, items),
        *_repeated(sent, versions, records, tuple(injected)),
        *_outdated(sent, versions, records),
        *_disclosing(mails, changes, items),
    ]


def _change_of(mail: DeliveredMail) -> NotifiableChange:
    return NotifiableChange(mail.text.split()[-1], SUBJECTS[mail.subject])


def _missing(
    sent: Mapping[NotifiableChange, list[DeliveredMail]], items: Sequence[dict[str, Any]], ended: bool
) -> Iterator[str]:
    """Yields the orders about whose end, or refund, no mail was sent."""
    refunded = {item["orderId"] for item in items if item["SK"] == "REFUND" and item["status"] == "REFUNDED"}
    for order in _orders(items):
        change = NotifiableChange(order["orderId"], order["status"])
        final = order["status"] in ("FULFILLED", "REJECTED", "CANCELLED")
        address = _profiles(items).get(order["customerId"], REFUSED)
        expected = [change] if final else []
        if order["orderId"] in refunded:
            expected.append(NotifiableChange(order["orderId"], "REFUNDED"))
        for each in expected:
            if ended and not address.endswith(REFUSED) and each not in sent:
                yield f"5: the customer was not notified that order {each.order_id} is {each.status}"


def _misaddressed(
    sent: Mapping[NotifiableChange, list[DeliveredMail]], items: Sequence[dict[str, Any]]
) -> Iterator[str]:
    """Yields the mails that went to another address than that of the order's customer."""
    addresses = {each["orderId"]: _profiles(items).get(each["customerId"]) for each in _orders(items)}
    for change, mails in sent.items():
        for mail in mails:
            if mail.to != addresses.get(change.order_id):
                yield f"5: a mail about order {change.order_id} went to another address than its customer's"


def _repeated(
    sent: Mapping[NotifiableChange, list[DeliveredMail]],
    versions: Mapping[NotifiableChange, int],
    records: Sequence[_Record],
    injected: Sequence[InjectedFault],
) -> Iterator[str]:
    """Yields the mails that were sent twice without need."""
    for change, mails in sent.items():
        version = versions[change]
        recorded = [each for each in records if each[:2] == (change.item, version)]
        for first, again in pairwise(mails):
            if any(each.place <= again.changes for each in recorded):
                yield f"5: order {change.order_id}: {change.status} was mailed again after it was recorded"
            elif not is_in_doubt(first.call, injected):
                yield f"5: order {change.order_id}: {change.status} was mailed twice without need"


def is_in_doubt(send: Call | None, injected: Sequence[InjectedFault]) -> bool:
    """Returns whether it was not recorded that a call has sent something, so that it must be sent again.

    The response to the call was lost, or the process was lost after it, or other transactions held the record
    for longer than a write of it is retried.
    """
    if send is None:
        return False
    refused = 0
    for (when, step, call), error in injected:
        if step != send.step:
            continue
        at_it = call is not None and call.place == send.place and when is When.AFTER
        after_it = call is None or call.place > send.place
        if issubclass(error, ResponseLost) and at_it:
            return True
        if not issubclass(error, Fault) and (at_it or after_it):
            return True
        refused += issubclass(error, Conflict) and after_it
    return refused > len(CONFLICT_DELAYS)


def _outdated(
    sent: Mapping[NotifiableChange, list[DeliveredMail]],
    versions: Mapping[NotifiableChange, int],
    records: Sequence[_Record],
) -> Iterator[str]:
    """Yields the mails that were sent after a newer change was recorded."""
    for change, mails in sent.items():
        for mail in mails:
            newer = [
                each
                for each in records
                if each.item == change.item and each.version > versions[change] and each.place <= mail.changes
            ]
            if newer:
                yield f"5: order {change.order_id}: {change.status} was mailed after a newer change"


def _disclosing(
    mails: Sequence[DeliveredMail], changes: Sequence[Change], items: Sequence[dict[str, Any]]
) -> Iterator[str]:
    """Yields the mails that contain what they must not contain."""
    # The tokens are in the changes only: an ended order has none any more.
    images = [change.new for change in changes if change.new and "paymentToken" in change.new]
    hidden = {image["paymentToken"]["S"] for image in images}
    for item in items:
        if item["SK"] == "ADDRESS":
            hidden |= {str(fact) for name, fact in item["address"].items() if name in _HIDDEN}
    hidden |= set(_profiles(items).values())
    for mail in mails:
        if any(each in mail.subject + mail.text + mail.html for each in hidden):
            yield f"5: a mail of subject `{mail.subject}` contains a payment token or an address"


def _orders(items: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [item for item in items if item["SK"] == "ORDER"]


def _profiles(items: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Returns customer id → address."""
    return {item["customerId"]: item["email"] for item in items if item["SK"] == "PROFILE"}


def _versions(items: Sequence[dict[str, Any]]) -> dict[NotifiableChange, int]:
    """Returns the version of the item at each status.

    An order's history has one entry for each version. A refund has two versions: requested, refunded.
    """
    refunds = [item for item in items if item["SK"] == "REFUND" and item["status"] == "REFUNDED"]
    return {NotifiableChange(refund["orderId"], "REFUNDED"): refund["version"] for refund in refunds} | {
        NotifiableChange(order["orderId"], move["status"]): version
        for order in _orders(items)
        for version, move in enumerate(order["history"], start=1)
    }


def _records(changes: Sequence[Change]) -> list[_Record]:
    found: dict[str, _Record] = {}
    for place, change in enumerate(changes, start=1):
        image = change.new
        if image and image["PK"]["S"].startswith(_RECORDS) and "handledAt" in image:
            # `ORDER#<id>/ORDER#<version>#<type>`
            item, version, _ = image["SK"]["S"].rsplit("#", 2)
            found.setdefault(image["SK"]["S"], _Record(item, int(version), place))
    return list(found.values())
