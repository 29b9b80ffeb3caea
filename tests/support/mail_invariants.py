"""The second half of the fifth promise: what a customer was told of their orders, by mail.

5. Whoever has a profile, with an address that SES takes, is told how their order ended. Of each change they
are told once; once more only where a process was lost, or SES's answer, after SES had taken the mail and
before that was recorded. Of an older change they are not told once a newer one is recorded. Nobody else is
told anything, and a mail holds no payment token and no address.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from tests.support.calls import Strike
from tests.support.faults import AnswerLost, Fault
from tests.support.injection_points import When
from tests.support.post_office import REFUSED, DeliveredMail
from tests.support.table_stream import Change

# By its subject a mail is known, and by the order's id in its last line.
SUBJECTS = {
    "We have your order": "CONFIRMED",
    "Your order is on its way": "FULFILLED",
    "We cannot take your order": "REJECTED",
    "Your order is cancelled": "CANCELLED",
}
_RECORDS = "CONSUMER#notify_customer#"
_HIDDEN = ("name", "line1", "line2", "city", "postalCode")


class NotifiableChange(NamedTuple):
    """A change that a customer may be told of."""

    order_id: str
    status: str


class _Record(NamedTuple):
    """That an event was handled."""

    order_id: str
    version: int
    place: int
    """Of the change that says so first, among all changes, from 1."""


def violations(
    changes: Sequence[Change],
    mails: Sequence[DeliveredMail],
    struck: Iterable[Strike],
    items: Sequence[dict[str, Any]],
    *,
    ended: bool = True,
) -> list[str]:
    """What is broken, as sentences. `struck`: where something was made to go wrong; `items`: the table.

    `ended`: whether everything has come to its end, and so whoever is to be told has been told.
    """
    told: dict[NotifiableChange, list[DeliveredMail]] = defaultdict(list)
    for mail in mails:
        told[_telling(mail)].append(mail)
    versions, records = _versions(items), _records(changes)
    return [
        *_unheard(told, items, ended),
        *_strangers(told, items),
        *_repeated(told, versions, records, tuple(struck)),
        *_late(told, versions, records),
        *_indiscreet(mails, changes, items),
    ]


def _telling(mail: DeliveredMail) -> NotifiableChange:
    order = mail.text.rstrip().rpartition("\n")[2]
    return NotifiableChange(order.removeprefix("Order "), SUBJECTS[mail.subject])


def _unheard(
    told: Mapping[NotifiableChange, list[DeliveredMail]], items: Sequence[dict[str, Any]], ended: bool
) -> Iterator[str]:
    """Who was told nothing of the end."""
    for order in _orders(items):
        telling = NotifiableChange(order["orderId"], order["status"])
        final = order["status"] in ("FULFILLED", "REJECTED", "CANCELLED")
        address = _profiles(items).get(order["customerId"], REFUSED)
        if ended and final and not address.endswith(REFUSED) and telling not in told:
            yield f"5: nobody was told that order {telling.order_id} is {telling.status}"


def _strangers(
    told: Mapping[NotifiableChange, list[DeliveredMail]], items: Sequence[dict[str, Any]]
) -> Iterator[str]:
    """Who was told of what is not theirs, or has left no address."""
    addresses = {each["orderId"]: _profiles(items).get(each["customerId"]) for each in _orders(items)}
    for telling, mails in told.items():
        for mail in mails:
            if mail.to != addresses.get(telling.order_id):
                yield f"5: of order {telling.order_id} somebody was told who left no address for it"


def _repeated(
    told: Mapping[NotifiableChange, list[DeliveredMail]],
    versions: Mapping[NotifiableChange, int],
    records: Sequence[_Record],
    struck: Sequence[Strike],
) -> Iterator[str]:
    """What was told again without need."""
    for telling, mails in told.items():
        version = versions[telling]
        recorded = [each for each in records if each[:2] == (telling.order_id, version)]
        for first, again in pairwise(mails):
            if any(each.place <= again.changes for each in recorded):
                yield f"5: order {telling.order_id}: {telling.status} was told again though it was recorded"
            elif not _left_in_doubt(first, struck):
                yield f"5: order {telling.order_id}: {telling.status} was told again without need"


def _left_in_doubt(mail: DeliveredMail, struck: Sequence[Strike]) -> bool:
    """Whether, after SES had taken a mail, its answer was lost, or the process that had sent it."""
    sent = mail.call
    if sent is None:
        return False
    for (when, step, call), trouble in struck:
        if step != sent.step:
            continue
        at_it = call is not None and call.place == sent.place and when is When.AFTER
        behind_it = call is None or call.place > sent.place
        if issubclass(trouble, AnswerLost) and at_it:
            return True
        if not issubclass(trouble, Fault) and (at_it or behind_it):
            return True
    return False


def _late(
    told: Mapping[NotifiableChange, list[DeliveredMail]],
    versions: Mapping[NotifiableChange, int],
    records: Sequence[_Record],
) -> Iterator[str]:
    """What was told when something newer had been recorded."""
    for telling, mails in told.items():
        for mail in mails:
            newer = [
                each
                for each in records
                if each.order_id == telling.order_id
                and each.version > versions[telling]
                and each.place <= mail.changes
            ]
            if newer:
                yield f"5: order {telling.order_id}: {telling.status} was told after something newer"


def _indiscreet(
    mails: Sequence[DeliveredMail], changes: Sequence[Change], items: Sequence[dict[str, Any]]
) -> Iterator[str]:
    """What stands in a mail and must not."""
    # An order that has ended has forgotten its token.
    images = [change.new for change in changes if change.new and "paymentToken" in change.new]
    hidden = {image["paymentToken"]["S"] for image in images}
    for item in items:
        if item["SK"] == "ADDRESS":
            hidden |= {str(fact) for name, fact in item["address"].items() if name in _HIDDEN}
    hidden |= set(_profiles(items).values())
    for mail in mails:
        if any(each in mail.subject + mail.text for each in hidden):
            yield f"5: a mail of subject `{mail.subject}` holds a payment token or an address"


def _orders(items: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [item for item in items if item["SK"] == "ORDER"]


def _profiles(items: Sequence[dict[str, Any]]) -> dict[str, str]:
    """customer id → address."""
    return {item["customerId"]: item["email"] for item in items if item["SK"] == "PROFILE"}


def _versions(items: Sequence[dict[str, Any]]) -> dict[NotifiableChange, int]:
    """The version that each order had at each status: its history has a move for each version."""
    return {
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
            order_id = item.removeprefix("ORDER#").removesuffix("/ORDER")
            found.setdefault(image["SK"]["S"], _Record(order_id, int(version), place))
    return list(found.values())
