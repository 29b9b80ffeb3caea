"""Times and subjects that are not, or no longer, or not yet good."""

import json
import time
from collections.abc import Iterator
from typing import Any

from tests.support.attacks.attack import Attack, Forge, signed, spelt
from tests.support.forge import HOUR

_CENTURY = 100 * 365 * 24 * HOUR
_TEXT = "it reads a number that is written as text"
_ANY = "any number is a time to it"


def attacks() -> Iterator[Attack]:
    """The table."""
    now = int(time.time())
    for name, claims in _untimely(now).items():
        yield Attack(name, signed(**claims))
    yield Attack("exp absent", signed(exp=...), "it looks at exp only where there is one")
    yield Attack("exp as text", signed(exp=str(now + HOUR)), _TEXT)
    yield Attack("nbf as text", signed(nbf=str(now)), _TEXT)
    yield Attack("exp beyond any calendar", signed(exp=10**30), _ANY)
    yield Attack("exp beyond any float", signed(exp=10**400), _ANY)
    yield Attack("nbf before the epoch", signed(nbf=-1), _ANY)
    for constant in ("NaN", "Infinity", "-Infinity", "1e400"):
        yield Attack(f"exp {constant}", _expiring(constant))
    for subject in (..., None, "", " \t\n", 7, True, ["alice"], {"id": "alice"}):
        yield Attack(f"subject {spelt(subject)}", signed(sub=subject), "it does not look at sub")


def _untimely(now: int) -> dict[str, dict[str, Any]]:
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
        "exp null": {"exp": None},
        "exp a boolean": {"exp": True},
        "exp a word": {"exp": "never"},
        "exp empty": {"exp": ""},
        "exp a list": {"exp": [now + HOUR]},
        "exp an object": {"exp": {"$gt": 0}},
        "nbf a word": {"nbf": "now"},
        "iat a word": {"iat": "now"},
    }


def _expiring(constant: str) -> Forge:
    """What Python takes for a number, and JSON does not know."""
    return lambda target: target.signed_octets(
        json.dumps(target.claims(exp="@")).replace('"@"', constant).encode()
    )
