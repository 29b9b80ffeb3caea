"""Tokens of the loopback issuer, and the key that signs them."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from pathlib import Path
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from console import files
from console.progress import StepFailed

AUDIENCE: Final = "orders-api"
ADMINISTRATOR: Final = "operator"
HOUR: Final = 3600


def new_key() -> rsa.RSAPrivateKey:
    """Returns a new RS256 key of 2048 bits."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def key_at(path: Path) -> rsa.RSAPrivateKey:
    """Returns the private key kept at ``path``; created on first use, readable by its owner alone.

    Raises StepFailed when the file holds anything else.
    """
    if not path.exists():
        pem = new_key().private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        # Complete or absent: a half-written key would make every later run fail.
        files.write(path, pem, mode=0o600)
    key = _read(path)
    if key is None:
        raise StepFailed(f"{path} does not hold an RSA key", "run `make up`, which creates a new one")
    return key


def has_key(path: Path) -> bool:
    """Whether ``path`` holds a valid key."""
    return _read(path) is not None


def public_jwk(key: rsa.RSAPrivateKey) -> dict[str, str]:
    """Returns the public half as a JSON Web Key (RFC 7517), its ``kid`` the thumbprint of RFC 7638."""
    numbers = key.public_key().public_numbers()
    members = {"e": _base64url_uint(numbers.e), "kty": "RSA", "n": _base64url_uint(numbers.n)}
    canonical = json.dumps(members, sort_keys=True, separators=(",", ":")).encode()
    thumbprint = base64.urlsafe_b64encode(hashlib.sha256(canonical).digest()).rstrip(b"=").decode()
    return {**members, "alg": "RS256", "use": "sig", "kid": thumbprint}


def claims(issuer: str, sub: str, scope: str, *, lifetime: int = HOUR) -> dict[str, Any]:
    """Returns the claims of an access token; ``scope`` is space separated, ``lifetime`` in seconds."""
    now = int(time.time())
    return {
        "iss": issuer,
        "aud": AUDIENCE,
        "sub": sub,
        "scope": scope,
        "iat": now,
        "nbf": now,
        "exp": now + lifetime,
    }


def sign(payload: dict[str, Any], key: rsa.RSAPrivateKey) -> str:
    """Returns ``payload`` as a compact RS256 token whose header names the key."""
    return jwt.encode(payload, key, algorithm="RS256", headers={"kid": public_jwk(key)["kid"]})


def _read(path: Path) -> rsa.RSAPrivateKey | None:
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError, OSError):
        return None
    return key if isinstance(key, rsa.RSAPrivateKey) else None


def _base64url_uint(value: int) -> str:
    octets = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()
