"""Tokens that contain the attacker's key, or its URL. A careless verifier uses that key."""

from collections.abc import Iterator

from tests.support.attacks.attack import Attack, Forge, Of
from tests.support.forge import Target, b64, compact, der, rs

_KEY_MEMBERS: dict[str, Of] = {
    "jku": lambda t: f"{t.mallory.url}/.well-known/jwks.json",
    "x5u": lambda t: f"{t.mallory.url}/certificate.pem",
    "jwk": lambda t: t.mallory.jwk,
    "x5c": lambda t: [b64(der(t.mallory.key))],
}
_KEY_IDS: dict[str, Of] = {
    "the issuer's key id": lambda t: t.kid,
    "the attacker's key id": lambda t: t.mallory.kid,
    "no key id": lambda t: ...,
}


def attacks() -> Iterator[Attack]:
    """Yields the attacks."""
    for member, value in _KEY_MEMBERS.items():
        for name, kid in _KEY_IDS.items():
            yield Attack(f"{member} of the attacker's, {name}", _carrying(member, value, kid))
    yield Attack("all of them at once", _carrying_all)
    yield Attack("a good token of the attacker's own issuer", lambda t: _of_mallory(t, t.mallory.url))
    yield Attack("the same, with a URL like the issuer's", lambda t: _of_mallory(t, _imitated(t)))


def _carrying(member: str, value: Of, kid: Of) -> Forge:
    return lambda target: target.forged(**{member: value(target), "kid": kid(target)})


def _carrying_all(target: Target) -> str:
    members = {member: value(target) for member, value in _KEY_MEMBERS.items()}
    return target.forged(**members, kid=target.mallory.kid)


def _of_mallory(target: Target, issuer: str) -> str:
    header = target.header(kid=target.mallory.kid)
    return compact(header, target.claims(iss=issuer), rs(target.mallory.key))


def _imitated(target: Target) -> str:
    """Returns the issuer's URL as a user name at the attacker's host."""
    return f"{target.issuer}@{target.mallory.url.partition('://')[2]}"
