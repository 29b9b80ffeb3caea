"""The file with all data that is stored about a customer, and the kinds of items that it contains.

The file is one JSON object (`docs/privacy.md` describes it):

    {"format": "customer-data/1", "customerId": "…", "exportedAt": "…",
     "customer": {"profile": {…}}, "webhooks": {"endpoint": [{…}]}, "connections": [{…}],
     "orders": [{"order": {…}, "address": {…}, "payment": [{…}], "shipment": {…}}]}

Items are written with all of their attributes, except those of `LEFT_OUT`. So a new attribute, and a new item
in a partition of the customer or of an order, is in the file without a change here.
"""

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any

import msgspec

FORMAT = "customer-data/1"

LEFT_OUT = frozenset(
    {
        # Keys, and what the app needs to find, compare and delete items.
        *("PK", "SK", "GSI1PK", "GSI1SK", "GSI2PK", "GSI2SK", "GSI3PK", "GSI3SK"),
        *("schemaVersion", "expiresAt", "tag", "nonce", "fingerprint", "trace"),
        # Secrets: a person who obtains the file must not be able to pay or to sign with them.
        *("paymentToken", "salt", "keyId", "previousSalt", "previousKeyId"),
        # The identity of an operator is another person's data (Article 15 (4) GDPR).
        "by",
    }
)
"""The attributes of items that are not written into the file."""


class Exported(Enum):
    """Whether items of a kind are in the file, and if not, why."""

    YES = "in the file"
    JOB = "the progress of the export or of the removal itself"
    NOT_PERSONAL = "about no customer"
    COPY = "repeats, for a limited time, facts that are in the file"


KINDS: Mapping[str, Exported] = {
    **dict.fromkeys(
        ("order", "reservation", "payment", "shipment", "refund", "address", "audit record"), Exported.YES
    ),
    **dict.fromkeys(("profile", "block", "webhook endpoint", "their number", "connection"), Exported.YES),
    **dict.fromkeys(("removal", "export"), Exported.JOB),
    # A stock entry names the member of staff who entered it.
    **dict.fromkeys(("product", "stock", "shard of a stock", "stock entry"), Exported.NOT_PERSONAL),
    **dict.fromkeys(("images", "sweep of images"), Exported.NOT_PERSONAL),
    **dict.fromkeys(("circuit", "last failure, end"), Exported.NOT_PERSONAL),
    **dict.fromkeys(("total of a product", "total of a category"), Exported.NOT_PERSONAL),
    **dict.fromkeys(("state of the totals", "report of a day", "mail about a report"), Exported.NOT_PERSONAL),
    # An operator's connection receives changes of all customers' orders.
    "the same, of an operator": Exported.NOT_PERSONAL,
    "redrive of a queue": Exported.NOT_PERSONAL,
    # They name an order or an endpoint, and store its state while it is being processed.
    **dict.fromkeys(("record of an event", "lease of an order", "slot of an endpoint"), Exported.COPY),
    **dict.fromkeys(("webhook delivery", "last announcement of an order"), Exported.COPY),
}
"""Every kind of item, as `ordering.repositories.keys` names it. A test fails if a kind is missing."""

JOB_KINDS = frozenset(kind for kind, exported in KINDS.items() if exported is Exported.JOB)
"""The names of the sections that are left out of the file: see `Exported.JOB`."""


def sections(items: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the items of one partition by the kind in their sort keys, without `LEFT_OUT`.

    Items of a kind whose sort key has a second part, as in `PAYMENT#01`, are a list.
    """
    found: dict[str, Any] = {}
    for item in items:
        kind, separator, _ = str(item["SK"]).partition("#")
        name = kind.lower()
        if name in JOB_KINDS:
            continue
        if separator:
            found.setdefault(name, []).append(shown(item))
        else:
            found[name] = shown(item)
    return found


def shown(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes of an item that are written into the file."""
    return {name: value for name, value in item.items() if name not in LEFT_OUT}


def beginning(
    customer_id: str,
    at: str,
    customer: Mapping[str, Any],
    webhooks: Mapping[str, Any],
    connections: Iterable[Mapping[str, Any]],
) -> bytes:
    """Return the file up to its first order."""
    head = {
        "format": FORMAT,
        "customerId": customer_id,
        "exportedAt": at,
        "customer": customer,
        "webhooks": webhooks,
        "connections": list(connections),
    }
    return encoded(head)[:-1] + b',"orders":['


ENDING = b"]}\n"
"""The end of the file, after its last order."""


def order_part(items: Iterable[Mapping[str, Any]], *, is_first: bool) -> bytes:
    """Return one order in the file, from all items of its partition."""
    return (b"\n" if is_first else b",\n") + encoded(sections(items))


def encoded(value: object) -> bytes:
    """Return a value as JSON. An attribute of a type that no release has written is the text `unreadable`."""
    return msgspec.json.encode(value, enc_hook=lambda value: "unreadable")
