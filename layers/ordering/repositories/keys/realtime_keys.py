"""Keys of the connections of clients that follow orders."""

from ordering.repositories.keys import Key


def connections_partition(customer_id: str | None) -> str:
    """The partition of a customer's connections; None: those that are told about everybody's orders."""
    return f"CONNECTIONS#{customer_id or 'ALL'}"


def connection(customer_id: str | None, connection_id: str) -> Key:
    """The key of a connection that has subscribed."""
    return {"PK": connections_partition(customer_id), "SK": connection_id}


def announced(order_id: str) -> Key:
    """The key of the time when clients were last told about an order."""
    return {"PK": f"ANNOUNCED#{order_id}", "SK": "ANNOUNCED"}
