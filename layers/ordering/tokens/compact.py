"""A token as it comes (JWS compact serialisation, RFC 7515, section 7.1): read strictly, and not trusted.

Two readers of one token must never see two different things. So what a lenient reader would let pass is
refused here: white space, padding, other alphabets, bits that say nothing, members that stand twice.
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
    """What a token claims to be."""

    header: dict[str, Any]
    claims: dict[str, Any]


def read(token: str) -> Unverified:
    """The header and the claims of a token. Raises Refused."""
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
        # A lone surrogate can be written in JSON, and in nothing that comes after it.
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
    """`NaN` and `Infinity`: Python reads them, JSON has no such thing."""
    raise TokenRefused(RefusalReason.MALFORMED)
