"""Guarantee 6, for deletion: after a customer has asked for it, only the data that must be kept remains."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from ordering.repositories.keys import customer_keys, endpoint_keys, order_keys


def violations(items: Sequence[dict[str, Any]], files: Collection[str] = ()) -> Iterator[str]:
    """Yields the data that must not remain, as sentences.

    `items`: the table of that one customer; `files`: the keys of the files of their exports.
    """
    for key in files:
        yield f"6: {key} is left of a customer who asked for deletion"
    ended = {item["PK"] for item in items if item["SK"] == order_keys.ORDER and "GSI2PK" not in item}
    for item in items:
        is_kept_too_long = item["SK"] == order_keys.ADDRESS and item["PK"] in ended
        is_endpoint = item["SK"].startswith(endpoint_keys.ENDPOINT_PREFIX)
        if (
            item["SK"] in (customer_keys.PROFILE, customer_keys.REMOVAL, customer_keys.EXPORT)
            or is_kept_too_long
            or is_endpoint
        ):
            yield f"6: {item['PK']}/{item['SK']} is left of a customer who asked for deletion"
