"""Deterministic ids: a retry with the same idempotency key maps to the same order."""

import os
from hashlib import sha256
from uuid import UUID

from ordering.domain.clock import milliseconds
from ordering.domain.order import CustomerId, OrderId


def customer_id(issuer: str, subject: str) -> CustomerId:
    """The customer of a token with this `iss` and `sub`: 32 hexadecimal digits, which never change."""
    return CustomerId(_digest(issuer, subject).hex()[:32])


def keyed_order_id(issuer: str, subject: str, idempotency_key: str) -> OrderId:
    """The id of the order that a customer's key identifies: a UUID of version 8 (RFC 9562, section 5.8)."""
    return OrderId(str(_uuid(_digest(issuer, subject, idempotency_key)[:16], version=8)))


def fresh_order_id() -> OrderId:
    """A new order id, for a request without a key: a UUID of version 7 (RFC 9562, section 5.7)."""
    octets = milliseconds().to_bytes(6, "big") + os.urandom(10)
    return OrderId(str(_uuid(octets, version=7)))


def fingerprint(canonical_body: bytes) -> str:
    """A hash by which request bodies are compared without storing them: 64 hexadecimal digits."""
    return sha256(canonical_body).hexdigest()


def is_order_id(text: str) -> bool:
    """Whether `text` has the form of an order id, as `str(UUID)` writes it."""
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _digest(*parts: str) -> bytes:
    # The length precedes each part, so that ("ab", "c") and ("a", "bc") have different digests.
    digest = sha256()
    for part in parts:
        encoded = part.encode()
        digest.update(len(encoded).to_bytes(8, "big") + encoded)
    return digest.digest()


def _uuid(octets: bytes, version: int) -> UUID:
    value = int.from_bytes(octets, "big")
    value = value & ~(0xF << 76) | version << 76  # the version field
    value = value & ~(0x3 << 62) | 0x2 << 62  # the variant field: RFC 9562
    return UUID(int=value)
