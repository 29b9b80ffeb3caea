"""Keys of what drives orders: an order's lease, and the health of what it depends on."""

from ordering.repositories.keys import Key

HEALTH = "HEALTH"
PROGRESS = "PROGRESS"
_LEASE_PREFIX = "LEASE#"


def lease(order_id: str) -> Key:
    """The lease of an order."""
    return {"PK": f"{_LEASE_PREFIX}{order_id}", "SK": "LEASE"}


def order_of_lease(partition: str) -> str:
    """Return the order whose lease is in this partition."""
    return partition.removeprefix(_LEASE_PREFIX)


def circuit(name: str) -> Key:
    """The circuit of a provider, or of the platform."""
    return {"PK": HEALTH, "SK": name}


def progress() -> Key:
    """The times of the last failure to drive an order, and of the last end of an order."""
    return {"PK": HEALTH, "SK": PROGRESS}
