"""Times, counts and error messages, formatted for people; private data redacted."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Self

import msgspec

from ordering.domain.clock import as_text, seconds_since
from ordering.domain.order_details import OrderDetails
from ordering.domain.shipment import Address

# The part before the @ may contain every character that cannot delimit an address (`o'hara`, `ada+mugs`).
_EMAIL = re.compile(r"""[^\s@"<>()\[\],:;]{1,64}@[\w-]+\.[\w.-]+""")
_REDACTED = "[redacted]"
# A shorter value, a country for instance, would be redacted in unrelated words.
_SHORTEST_SECRET = 5
_DRIVE_FAILED = re.compile(
    r"^(?:[\w.]*(?:ExecutionFailed|DriveFailed): )?(?P<status>[A-Z_]+): (?P<error>[\w.]+): (?P<cause>\{.*)",
    re.S,
)
_MESSAGE = re.compile(r'"errorMessage"\s*:\s*"(?P<text>(?:[^"\\]|\\.)*)')
_TYPE = re.compile(r'"errorType"\s*:\s*"(?P<type>[^"]*)"')
_LONGEST = 240
UNKNOWN_TIME = "an unknown time"


def age(moment: str) -> str:
    """Returns how long ago a time was: `45 s`, `12 min`, `3 h 05 min`, `2 d 4 h`, or UNKNOWN_TIME."""
    try:
        seconds = max(0, int(seconds_since(moment)))
    except (TypeError, ValueError, OverflowError):
        return UNKNOWN_TIME
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if minutes < 1:
        return f"{seconds} s"
    if hours < 1:
        return f"{minutes} min"
    if days < 1:
        return f"{hours} h {minutes % 60:02d} min"
    return f"{days} d {hours % 24} h"


def moment(milliseconds: int) -> str:
    """Returns a time, given in milliseconds since 1970, in the format of the app."""
    return as_text(datetime.fromtimestamp(milliseconds / 1000, UTC))


def counted(count: int, one: str, many: str | None = None) -> str:
    """Returns `no messages`, `1 message`, `2 messages`."""
    if count == 1:
        return f"1 {one}"
    return f"{count or 'no'} {many or one + 's'}"


def in_short(cause: str) -> str:
    """Returns an error in one line: the step's own message, if an execution wrapped it in (cut) JSON."""
    failed = _DRIVE_FAILED.match(cause)
    if failed and (message := _MESSAGE.search(failed["cause"])):
        kind = _TYPE.search(failed["cause"])
        text = _unescaped(message["text"])
        cause = f"{failed['status']}: {kind['type'] if kind else failed['error']}: {text}"
    return cut(" ".join(cause.split()))


def _unescaped(text: str) -> str:
    """Returns the value of a JSON string without its quotes; the text itself if it is not valid."""
    try:
        return str(json.loads(f'"{text}"', strict=False))
    except ValueError:
        return text


def cut(text: str, longest: int = _LONGEST) -> str:
    """Returns the text, cut to `longest` characters."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def address_lines(address: Address | None) -> list[str]:
    """Returns the lines of a postal address; none for an address that was deleted."""
    if address is None:
        return []
    parts: dict[str, str] = msgspec.to_builtins(address)
    return [part for part in parts.values() if part]


class Redactor:
    """Removes private data from a text: e-mail addresses, and the given secrets."""

    def __init__(self, secrets: Iterable[str | None] = ()) -> None:
        known = {secret for secret in secrets if secret and len(secret) >= _SHORTEST_SECRET}
        # The longest first: if one secret contains another, no part of it remains.
        self._secrets = sorted(known, key=len, reverse=True)

    @classmethod
    def of(cls, details: OrderDetails) -> Self:
        """Returns the one for everything about an order: its payment token and its address are secrets."""
        return cls([details.order.payment_token, *address_lines(details.address)])

    def __call__(self, text: str) -> str:
        """Returns the text with each of them replaced."""
        for secret in self._secrets:
            text = text.replace(secret, _REDACTED)
        return _EMAIL.sub(_REDACTED, text)
