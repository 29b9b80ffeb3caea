"""What callers hand in, as the API wants it written; ValueError names the argument and the fix."""

import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import httpx

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_KEY_IN_QUOTES = re.compile(r'"[\x21\x23-\x5b\x5d-\x7e]{1,255}"')
_ETAG = re.compile(r'(W/)?"[\x21\x23-\x7e]*"|\*')


def base_url(text: str) -> str:
    """The address of the API, which may have a path of its own."""
    url = httpx.URL(text)
    if url.scheme not in ("http", "https") or not url.host:
        raise ValueError("base_url takes the API's whole address: https://api.example.com")
    if url.userinfo:
        raise ValueError("base_url takes no user and password: hand the token over as `token`")
    return text


def segment(argument: str, value: str) -> str:
    """A value as one segment of a path. An empty one, or one of dots, would name another route."""
    if value in ("", ".", ".."):
        raise ValueError(f"{argument} takes an id: {value!r}")
    return quote(value, safe="")


def key(value: str) -> dict[str, str]:
    """The header of an idempotency key. A comma is part of a key in quotes alone: bare, it makes a list."""
    if _KEY_IN_QUOTES.fullmatch(value):
        return {"Idempotency-Key": value}
    if not _KEY.fullmatch(value) or value == '""':
        raise ValueError("idempotency_key takes 1 to 255 visible ASCII characters, without spaces")
    if "," not in value:
        return {"Idempotency-Key": value}
    if '"' in value or "\\" in value:
        raise ValueError("idempotency_key takes no quote and no backslash beside a comma")
    return {"Idempotency-Key": f'"{value}"'}


def match(value: str | None) -> dict[str, str]:
    """The header that says which version is to be changed."""
    if value is None or not _ETAG.fullmatch(value):
        raise ValueError(
            f"if_match takes the `http.etag` of what was read by itself, quotes included: {value!r}"
        )
    return {"If-Match": value}


def time(argument: str, value: datetime | None) -> str | None:
    """A moment, by RFC 3339."""
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError(f"{argument} takes a time with its zone: datetime(..., tzinfo=UTC)")
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def given(**values: Any) -> dict[str, Any]:
    """The values that are not None."""
    return {name: value for name, value in values.items() if value is not None}


def query(**values: str | int | None) -> dict[str, str]:
    """The values that are not None, as text."""
    return {name: str(value) for name, value in given(**values).items()}
