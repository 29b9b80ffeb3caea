"""Seals: text that comes back from a client, and is trusted only if it is what we gave them."""

from __future__ import annotations

import base64
import binascii
import hmac
import os
from functools import cache
from typing import TYPE_CHECKING

from ordering.aws.clients import client

if TYPE_CHECKING:
    from types_boto3_secretsmanager import SecretsManagerClient

_MAC_BYTES = 16


class BrokenSeal(ValueError):
    """The text is not what we gave, or not for this purpose."""


def seal(content: bytes, purpose: str) -> str:
    """Content behind a code that only we can make for it: URL-safe text.

    `purpose` is not in the text, but must be the same when it comes back: whose it is, what it is for.
    """
    sealed = _code(content, purpose) + content
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def unseal(text: str, purpose: str) -> bytes:
    """The content of what `seal` gave for this purpose. Raises BrokenSeal."""
    try:
        sealed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise BrokenSeal("not the form of a seal") from None
    code, content = sealed[:_MAC_BYTES], sealed[_MAC_BYTES:]
    if not hmac.compare_digest(code, _code(content, purpose)):
        raise BrokenSeal("altered, or made for another purpose")
    return content


def _code(content: bytes, purpose: str) -> bytes:
    # The purpose behind its length, so that the two cannot be shifted against each other.
    encoded = purpose.encode()
    message = len(encoded).to_bytes(8, "big") + encoded + content
    return hmac.digest(_secret(), message, "sha256")[:_MAC_BYTES]


@cache
def _secret() -> bytes:
    """The key, read when it is first needed: most requests never turn a page."""
    secrets: SecretsManagerClient = client("secretsmanager")
    answer = secrets.get_secret_value(SecretId=os.environ["CURSOR_SECRET_ARN"])
    return answer["SecretString"].encode()
