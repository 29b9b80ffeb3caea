"""Part of guarantee 6: after a customer asked for deletion, only what must be kept is left."""

from collections.abc import Iterator, Sequence
from typing import Any

from ordering.repositories import keys


def violations(items: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Yields what is left, as sentences. `items`: the table; its one customer has asked for deletion."""
    ended = {item["PK"] for item in items if item["SK"] == keys.ORDER and "GSI2PK" not in item}
    for item in items:
        if item["SK"] in (keys.PROFILE, keys.REMOVAL) or (item["SK"] == keys.ADDRESS and item["PK"] in ended):
            yield f"6: {item['PK']}/{item['SK']} is left of a customer who asked for deletion"
