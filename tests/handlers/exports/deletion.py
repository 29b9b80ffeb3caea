"""Whether items of a customer are deleted when they ask to be forgotten, by their kind."""

from collections.abc import Mapping
from enum import Enum


class Deleted(Enum):
    """Whether items of a kind are deleted when their customer asks to be forgotten."""

    NOW = "within minutes"
    LATER = "when its time to live ends, ninety days later at most"
    KEPT = (
        "kept, because commercial law requires it, or to protect the shop; names the customer by an id only"
    )


DELETED: Mapping[str, Deleted] = {
    **dict.fromkeys(("profile", "export", "removal", "webhook endpoint", "their number"), Deleted.NOW),
    # The address of an open order is kept until it is no longer needed for the delivery.
    "address": Deleted.NOW,
    **dict.fromkeys(("connection", "record of an event", "lease of an order"), Deleted.LATER),
    **dict.fromkeys(("slot of an endpoint", "webhook delivery"), Deleted.LATER),
    "last announcement of an order": Deleted.LATER,
    **dict.fromkeys(("order", "reservation", "payment", "shipment", "refund", "audit record"), Deleted.KEPT),
    # Otherwise a blocked customer could ask to be forgotten, and then order again.
    "block": Deleted.KEPT,
}
"""Every kind of item about a customer, and whether it is deleted. A test fails if a kind is missing."""
