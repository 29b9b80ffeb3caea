"""Keys of the records of what operators did."""

from ordering.repositories.keys import Key, order_keys

AUDIT_PREFIX = "AUDIT#"


def audit_record(order_id: str, at: str, nonce: str) -> Key:
    """The audit record of what an operator did to an order at that time."""
    return {"PK": order_keys.order_partition(order_id), "SK": f"{AUDIT_PREFIX}{at}#{nonce}"}


def redrive_partition(queue: str) -> str:
    """The partition of the records of a dead-letter queue's redrives."""
    return f"REDRIVE#{queue}"


def redrive_record(queue: str, at: str, nonce: str) -> Key:
    """The record of one redrive, begun at that time."""
    return {"PK": redrive_partition(queue), "SK": f"{at}#{nonce}"}
