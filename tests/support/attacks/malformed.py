"""Tokens that are damaged, malformed, or not encoded as they should be."""

import json
from collections.abc import Iterator

from tests.support.attacks.attack import (
    Attack,
    Forge,
    GatewayTreatment,
    forged,
    signed,
    signed_header,
    signed_octets,
)
from tests.support.forge import Target, compact, rs

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
PASSES_ON = GatewayTreatment.PASSES_ON
_DEEP = b'{"a":' + b"[" * 2_500 + b"]" * 2_500 + b"}"

# Claims, a header and whole tokens that are not valid.
_BAD_CLAIMS = {
    "a list": b"[]",
    "null": b"null",
    "a text": b'"alice"',
    "not JSON": b"alice",
    "unfinished": b'{"sub": "alice"',
    "not UTF-8": b'{"sub": "\xff\xfe"}',
    "in UTF-16": '{"sub": "alice"}'.encode("utf-16"),
    "behind a byte order mark": b'\xef\xbb\xbf{"sub": "alice"}',
    "nested deep": _DEEP,
    "a number of 5,000 digits": b'{"exp": ' + b"9" * 5_000 + b"}",
}
_BAD_HEADER = {"a list": b"[]", "null": b"null", "not JSON": b"alg", "nested deep": _DEEP}

# Tokens that an HTTP client cannot send as a header.
_UNSENDABLE: dict[str, Forge] = {
    "a letter that only looks the same": lambda t: t.good().replace("e", "\u0435", 1),
    "full-width dots": lambda t: t.good().replace(".", "\uff0e"),
    "an emoji behind it": lambda t: t.good() + "\U0001f511",
    "a zero octet behind it": lambda t: t.good() + "\0",
    "a line break behind it": lambda t: t.good() + "\n",
    "forged, of a megabyte": forged(pad="x" * 800_000),
}


def damaged() -> Iterator[Attack]:
    """Yields the tokens that anyone can make, from a good token or without one."""
    yield Attack("a letter of the payload changed", _flipped(1))
    yield Attack("a letter of the signature changed", _flipped(2))
    yield Attack("other claims under the old signature", lambda t: t.tampered(t.claims(sub="bob")))
    yield Attack("more scopes under the old signature", lambda t: t.tampered(t.claims(scope="orders:admin")))
    yield Attack("cut off in the payload", lambda t: t.good()[:100])
    yield Attack("cut short in the payload", lambda t: _shortened(t.good(), 1))
    yield Attack("cut short in the signature", lambda t: _shortened(t.good(), 2))
    yield Attack("nothing", lambda t: "")
    yield Attack("dots", lambda t: "..")
    yield Attack("one segment", lambda t: t.good().replace(".", ""))
    yield Attack("four segments", lambda t: f"{t.good()}.e30")
    yield Attack("five segments, as an encrypted token has", lambda t: f"{t.good()}.e30.e30")
    yield Attack("twice, with a comma", lambda t: f"{t.good()},{t.good()}")
    yield Attack("empty header", lambda t: "." + t.good().partition(".")[2])
    yield Attack("empty payload", lambda t: "{0}..{2}".format(*t.good().split(".")))
    for name, octets in _BAD_CLAIMS.items():
        yield Attack(f"claims {name}", signed_octets(octets), *_unless_json(octets))
    for name, octets in _BAD_HEADER.items():
        yield Attack(f"header {name}", _headed(octets), *_unless_json(octets))
    yield Attack("a token in a token", _nested)
    yield Attack("a token as JSON", lambda t: json.dumps({"payload": t.good().split(".")[1]}))
    yield Attack("forged, of nine kilobytes", forged(pad="x" * 6_200))
    for name, forge in _UNSENDABLE.items():
        yield Attack(name, forge, by_http=False)


def lenient() -> Iterator[Attack]:
    """Yields tokens signed by the issuer that a lenient reader accepts: odd headers, odd encodings."""
    big = "it limits only the size of all headers together"
    yield Attack("signed, of nine kilobytes", signed(pad="x" * 6_200), PASSES_ON, big)
    for name, forge in {
        "crit of something unknown": signed_header(crit=["exp2"], exp2=1),
        "crit empty": signed_header(crit=[]),
        "crit not a list": signed_header(crit="exp"),
        "crit of b64": signed_header(crit=["b64"], b64=True),
        "b64 false": signed_header(b64=False),
        "crit of b64 false": signed_header(crit=["b64"], b64=False),
    }.items():
        yield Attack(name, forge, PASSES_ON, "it does not check crit")
    for typ in ("dpop+jwt", "logout+jwt", "secevent+jwt", 7):
        yield Attack(f"type {typ}", signed_header(typ=typ), PASSES_ON, "it does not check typ")
    yield Attack("a good token with padding", lambda t: _padded(t.good()))
    yield Attack("a good token with a space in it", lambda t: _spaced(t.good()))
    slack = "it decodes base64 leniently"
    yield Attack("a good token with unused bits set", lambda t: _slack(t.good()), PASSES_ON, slack)
    surrogate = signed(sub="alice\ud800")
    yield Attack("a lone surrogate in the subject", surrogate, PASSES_ON, "it does not check sub")


def _unless_json(octets: bytes) -> tuple[GatewayTreatment, str]:
    if octets in (b"[]", b"null", b'"alice"'):
        return GatewayTreatment.BREAKS, "it treats any JSON as an object"
    return GatewayTreatment.REFUSES, ""


def _flipped(segment: int) -> Forge:
    def flip(target: Target) -> str:
        parts = target.good().split(".")
        middle = len(parts[segment]) // 2
        other = "A" if parts[segment][middle] != "A" else "B"
        parts[segment] = parts[segment][:middle] + other + parts[segment][middle + 1 :]
        return ".".join(parts)

    return flip


def _shortened(token: str, segment: int) -> str:
    parts = token.split(".")
    parts[segment] = parts[segment][: len(parts[segment]) // 8 * 4]
    return ".".join(parts)


def _headed(octets: bytes) -> Forge:
    return lambda target: target.signed(octets)


def _nested(target: Target) -> str:
    return compact(target.header(cty="JWT"), target.good().encode(), rs(target.key))


def _padded(token: str) -> str:
    return ".".join(part + "=" * (-len(part) % 4) for part in token.split("."))


def _spaced(token: str) -> str:
    header, claims, signature = token.split(".")
    return f"{header}.{claims[:8]} {claims[8:]}.{signature}"


def _slack(token: str) -> str:
    """Sets bits that lenient readers ignore: Base64 uses only two bits of the last letter of 256 bytes."""
    return token[:-1] + _ALPHABET[_ALPHABET.index(token[-1]) + 1]
