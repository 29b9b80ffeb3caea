"""Strict parsing of a token (JWS compact serialisation, RFC 7515, section 7.1), without verifying it.

Two parsers must never interpret the same token differently. So this parser refuses what lenient parsers
accept: white space, padding, other alphabets, unused bits that are not zero, and duplicate members.
"""

import base64
import json
import re
from typing import Any, NoReturn

from msgspec import Struct

from ordering.tokens.refusals import RefusalReason, TokenRefused

# API Gateway admits 10,240 bytes for the request line and all headers (HTTP API quotas).
MAX_CHARACTERS = 8 * 1024

_COMPACT = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)")


class Unverified(Struct, frozen=True):
    """The content of a token whose signature is not verified."""

    header: dict[str, Any]
    claims: dict[str, Any]


def read(token: str) -> Unverified:
    """Return the header and the claims of a token. Raises TokenRefused."""
    if len(token) > MAX_CHARACTERS:
        raise TokenRefused(RefusalReason.TOO_LARGE)
    match = _COMPACT.fullmatch(token)
    if match is None:
        raise TokenRefused(RefusalReason.MALFORMED)
    header, claims, _ = (_octets(segment) for segment in match.groups())
    return Unverified(_json_object(header), _json_object(claims))


def _octets(segment: str) -> bytes:
    try:
        octets = base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    except ValueError:
        raise TokenRefused(RefusalReason.MALFORMED) from None
    if base64.urlsafe_b64encode(octets).rstrip(b"=").decode() != segment:
        raise TokenRefused(RefusalReason.MALFORMED)
    return octets


def _json_object(octets: bytes) -> dict[str, Any]:
    try:
        text = octets.decode()
        value = json.loads(text, object_pairs_hook=_unique_members, parse_constant=_refuse_constant)
        # JSON can contain a lone surrogate, but the response and the log cannot (UTF-8).
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise TokenRefused(RefusalReason.MALFORMED) from None
    if not isinstance(value, dict):
        raise TokenRefused(RefusalReason.MALFORMED)
    return value


def _unique_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise TokenRefused(RefusalReason.DUPLICATE_MEMBER)
    return members


def _refuse_constant(name: str) -> NoReturn:
    """Refuse `NaN` and `Infinity`: Python's parser accepts them, but they are not JSON."""
    raise TokenRefused(RefusalReason.MALFORMED)
