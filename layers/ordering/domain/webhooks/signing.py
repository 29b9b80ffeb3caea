"""Secrets and signatures of webhooks, by the specification Standard Webhooks (symmetric signatures, `v1`).

No secret is stored. An endpoint's secret is derived from two values that are kept in different places:

| value | where it is                          | who can read it                                      |
|-------|--------------------------------------|------------------------------------------------------|
| key   | a version of one secret of Secrets   | the functions that show a secret or sign with one    |
| salt  | the endpoint's item, a new one for   | everything that reads the table                      |
|       | each secret                          |                                                      |

So neither a copy of the table nor the key alone is enough to sign.
"""

import base64
import binascii
import hmac
import os
from collections.abc import Mapping, Sequence
from hashlib import sha256

SECRET_PREFIX = "whsec_"  # noqa: S105 (the prefix of every secret)
VERSION = "v1"

# "Between 24 bytes and 64 bytes" (Standard Webhooks, signature scheme). SHA-256 has 32.
_SALT_BYTES = 32
_PURPOSE = b"webhook-secret\x00"


def new_salt() -> str:
    """Return a random salt: 64 hexadecimal digits."""
    return os.urandom(_SALT_BYTES).hex()


def secret_of(key: bytes, salt: str) -> str:
    """Return the secret that belongs to a salt: `whsec_` and 32 bytes in base64.

    Raises ValueError if the key is too short to be one.
    """
    if len(key) < _SALT_BYTES:
        raise ValueError(f"the key for webhooks has {len(key)} bytes; it needs at least {_SALT_BYTES}")
    derived = hmac.digest(key, _PURPOSE + salt.encode(), sha256)
    return SECRET_PREFIX + base64.b64encode(derived).decode()


def headers_for(secrets: Sequence[str], *, id: str, timestamp: int, body: bytes) -> Mapping[str, str]:
    """Return the headers of a webhook. `timestamp` is the time of this attempt, in seconds since 1970.

    There is one signature for each secret: while a secret is rotated, a receiver verifies by either of them.
    """
    content = f"{id}.{timestamp}.".encode() + body
    return {
        "webhook-id": id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"{VERSION},{_signature(secret, content)}" for secret in secrets),
    }


def _signature(secret: str, content: bytes) -> str:
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error:
        # Without the text, which is a secret.
        raise ValueError("a webhook's secret is not base64") from None
    return base64.b64encode(hmac.digest(key, content, sha256)).decode()
