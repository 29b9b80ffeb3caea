"""Reads the mail that was sent to customers: the engine delivers none, and keeps it in an inbox."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from console.progress import StepFailed
from console.timeline import moment
from local.web import call

_INBOX = "/_ministack/ses/messages"
_POLL = 0.05
_WAIT_SECONDS = 120.0
# The time of a mail without one: before all others.
_UNKNOWN = datetime.fromtimestamp(0, UTC)

# The subject of the mail about an order that is still open, in each language; any other mail of an order is
# its last one.
_STILL_OPEN = {
    "We have your order",
    "Wir haben Ihre Bestellung erhalten",
    "Nous avons bien reçu votre commande",
}


@dataclass(frozen=True)
class ReceivedMail:
    """One mail; ``at`` is when it was sent, ``to`` its recipients, separated by commas.

    ``html`` is empty if the mail has only a plain text.
    """

    at: datetime
    to: str
    subject: str
    text: str
    html: str = ""


def inbox(endpoint: str) -> list[ReceivedMail]:
    """Returns every mail since the engine at ``endpoint`` started, the newest last. Raises StepFailed."""
    try:
        answer = call("GET", endpoint + _INBOX)
    except OSError as error:
        raise StepFailed(
            f"the engine's inbox cannot be read: {error}", "`make status` shows whether the engine runs"
        ) from None
    if answer.status != 200:
        raise StepFailed(
            f"the engine returned {answer.status} for its inbox", "`make logs` shows the engine's log"
        )
    return sorted((_mail(each) for each in _messages(answer.body)), key=lambda mail: mail.at)


def of_order(mails: Sequence[ReceivedMail], order_id: str) -> list[ReceivedMail]:
    """Returns those about an order."""
    return [mail for mail in mails if order_id in mail.text]


def await_last(endpoint: str, order_id: str, *, within: float = _WAIT_SECONDS) -> list[ReceivedMail]:
    """Returns all mail of an order that has ended, as soon as its last one is there.

    Raises StepFailed when that takes longer than ``within`` seconds.
    """
    deadline = time.monotonic() + within
    while True:
        found = of_order(inbox(endpoint), order_id)
        if any(mail.subject not in _STILL_OPEN for mail in found):
            return found
        if time.monotonic() > deadline:
            raise StepFailed(
                f"no mail about the end of order {order_id} was sent within {within:.0f} s",
                "`make logs` shows the log of the function NotifyCustomer",
            )
        time.sleep(_POLL)


def beside_the_timeline(mails: Sequence[ReceivedMail], order: dict[str, Any]) -> Iterator[str]:
    """Yields the mail of an order as lines that continue its timeline; only the last mail with its text."""
    for mail in mails:
        yield f"{moment(mail.at, order['history'][0])}  mail to {mail.to}: {mail.subject}"
    yield from _quoted(mails[-1])


def seconds_after(mails: Sequence[ReceivedMail], order: dict[str, Any]) -> float:
    """Returns how long after the order's end its last mail was sent, in seconds."""
    return (mails[-1].at - datetime.fromisoformat(order["history"][-1]["at"])).total_seconds()


def to_read(mails: Sequence[ReceivedMail]) -> Iterator[str]:
    """Yields each mail in full, as lines, with a blank line between two mails."""
    for number, mail in enumerate(mails):
        if number:
            yield ""
        yield f"{mail.at:%Y-%m-%d %H:%M:%S}Z  to {mail.to}: {mail.subject}"
        yield from _quoted(mail)


def _quoted(mail: ReceivedMail) -> Iterator[str]:
    # Only at a mail's own line ends, not at the other characters that `splitlines` splits at.
    lines = mail.text.replace("\r\n", "\n").strip("\n").split("\n")
    yield from (f"  | {line}".rstrip() for line in lines)


def _messages(body: Any) -> Iterator[Any]:
    """Yields every message, account by account. Raises StepFailed when the response is not an inbox."""
    try:
        accounts = list(body["messages"].values())
    except (AttributeError, KeyError, TypeError):
        raise StepFailed(
            "the engine's inbox has an unknown format", "`make logs` shows the engine's log"
        ) from None
    for account in accounts:
        yield from account if isinstance(account, list) else [account]


def _mail(message: Any) -> ReceivedMail:
    """Returns a mail; one that the app has not sent may lack any member, and is shown as it is."""
    try:
        return ReceivedMail(
            at=datetime.fromtimestamp(message["Timestamp"], UTC),
            to=", ".join(message["To"]),
            subject=message["Subject"] or "",
            text=message["BodyText"] or "",
            html=message.get("BodyHtml") or "",
        )
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        return ReceivedMail(
            at=_UNKNOWN, to="unknown", subject="a mail that cannot be read", text=repr(message)
        )
