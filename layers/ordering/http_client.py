"""Requests to this app's own API and to its issuer, with a limit on their time and on the response's size.

It uses the standard library: an HTTP library would only lengthen every build and cold start.
"""

import time
from collections.abc import Mapping
from http.client import HTTPException, HTTPResponse
from typing import IO, Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, OpenerDirector, ProxyHandler, Request, build_opener

from msgspec import Struct

from ordering.tokens.issuers import is_safe_url

_MAX_BYTES = 1024 * 1024
_CHUNK_BYTES = 16 * 1024


class NoResponse(Exception):
    """No complete response came in time. The request may have had its effect."""


class ReceivedResponse(Struct, frozen=True):
    """A response, whatever its status. The names of its headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _NoRedirect(HTTPRedirectHandler):
    """Follows no redirect: it would send the token or the secret to another server."""

    def redirect_request(self, *args: Any) -> None:
        return None


def send(
    method: str, url: str, *, headers: Mapping[str, str], body: bytes | None = None, seconds: float
) -> ReceivedResponse:
    """Send one request, and return its response. Raises NoResponse. Nothing is retried."""
    if not is_safe_url(url):
        raise NoResponse(f"{url} is not an https URL")
    request = Request(url, data=body, headers=dict(headers), method=method)  # noqa: S310 (checked above)
    deadline = time.monotonic() + seconds
    try:
        with _opener().open(request, timeout=seconds) as response:
            return _complete(response, deadline)
    except HTTPError as error:
        # A response too: `urllib` raises one for every status from 300 on.
        with error:
            return _complete(error, deadline)
    except (OSError, HTTPException) as error:
        raise NoResponse(f"{type(error).__name__}: {error}") from None


def _opener() -> OpenerDirector:
    # Ignores proxies of the environment.
    return build_opener(_NoRedirect, ProxyHandler({}))


def _complete(response: HTTPResponse | HTTPError, deadline: float) -> ReceivedResponse:
    headers = {name.lower(): value for name, value in response.headers.items()}
    try:
        return ReceivedResponse(int(response.status or 0), headers, _read(response, deadline))
    except (OSError, HTTPException) as error:
        raise NoResponse(f"{type(error).__name__}: {error}") from None


def _read(response: IO[bytes] | HTTPResponse, deadline: float) -> bytes:
    """Read the body. The socket's own time-out applies to each packet, so the whole is checked here."""
    body = b""
    while chunk := response.read1(_CHUNK_BYTES):  # type: ignore[union-attr]
        body += chunk
        if len(body) > _MAX_BYTES:
            raise NoResponse(f"the response is larger than {_MAX_BYTES} bytes")
        if time.monotonic() > deadline:
            raise NoResponse("the response took too long")
    return body
