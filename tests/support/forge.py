"""Creates tokens byte by byte, because no library signs the invalid tokens that an attacker sends."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

HOUR = 3600

Signer = Callable[[bytes], bytes]
Json = Mapping[str, Any]

_HASHES: Mapping[int, Callable[[], hashes.HashAlgorithm]] = {
    256: hashes.SHA256,
    384: hashes.SHA384,
    512: hashes.SHA512,
}


def b64(octets: bytes) -> str:
    """Returns Base64url without padding."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def compact(header: Json | bytes, claims: Json | bytes, sign: Signer) -> str:
    """Returns a token with this header and these claims: members are written as JSON, bytes as they are."""
    parts = (part if isinstance(part, bytes) else json.dumps(part).encode() for part in (header, claims))
    signed = ".".join(b64(part) for part in parts)
    return f"{signed}.{b64(sign(signed.encode()))}"


def nothing(message: bytes) -> bytes:
    """Returns an empty signature."""
    return b""


def rs(key: rsa.RSAPrivateKey, bits: int = 256) -> Signer:
    """Returns a signer for RS256, RS384 or RS512."""
    return lambda message: key.sign(message, padding.PKCS1v15(), _HASHES[bits]())


def ps(key: rsa.RSAPrivateKey, bits: int = 256) -> Signer:
    """Returns a signer for PS256, PS384 or PS512."""
    salted = padding.PSS(padding.MGF1(_HASHES[bits]()), bits // 8)
    return lambda message: key.sign(message, salted, _HASHES[bits]())


def es(key: ec.EllipticCurvePrivateKey, bits: int = 256) -> Signer:
    """Returns a signer for ES256, ES384 or ES512."""
    size = (key.curve.key_size + 7) // 8

    def sign(message: bytes) -> bytes:
        r, s = decode_dss_signature(key.sign(message, ec.ECDSA(_HASHES[bits]())))
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")

    return sign


def hs(secret: bytes, bits: int = 256) -> Signer:
    """Returns a signer for HS256, HS384 or HS512."""
    return lambda message: hmac.digest(secret, message, f"sha{bits}")


def rsa_jwk(key: rsa.RSAPrivateKey) -> dict[str, str]:
    """Returns the public key as a JSON Web Key, without a key id."""
    numbers = key.public_key().public_numbers()
    return {"e": b64(_octets(numbers.e)), "kty": "RSA", "n": b64(_octets(numbers.n))}


def thumbprint(jwk: Json) -> str:
    """Returns the JWK thumbprint (RFC 7638), which the loopback issuer uses as the key id."""
    canonical = json.dumps(jwk, sort_keys=True, separators=(",", ":")).encode()
    return b64(hashlib.sha256(canonical).digest())


def pem(key: rsa.RSAPrivateKey, form: serialization.PublicFormat) -> bytes:
    """Returns the public key in PEM."""
    return key.public_key().public_bytes(serialization.Encoding.PEM, form)


def der(key: rsa.RSAPrivateKey) -> bytes:
    """Returns the public key in DER."""
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.DER, spki)


def _octets(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


@cache
def rsa_key(name: str) -> rsa.RSAPrivateKey:
    """Returns a key by name; it is generated once in a run, because that takes a while."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass(frozen=True)
class Mallory:
    """The attacker: keys, and their own issuer that publishes them at `url`."""

    url: str
    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa_key("mallory"))
    curve: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    edwards: ed25519.Ed25519PrivateKey = field(default_factory=ed25519.Ed25519PrivateKey.generate)
    kid: str = "mallory-1"

    @property
    def jwk(self) -> dict[str, str]:
        """The published key."""
        return {**rsa_jwk(self.key), "kid": self.kid, "alg": "RS256", "use": "sig"}


@dataclass(frozen=True, kw_only=True)
class Target:
    """The attacked API: its issuer, which signs RS256 with `key`, its audience, and one route's scope."""

    issuer: str
    audience: str
    scope: str
    key: rsa.RSAPrivateKey
    kid: str
    mallory: Mallory
    subject: str = "alice"

    def header(self, **changes: Any) -> dict[str, Any]:
        """Returns the header of a good token, with changes; `...` removes a member."""
        return _changed({"alg": "RS256", "typ": "JWT", "kid": self.kid}, changes)

    def claims(self, **changes: Any) -> dict[str, Any]:
        """Returns the claims of a good token, with changes; `...` removes a claim."""
        now = int(time.time())
        good = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": self.subject,
            "scope": self.scope,
            "iat": now,
            "nbf": now,
            "exp": now + HOUR,
        }
        return _changed(good, changes)

    def good(self) -> str:
        """Returns a valid token."""
        return self.signed()

    def signed(self, header: Json | bytes | None = None, /, **claims: Any) -> str:
        """Returns a token that the issuer itself has signed, although it should not have."""
        return compact(self.header() if header is None else header, self.claims(**claims), rs(self.key))

    def signed_octets(self, claims: bytes) -> str:
        """Returns a token that the issuer itself has signed, with claims that need not be valid JSON."""
        return compact(self.header(), claims, rs(self.key))

    def forged(self, sign: Signer | None = None, /, **header: Any) -> str:
        """Returns a token with good claims that the attacker has signed, with their RSA key by default."""
        return compact(self.header(**header), self.claims(), sign or rs(self.mallory.key))

    def tampered(self, claims: Json | bytes) -> str:
        """Returns a good token with other claims under the old signature."""
        header, _, signature = self.good().split(".")
        octets = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
        return f"{header}.{b64(octets)}.{signature}"


def _changed(good: dict[str, Any], changes: Json) -> dict[str, Any]:
    return {name: value for name, value in (good | dict(changes)).items() if value is not ...}
