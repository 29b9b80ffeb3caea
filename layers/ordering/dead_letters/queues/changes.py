"""Reads the key, the order and the private values of a stream record that was not published."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ordering.repositories import keys
from ordering.repositories.keys import order_keys

Record = Mapping[str, Any]

_PRIVATE = frozenset({"paymentToken", "email", "address"})


def key_of(record: Any) -> str:
    """Returns the key of the changed item, as far as it can be read."""
    try:
        key = record["dynamodb"]["Keys"]
        return keys.text({name: next(iter(key[name].values())) for name in ("PK", "SK")})
    except (KeyError, TypeError, StopIteration, AttributeError):
        return "a change without a key"


def order_of(key: str) -> str | None:
    """Returns the id of the order that an item of this key belongs to."""
    return order_keys.order_of_partition(key.partition("/")[0])


def secrets_of(value: Any) -> Iterator[str]:
    """Yields the private values of a record: payment tokens, e-mails, addresses."""
    if isinstance(value, Mapping):
        for name, held in value.items():
            yield from _texts(held) if name in _PRIVATE else secrets_of(held)
    elif isinstance(value, list):
        for held in value:
            yield from secrets_of(held)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for held in value.values():
            yield from _texts(held)
    elif isinstance(value, list):
        for held in value:
            yield from _texts(held)
