"""HTTP requests to the local API and the engine."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

# Requests to loopback never use a proxy, whatever the environment says.
_opener = build_opener(ProxyHandler({}))


@dataclass(frozen=True)
class HttpResponse:
    """A response: ``headers`` by lower-case name, ``body`` decoded from JSON (None when it is empty)."""

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
) -> HttpResponse:
    """Send one request, ``body`` as JSON (bytes as they are); returns the response, whatever its status.

    Raises OSError when there is no response within ``timeout`` seconds, or it is not JSON.
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
            return _response(response.status, response.headers.items(), response.read())
    except HTTPError as refused:
        with refused:
            return _response(refused.code, refused.headers.items(), refused.read())


def _response(status: int, headers: Any, content: bytes) -> HttpResponse:
    try:
        body = json.loads(content) if content else None
    except (ValueError, RecursionError) as error:
        raise OSError(f"the response, {status}, is not JSON: {error}") from error
    return HttpResponse(status=status, headers={name.lower(): value for name, value in headers}, body=body)
