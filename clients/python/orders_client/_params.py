"""Converts arguments into the format of the API. A ValueError names the argument and the fix."""

import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import httpx

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_KEY_IN_QUOTES = re.compile(r'"[\x21\x23-\x5b\x5d-\x7e]{1,255}"')
_ETAG = re.compile(r'(W/)?"[\x21\x23-\x7e]*"|\*')


def base_url(text: str) -> str:
    """Check the address of the API, which may contain a path."""
    url = httpx.URL(text)
    if url.scheme not in ("http", "https") or not url.host:
        raise ValueError("base_url must be the API's complete URL, for example https://api.example.com")
    if url.userinfo:
        raise ValueError("base_url must not contain a user or a password; pass the token as `token`")
    return text


def segment(argument: str, value: str) -> str:
    """Return a value as one segment of a path. An empty value, `.` or `..` would lead to another route."""
    if value in ("", ".", ".."):
        raise ValueError(f"{argument} must be an id: {value!r}")
    return quote(value, safe="")


def key(value: str) -> dict[str, str]:
    """Return the header of an idempotency key. A key with a comma is quoted, because it would be a list."""
    if _KEY_IN_QUOTES.fullmatch(value):
        return {"Idempotency-Key": value}
    if not _KEY.fullmatch(value) or value == '""':
        raise ValueError("idempotency_key must be 1 to 255 visible ASCII characters, without spaces")
    if "," not in value:
        return {"Idempotency-Key": value}
    if '"' in value or "\\" in value:
        raise ValueError("idempotency_key with a comma must not contain a quote or a backslash")
    return {"Idempotency-Key": f'"{value}"'}


def match(value: str | None) -> dict[str, str]:
    """Return the header that names the version to change."""
    if value is None or not _ETAG.fullmatch(value):
        raise ValueError(f"if_match must be the `http.etag` of the resource, including the quotes: {value!r}")
    return {"If-Match": value}


def time(argument: str, value: datetime | None) -> str | None:
    """Return a time in the format of RFC 3339."""
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError(f"{argument} must have a time zone: datetime(..., tzinfo=UTC)")
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def given(**values: Any) -> dict[str, Any]:
    """Return the values that are not None."""
    return {name: value for name, value in values.items() if value is not None}


def query(**values: str | int | bool | None) -> dict[str, str]:
    """Return the values that are not None, as text; booleans are `true` and `false`, as in JSON."""
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in given(**values).items()
    }
