"""Guarantees 1 and 5, checked on the published events and on the customers' responses, not only on the table.

1. The customers know all orders, one for each key.
5. Every committed change was published, under one id.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from tests.support.table_stream import Change

_OF_AN_ORDER = ("ORDER", "RESERVATION", "SHIPMENT", "PAYMENT#", "REFUND")
_OF_A_PRODUCT = ("PRODUCT", "STOCK")


def violations(
    changes: Sequence[Change],
    published: Sequence[dict[str, Any]],
    items: Sequence[dict[str, Any]],
    known: Collection[str],
    *,
    keys: int = 1,
) -> list[str]:
    """Returns the violations, as sentences.

    `published`: the events; `items`: the table; `known`: the order ids that customers know; `keys`: how many
    different keys they have sent, which is how many orders there must be.
    """
    return [*_unpublished(changes, published), *_unknown(items, known, keys)]


def _unpublished(changes: Sequence[Change], published: Sequence[dict[str, Any]]) -> Iterator[str]:
    contents = defaultdict[str, list[dict[str, Any]]](list)
    for event in published:
        if event not in contents[event["eventId"]]:
            contents[event["eventId"]].append(event)
    for event_id, different in contents.items():
        if len(different) > 1:
            yield f"5: {event_id} was published with {len(different)} contents"
    event_names = {event_id.rpartition("#")[0] for event_id in contents}
    for change in changes:
        name = _name(change)
        if name and name not in event_names:
            yield f"5: {name} was never published"


def _name(change: Change) -> str | None:
    """Returns `<PK>/<SK>#<version>` of a change that must be published; None for any other change.

    It is computed independently of the code under test.
    """
    image = change.new or change.old or {}
    partition, sort = image["PK"]["S"], image["SK"]["S"]
    kinds = {"ORDER": _OF_AN_ORDER, "PRODUCT": _OF_A_PRODUCT}.get(partition.partition("#")[0], ())
    if not sort.startswith(kinds):
        return None
    version = int(image["version"]["N"])
    if change.new is None:
        return f"{partition}/{sort}#{version + 1}" if sort == "PRODUCT" else None
    if change.old and int(change.old["version"]["N"]) == version:
        return None
    return f"{partition}/{sort}#{version}"


def _unknown(items: Sequence[dict[str, Any]], known: Collection[str], keys: int) -> Iterator[str]:
    orders = {item["orderId"] for item in items if item["SK"] == "ORDER"}
    if orders != set(known) or len(orders) != keys:
        yield f"1: the customer knows {sorted(known)}, and the table holds {sorted(orders)}"
