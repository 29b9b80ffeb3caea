"""Where webhooks may be sent: to public addresses over HTTPS, and nowhere else.

A partner chooses the URL, and our function sends the request, so a URL must not lead to anything that only
our function can reach (server-side request forgery). A name says nothing about that: it can resolve to any
address, and to another one at each look-up. Therefore:

| when                   | what is checked                                             | by                |
|------------------------|-------------------------------------------------------------|-------------------|
| an endpoint is created | the form of the URL                                         | `check_url`       |
| before each attempt    | the form again, and every address that the name resolves to | `is_public`       |
| the connection         | is made to an address that was checked, not to the name     | `webhooks.sender` |

Stage local has a list of receivers on the laptop. They are named by host and port, and may be reached over
HTTP.
"""

import re
from collections.abc import Collection
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from ordering.domain.webhooks.endpoint import MAX_URL_LENGTH

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# A DNS name of two labels or more. The last one begins with a letter, so that no notation of an IPv4 address
# matches (`127.1`, `0x7f.0.0.1`).
_NAME = re.compile(rf"(?:{_LABEL}\.)+[a-z](?:[a-z0-9-]{{0,61}}[a-z0-9])?")
# Names that are never public: RFC 6761, RFC 6762, RFC 8375, RFC 9476, and ICANN's `internal` of 2024.
_SPECIAL_SUFFIXES = ("localhost", "local", "internal", "alt", "onion", "test", "invalid", "home.arpa")

_HTTPS_PORT = 443
_VISIBLE_ASCII = re.compile(r"[\x21-\x7e]+")

# Only this block is allocated for global unicast (IANA, Internet Protocol Version 6 Address Space).
_GLOBAL_UNICAST = IPv6Network("2000::/3")
# Parts of it that are refused. Teredo (RFC 4380) and 6to4 (RFC 3056) contain an IPv4 address, which a relay
# would send the packet on to; NAT64 (64:ff9b::/96, RFC 6052) and IPv4-mapped addresses are outside of the
# block. Python 3.13 does not know the second block for documentation (RFC 9637).
_REFUSED = (IPv6Network("2001::/32"), IPv6Network("2002::/16"), IPv6Network("3fff::/20"))


class BadUrl(ValueError):
    """A URL that no webhook may be sent to. The message says what it must be, and does not quote the URL."""


class WebhookTarget(NamedTuple):
    """Where a webhook is sent: the parts of a URL that was checked."""

    host: str
    port: int
    path: str
    """The path with the query."""
    is_listed: bool
    """Whether it is a receiver of the local list, whose address is not checked."""
    is_encrypted: bool


def check_url(text: str, *, listed: Collection[str] = ()) -> WebhookTarget:
    """Return where a URL leads to. Raises BadUrl.

    `listed` names the receivers of stage local, as `host:port`; it is empty in every other stage.
    """
    if len(text) > MAX_URL_LENGTH:
        raise BadUrl(f"must have at most {MAX_URL_LENGTH} characters")
    if not _VISIBLE_ASCII.fullmatch(text) or "\\" in text:
        raise BadUrl("must be visible ASCII characters without a backslash; write other ones percent-encoded")
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError:
        raise BadUrl("must be a URL such as `https://example.com/webhooks`") from None
    path = (url.path or "/") + (f"?{url.query}" if url.query else "")
    if url.scheme in ("http", "https") and url.netloc in listed and port is not None:
        return WebhookTarget(
            url.hostname or "", port, path, is_listed=True, is_encrypted=url.scheme == "https"
        )
    _check_public(url, port)
    return WebhookTarget(url.hostname or "", _HTTPS_PORT, path, is_listed=False, is_encrypted=True)


def _check_public(url: SplitResult, port: int | None) -> None:
    if url.scheme != "https":
        raise BadUrl("must begin with `https://`")
    if "@" in url.netloc:
        raise BadUrl("must not contain a user name or a password")
    if url.fragment:
        raise BadUrl("must not contain a fragment (`#`)")
    if port not in (None, _HTTPS_PORT):
        raise BadUrl(f"must use port {_HTTPS_PORT}")
    host = url.hostname or ""
    if len(host) > 253 or not _NAME.fullmatch(host) or _is_special(host):
        raise BadUrl("must name a public host by its DNS name (`example.com`), not by an address")


def _is_special(host: str) -> bool:
    return any(host == suffix or host.endswith(f".{suffix}") for suffix in _SPECIAL_SUFFIXES)


def is_public(address: str) -> bool:
    """Whether a packet to this address can only reach the public internet.

    False for a text that is not an address, and for private, loopback, link-local, carrier-grade NAT,
    documentation, benchmarking, multicast, reserved and unspecified addresses, in IPv4 and IPv6, and for
    IPv6 addresses that contain an IPv4 address.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, IPv4Address):
        # `is_global` follows IANA's registry of special addresses, where multicast is not listed.
        return parsed.is_global and not parsed.is_multicast and not parsed.is_reserved
    return _is_public_v6(parsed)


def _is_public_v6(address: IPv6Address) -> bool:
    return (
        address.scope_id is None
        and address in _GLOBAL_UNICAST
        and not any(address in network for network in _REFUSED)
        and address.is_global
    )
