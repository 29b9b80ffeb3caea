"""Times and subjects that are invalid, expired, or not yet valid."""

import json
import time
from collections.abc import Iterator
from typing import Any

from tests.support.attacks.attack import Attack, Forge, GatewayTreatment, signed, spelt
from tests.support.forge import HOUR

_CENTURY = 100 * 365 * 24 * HOUR
_TEXT = "it reads a number that is written as text"
BREAKS, PASSES_ON = GatewayTreatment.BREAKS, GatewayTreatment.PASSES_ON
_CONVERTS = "it converts the claim to an integer, whatever it is"
_ANY = "it accepts any number as a time"


def with_bad_times() -> Iterator[Attack]:
    """Yields attacks on the time claims."""
    now = int(time.time())
    for name, claims in _bad_times(now).items():
        yield Attack(name, signed(**claims))
    for value in (None, "never", "", [0], {"$gt": 0}):
        yield Attack(f"exp {spelt(value)}", signed(exp=value), BREAKS, _CONVERTS)
    for name in ("nbf", "iat"):
        yield Attack(f"{name} a word", signed(**{name: "now"}), BREAKS, _CONVERTS)
    yield Attack("exp absent", signed(exp=...), PASSES_ON, "it checks exp only if it is present")
    yield Attack("exp as text", signed(exp=str(now + HOUR)), PASSES_ON, _TEXT)
    yield Attack("nbf as text", signed(nbf=str(now)), PASSES_ON, _TEXT)
    yield Attack("exp beyond any calendar", signed(exp=10**30), PASSES_ON, _ANY)
    yield Attack("exp beyond any float", signed(exp=10**400), PASSES_ON, _ANY)
    yield Attack("nbf before the epoch", signed(nbf=-1), PASSES_ON, _ANY)
    for constant in ("NaN", "Infinity", "-Infinity", "1e400"):
        yield Attack(f"exp {constant}", _with_exp(constant), BREAKS, _CONVERTS)
    yield Attack("a claim NaN", _with_score("NaN"), PASSES_ON, "it accepts constants that JSON does not have")


def without_a_subject() -> Iterator[Attack]:
    """Yields attacks on the subject."""
    for subject in (..., None, "", " \t\n", 7, True, ["alice"], {"id": "alice"}):
        yield Attack(f"subject {spelt(subject)}", signed(sub=subject), PASSES_ON, "it does not check sub")


def _bad_times(now: int) -> dict[str, dict[str, Any]]:
    return {
        "expired an hour ago": {"exp": now - HOUR},
        "expired beyond any leeway": {"exp": now - 61},
        "expired at the epoch": {"exp": 0},
        "expired before the epoch": {"exp": -1},
        "expired far before the epoch": {"exp": -(10**18)},
        "expired at a fraction": {"exp": now - HOUR - 0.5},
        "not valid for an hour": {"nbf": now + HOUR},
        "not valid for a century": {"nbf": now + _CENTURY},
        "issued in an hour": {"iat": now + HOUR},
        "issued in a century": {"iat": now + _CENTURY},
        "exp a boolean": {"exp": True},
    }


def _with_exp(constant: str) -> Forge:
    """Makes a token with a constant that Python reads as a number, and JSON does not have."""
    return lambda target: target.signed_octets(_octets(target.claims(exp="@"), constant))


def _with_score(constant: str) -> Forge:
    return lambda target: target.signed_octets(_octets(target.claims(score="@"), constant))


def _octets(claims: dict[str, Any], constant: str) -> bytes:
    return json.dumps(claims).replace('"@"', constant).encode()
