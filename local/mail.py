"""The mail that customers were sent: the engine delivers none, and keeps it all to be read."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from local.steps import StepFailed
from local.timeline import moment
from local.web import call

_INBOX = "/_ministack/ses/messages"
_POLL = 0.05
_WAIT_SECONDS = 120.0
# When a mail was sent that does not say so: before all others.
_UNKNOWN = datetime.fromtimestamp(0, UTC)

# What a customer is told of an order that goes on; any other mail of an order is the last one.
_GOES_ON = "We have your order"


@dataclass(frozen=True)
class Mail:
    """One mail; ``at`` is when it was sent, ``to`` whom, separated by commas."""

    at: datetime
    to: str
    subject: str
    text: str


def inbox(endpoint: str) -> list[Mail]:
    """Every mail since the engine at ``endpoint`` was started, the newest last. Raises StepFailed."""
    try:
        answer = call("GET", endpoint + _INBOX)
    except OSError as error:
        raise StepFailed(
            f"the engine does not show its inbox: {error}", "`make status` tells whether it runs"
        ) from None
    if answer.status != 200:
        raise StepFailed(
            f"the engine answered {answer.status} when asked for its inbox", "`make logs` shows what it said"
        )
    return sorted((_mail(each) for each in _messages(answer.body)), key=lambda mail: mail.at)


def of_order(mails: Sequence[Mail], order_id: str) -> list[Mail]:
    """Those of them that tell of an order."""
    return [mail for mail in mails if order_id in mail.text]


def await_last(endpoint: str, order_id: str, *, within: float = _WAIT_SECONDS) -> list[Mail]:
    """All mail of an order that has ended, as soon as it is all there.

    Raises StepFailed when the last one has not come after ``within`` seconds.
    """
    deadline = time.monotonic() + within
    while True:
        found = of_order(inbox(endpoint), order_id)
        if any(mail.subject != _GOES_ON for mail in found):
            return found
        if time.monotonic() > deadline:
            raise StepFailed(
                f"nobody was told by mail within {within:.0f} s how order {order_id} ended",
                "`make logs` shows what the function NotifyCustomer said about it",
            )
        time.sleep(_POLL)


def beside_the_timeline(mails: Sequence[Mail], order: dict[str, Any]) -> Iterator[str]:
    """The mail of an order, as lines that go on from its timeline; only the last one with its text."""
    for mail in mails:
        yield f"{moment(mail.at, order['history'][0])}  mail to {mail.to}: {mail.subject}"
    yield from _quoted(mails[-1])


def seconds_after(mails: Sequence[Mail], order: dict[str, Any]) -> float:
    """How long after the order's end its last mail was sent."""
    return (mails[-1].at - datetime.fromisoformat(order["history"][-1]["at"])).total_seconds()


def to_read(mails: Sequence[Mail]) -> Iterator[str]:
    """Each mail in full, as lines, with a blank one between two."""
    for number, mail in enumerate(mails):
        if number:
            yield ""
        yield f"{mail.at:%Y-%m-%d %H:%M:%S}Z  to {mail.to}: {mail.subject}"
        yield from _quoted(mail)


def _quoted(mail: Mail) -> Iterator[str]:
    # At the ends of lines that a mail has, and at nothing else that Python takes for one.
    lines = mail.text.replace("\r\n", "\n").strip("\n").split("\n")
    yield from (f"  | {line}".rstrip() for line in lines)


def _messages(body: Any) -> Iterator[Any]:
    """Whatever the engine keeps, account by account. Raises StepFailed where it shows no inbox."""
    try:
        accounts = list(body["messages"].values())
    except (AttributeError, KeyError, TypeError):
        raise StepFailed("what the engine shows is no inbox", "`make logs` shows what it said") from None
    for account in accounts:
        yield from account if isinstance(account, list) else [account]


def _mail(message: Any) -> Mail:
    """A mail; one that the app has not sent may lack anything, and is shown as it is."""
    try:
        return Mail(
            at=datetime.fromtimestamp(message["Timestamp"], UTC),
            to=", ".join(message["To"]),
            subject=message["Subject"] or "",
            text=message["BodyText"] or "",
        )
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        return Mail(at=_UNKNOWN, to="somebody", subject="a mail that cannot be read", text=repr(message))
