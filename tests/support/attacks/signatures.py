"""Tokens without a signature, or signed with another key or algorithm than the issuer's."""

import json
from collections.abc import Callable, Iterator

from cryptography.hazmat.primitives.serialization import PublicFormat

from tests.support.attacks.attack import Attack, Forge, GatewayTreatment, forged, signed_header, spelt
from tests.support.forge import Target, der, es, hs, nothing, pem, ps, rs, rsa_jwk

_NONE = (
    "none",
    "None",
    "NONE",
    "nOnE",
    " none",
    "none ",
    "none\0",
    "",
    "null",
    None,
    False,
    0,
    ["none"],
    ...,
)


def without_one() -> Iterator[Attack]:
    """Yields `none`, in every spelling, and missing signatures."""
    for alg in _NONE:
        bare = forged(nothing, alg=alg)
        yield Attack(f"alg {spelt(alg)}, empty signature", bare)
        yield Attack(f"alg {spelt(alg)}, two segments", _without_last_dot(bare))
        yield Attack(f"alg {spelt(alg)}, another token's signature", _borrowing(bare))
    yield Attack("alg none without a key id", forged(nothing, alg="none", kid=...))
    yield Attack("signature stripped", lambda t: t.good().rpartition(".")[0] + ".")
    yield Attack("signature and its dot stripped", lambda t: t.good().rpartition(".")[0])


def _without_last_dot(bare: Forge) -> Forge:
    return lambda target: bare(target).rstrip(".")


def _borrowing(bare: Forge) -> Forge:
    return lambda target: bare(target) + target.good().rpartition(".")[2]


# The issuer's public key, in every format in which a careless verifier may use it as a secret.
_PUBLIC_KEY_FORMATS: dict[str, Callable[[Target], bytes]] = {
    "PEM": lambda t: pem(t.key, PublicFormat.SubjectPublicKeyInfo),
    "PEM without its last line break": lambda t: pem(t.key, PublicFormat.SubjectPublicKeyInfo).strip(),
    "PEM in PKCS 1": lambda t: pem(t.key, PublicFormat.PKCS1),
    "DER": lambda t: der(t.key),
    "JWK": lambda t: json.dumps(rsa_jwk(t.key)).encode(),
    "JWK set": lambda t: json.dumps({"keys": [{**rsa_jwk(t.key), "kid": t.kid}]}).encode(),
    "modulus": lambda t: t.key.public_key().public_numbers().n.to_bytes(256, "big"),
    "modulus in base64": lambda t: rsa_jwk(t.key)["n"].encode(),
    "key id": lambda t: t.kid.encode(),
    "nothing": lambda t: b"",
    "one zero octet": lambda t: b"\0",
}


def with_the_public_key() -> Iterator[Attack]:
    """Yields tokens signed with the public key as a secret."""
    for bits in (256, 384, 512):
        for form, secret in _PUBLIC_KEY_FORMATS.items():
            yield Attack(f"HS{bits} with the public key as its secret: {form}", _confusing(bits, secret))


def with_other_keys() -> Iterator[Attack]:
    """Yields tokens signed with another algorithm than their header's, or with the attacker's own keys."""
    yield Attack("HS256 without a key id", lambda t: t.forged(hs(der(t.key)), alg="HS256", kid=...))
    yield Attack("HS256 signature under RS256", lambda t: t.forged(hs(der(t.key))))
    yield Attack("ES256 by the attacker", lambda t: t.forged(es(t.mallory.curve), alg="ES256"))
    yield Attack("ES256 by the attacker, with their key id", _es256_of_mallory)
    yield Attack("ES256 signature under RS256", lambda t: t.forged(es(t.mallory.curve)))
    yield Attack("RS256 signature under ES256", forged(alg="ES256"))
    for alg in ("ES256", "HS256", "rs256", "RS256 ", ["RS256"]):
        yield Attack(
            f"good RS256 signature under {alg}",
            signed_header(alg=alg),
            GatewayTreatment.PASSES_ON,
            "it verifies RS256 and ignores alg",
        )
    yield Attack("EdDSA by the attacker", lambda t: t.forged(t.mallory.edwards.sign, alg="EdDSA"))
    yield Attack("EdDSA signature under RS256", lambda t: t.forged(t.mallory.edwards.sign))
    yield Attack("PS256 by the attacker", lambda t: t.forged(ps(t.mallory.key), alg="PS256"))
    yield Attack("PS256 signature under RS256", lambda t: t.forged(ps(t.mallory.key)))
    yield Attack("PS256 by the issuer, under RS256", lambda t: t.forged(ps(t.key)))
    yield Attack("RS256 by the attacker", forged())
    yield Attack("RS512 by the attacker", lambda t: t.forged(rs(t.mallory.key, 512), alg="RS512"))
    yield Attack("RS1, which is SHA-1", forged(alg="RS1"))
    yield Attack("ES256 of zeros (CVE-2022-21449)", forged(lambda _: bytes(64), alg="ES256"))
    yield Attack("RS256 of zeros", forged(lambda _: bytes(256)))


def _confusing(bits: int, secret: Callable[[Target], bytes]) -> Forge:
    return lambda target: target.forged(hs(secret(target), bits), alg=f"HS{bits}")


def _es256_of_mallory(target: Target) -> str:
    return target.forged(es(target.mallory.curve), alg="ES256", kid=target.mallory.kid)
