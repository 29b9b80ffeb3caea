"""How the tool writes times, causes and what must not be read, for people."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime

from ordering.domain.clock import as_text, seconds_since

# What stands around an address ends it; all else may be part of its name (`o'hara`, `ada+mugs`).
_EMAIL = re.compile(r"""[^\s@"<>()\[\],:;]{1,64}@[\w-]+\.[\w.-]+""")
_WITHHELD = "[withheld]"
# A short value (a country, say) would blot out half a page and tell nobody anything.
_LEAST_SECRET = 5
_DRIVE_FAILED = re.compile(
    r"^(?:[\w.]*ExecutionFailed: )?(?P<status>[A-Z_]+): (?P<error>[\w.]+): (?P<cause>\{.*)", re.S
)
_MESSAGE = re.compile(r'"errorMessage"\s*:\s*"(?P<said>(?:[^"\\]|\\.)*)')
_TYPE = re.compile(r'"errorType"\s*:\s*"(?P<type>[^"]*)"')
_LONGEST = 240


def age(moment: str) -> str:
    """How long ago a moment was: `45 s`, `12 min`, `3 h 05 min`, `2 d 4 h`; `an unknown time` if none."""
    try:
        seconds = max(0, int(seconds_since(moment)))
    except (TypeError, ValueError, OverflowError):
        return "an unknown time"
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if minutes < 1:
        return f"{seconds} s"
    if hours < 1:
        return f"{minutes} min"
    if days < 1:
        return f"{hours} h {minutes % 60:02d} min"
    return f"{days} d {hours % 24} h"


def moment(milliseconds: int) -> str:
    """A moment given in milliseconds since 1970, as the app writes its times."""
    return as_text(datetime.fromtimestamp(milliseconds / 1000, UTC))


def counted(count: int, one: str, many: str | None = None) -> str:
    """`no message`, `1 message`, `2 messages`."""
    if count == 1:
        return f"1 {one}"
    return f"{count or 'no'} {many or one + 's'}"


def in_short(cause: str) -> str:
    """The gist of a fault: what the step said, where an execution wrapped it in JSON (whole or cut off)."""
    failed = _DRIVE_FAILED.match(cause)
    if failed and (message := _MESSAGE.search(failed["cause"])):
        kind = _TYPE.search(failed["cause"])
        said = _unescaped(message["said"])
        cause = f"{failed['status']}: {kind['type'] if kind else failed['error']}: {said}"
    return cut(" ".join(cause.split()))


def _unescaped(text: str) -> str:
    """What stands between the quotes of a JSON string; as it is, if that is none."""
    try:
        return str(json.loads(f'"{text}"', strict=False))
    except ValueError:
        return text


def cut(text: str, longest: int = _LONGEST) -> str:
    """The text, or as much of it as `longest` characters are."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


class Discretion:
    """Takes out of a text what must not be read: e-mail addresses, and the secrets it is told."""

    def __init__(self, secrets: Iterable[str | None] = ()) -> None:
        told = {secret for secret in secrets if secret and len(secret) >= _LEAST_SECRET}
        # The longest first, so that none is left in part because another is within it.
        self._secrets = sorted(told, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """The text without them."""
        for secret in self._secrets:
            text = text.replace(secret, _WITHHELD)
        return _EMAIL.sub(_WITHHELD, text)
