"""Duplicate JSON members: some readers use the first, others the last (RFC 8725, section 2.4)."""

import json
from collections.abc import Iterator
from typing import Any

from tests.support.attacks.attack import Attack, Forge, GatewayTreatment
from tests.support.forge import Target, compact, nothing

_ONE_OF_TWO = "it uses one of two members with the same name"


def attacks() -> Iterator[Attack]:
    """Yields the attacks."""
    for name in ("sub", "exp", "iss", "aud", "scope", "nbf"):
        yield Attack(f"claim {name} twice, under another token's signature", _tampered(name))
        yield Attack(f"claim {name} twice", _signed(name), GatewayTreatment.PASSES_ON, _ONE_OF_TWO)
    yield Attack("claim sub twice, once in escapes", _escaped, GatewayTreatment.PASSES_ON, _ONE_OF_TWO)
    yield Attack("a nested member twice", _nested, GatewayTreatment.PASSES_ON, _ONE_OF_TWO)
    for name in ("alg", "kid", "typ"):
        yield Attack(f"header {name} twice", _headed(name), GatewayTreatment.PASSES_ON, _ONE_OF_TWO)
    yield Attack("header alg twice, none last", _none_last)


def _twice(members: dict[str, Any], name: str) -> bytes:
    """Returns the object with this member a second time, at its beginning."""
    again = json.dumps({name: members[name]})
    return f"{again[:-1]}, {json.dumps(members)[1:]}".encode()


def _tampered(name: str) -> Forge:
    return lambda target: target.tampered(_twice(target.claims(), name))


def _signed(name: str) -> Forge:
    return lambda target: target.signed_octets(_twice(target.claims(), name))


def _headed(name: str) -> Forge:
    return lambda target: target.signed(_twice(target.header(), name))


def _escaped(target: Target) -> str:
    return target.signed_octets(_twice(target.claims(), "sub").replace(b'"sub"', b'"\\u0073ub"', 1))


def _nested(target: Target) -> str:
    actor = _twice({"sub": "bob"}, "sub")
    return target.signed_octets(json.dumps(target.claims(act="@")).encode().replace(b'"@"', actor))


def _none_last(target: Target) -> str:
    header = json.dumps(target.header()).encode()[:-1] + b', "alg": "none"}'
    return compact(header, target.claims(), nothing)
