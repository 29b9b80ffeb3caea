"""HTTP as any client of the API would speak it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

# Loopback never goes through a proxy, whatever the environment says.
_opener = build_opener(ProxyHandler({}))


@dataclass(frozen=True)
class Answer:
    """A response: ``headers`` by lower-case name, ``body`` decoded from JSON (None when there is none)."""

    status: int
    headers: Mapping[str, str]
    body: Any


def call(
    method: str,
    url: str,
    *,
    token: str | None = None,
    body: object = None,
    headers: Mapping[str, str] | None = None,
    timeout: float = 60.0,
) -> Answer:
    """Send one request, ``body`` as JSON (bytes as they are), and return the answer, whatever its status.

    Raises OSError when nobody answers within ``timeout`` seconds, or whoever does speaks no JSON.
    """
    sent = {"Accept": "application/json", **(headers or {})}
    data = body if isinstance(body, bytes) else None
    if body is not None:
        sent.setdefault("Content-Type", "application/json")
        data = data if data is not None else json.dumps(body).encode()
    if token is not None:
        sent["Authorization"] = f"Bearer {token}"
    request = Request(url, method=method, data=data, headers=sent)  # noqa: S310 - URLs are the engine's own
    try:
        with _opener.open(request, timeout=timeout) as response:
            return _answer(response.status, response.headers.items(), response.read())
    except HTTPError as refused:
        with refused:
            return _answer(refused.code, refused.headers.items(), refused.read())


def _answer(status: int, headers: Any, content: bytes) -> Answer:
    try:
        body = json.loads(content) if content else None
    except (ValueError, RecursionError) as error:
        raise OSError(f"the answer, {status}, is no JSON: {error}") from error
    return Answer(status=status, headers={name.lower(): value for name, value in headers}, body=body)
