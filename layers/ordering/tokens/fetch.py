"""Fetches an issuer's documents, with limits on time, size and address."""

import time
from http.client import HTTPException
from typing import Any, TypeVar
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, OpenerDirector, ProxyHandler, Request, build_opener

import msgspec

from ordering.tokens.issuers import is_safe_url

# The gateway's own authoriser waits 1.5 s for each of the two documents (HTTP API quotas).
SECONDS = 1.5
MAX_BYTES = 128 * 1024
_CHUNK_BYTES = 16 * 1024

T = TypeVar("T")


class Unfetched(Exception):
    """A document could not be fetched, or is not valid."""


class _NoRedirect(HTTPRedirectHandler):
    """Follows no redirect: it could lead to plain http, or into the function's own network."""

    def redirect_request(self, *args: Any) -> None:
        return None


def _opener() -> OpenerDirector:
    # Ignores proxies of the environment: the function connects to the issuer directly.
    return build_opener(_NoRedirect, ProxyHandler({}))


def fetch(url: str, shape: type[T], *, seconds: float = SECONDS) -> T:
    """Return the JSON document at `url`, decoded as `shape`. Raises Unfetched."""
    if not is_safe_url(url):
        raise Unfetched("not an https URL")
    headers = {"Accept": "application/json", "User-Agent": "orders-authoriser"}
    request = Request(url, headers=headers)  # noqa: S310 - the scheme is checked above
    deadline = time.monotonic() + seconds
    body = b""
    try:
        with _opener().open(request, timeout=seconds) as response:
            # `read1` returns what has arrived, so that the deadline can be checked. The socket's own time-out
            # applies to each packet: a slow server that sends a packet from time to time would never exceed
            # it.
            while chunk := response.read1(_CHUNK_BYTES):
                body += chunk
                if len(body) > MAX_BYTES:
                    raise Unfetched(f"larger than {MAX_BYTES} bytes")
                if time.monotonic() > deadline:
                    raise Unfetched(f"took longer than {seconds} s")
    except HTTPError as error:
        error.close()
        raise Unfetched(f"returned status {error.code}") from None
    except (OSError, HTTPException) as error:
        raise Unfetched(str(error)) from None
    try:
        return msgspec.json.decode(body, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unfetched(str(error)) from None
