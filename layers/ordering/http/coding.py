"""Content codings (RFC 9110, sections 8.4 and 12.5.3) of requests and responses."""

import re
from collections.abc import Sequence

from ordering.http.problems import ProblemType, invalid_field

GZIP = "gzip"
IDENTITY = "identity"
"""Not encoded."""
UNCODED = "must be left out; send the JSON uncompressed"

_PREFERENCE = re.compile(
    r"(?P<coding>[!#$%&'*+.^_`|~0-9A-Za-z-]+)"
    r"(?:[ \t]*;[ \t]*[qQ]=(?P<weight>0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?"
)
# Lower than any weight that a client can send: `identity` is acceptable unless it is excluded.
_UNLESS_EXCLUDED = 0.0001
_OTHER_NAMES = {"x-gzip": GZIP}


def reject_content_coding(content_encoding: str | None) -> None:
    """Raises Problem if the request body is compressed."""
    codings = {member.strip().lower() for member in (content_encoding or "").split(",")}
    if not {IDENTITY, ""}.issuperset(codings):
        raise invalid_field(ProblemType.UNSUPPORTED_CODING, "Content-Encoding", UNCODED)


def negotiate_coding(accept_encoding: str | None, offered: Sequence[str]) -> str:
    """Returns the coding of `offered` that the client prefers; of equal ones, the first.

    A client that sends no `Accept-Encoding` gets `identity`.

    Raises:
        Problem: The client accepts none of them.
    """
    if not (accept_encoding or "").strip():
        return IDENTITY
    weights = _weights(accept_encoding or "")
    best = max(offered, key=lambda coding: _weight(coding, weights))
    if not _weight(best, weights):
        message = f"must allow {' or '.join(f'`{coding}`' for coding in offered)}, or be left out"
        raise invalid_field(ProblemType.NOT_ACCEPTABLE, "Accept-Encoding", message)
    return best


def _weights(accept_encoding: str) -> dict[str, float]:
    """Returns coding → weight, from 0 (not acceptable) to 1. Malformed members are ignored."""
    weights: dict[str, float] = {}
    for member in accept_encoding.split(","):
        if match := _PREFERENCE.fullmatch(member.strip(" \t")):
            coding = match["coding"].lower()
            coding = _OTHER_NAMES.get(coding, coding)
            weight = float(match["weight"] or "1")
            weights[coding] = min(weight, weights.get(coding, 1.0))
    return weights


def _weight(coding: str, weights: dict[str, float]) -> float:
    unless_named = weights.get("*", _UNLESS_EXCLUDED if coding == IDENTITY else 0.0)
    return weights.get(coding, unless_named)
