"""Attacks on `kid`: unknown key ids, and values that a careless verifier uses as a path, a URL or a query."""

from collections.abc import Iterator

from tests.support.attacks.attack import Attack, forged, spelt
from tests.support.forge import hs

_PATH_LIKE = (
    "../../../../../../dev/null",
    "/dev/null",
    "/etc/passwd",
    "..\\..\\windows\\win.ini",
    "file:///dev/null",
    "https://attacker.example/jwks.json",
    "jwks.json#1",
    "%2e%2e%2fdev%2fnull",
    "' OR '1'='1",
    "*",
    "key\x00.pem",
    "key\r\nX-Injected: 1",
    "k" * 2048,
    "schlüssel",
)
_OTHERS = ("no-such-key", "", " ", None, 0, True, ["a"], {"a": "b"}, ...)


def attacks() -> Iterator[Attack]:
    """Yields the attacks."""
    for kid in (*_OTHERS, *_PATH_LIKE):
        yield Attack(f"key id {spelt(kid)}", forged(kid=kid))
    for kid in ("/dev/null", "../../../../../../dev/null"):
        yield Attack(
            f"key id {kid}, signed with the content of that file", forged(hs(b""), alg="HS256", kid=kid)
        )
    yield Attack("key id of another issuer's key", lambda t: t.forged(kid=t.mallory.kid))
    yield Attack("key id in other letters", lambda t: t.forged(kid=t.kid.swapcase()))
    yield Attack("key id with a space", lambda t: t.forged(kid=f"{t.kid} "))
