"""What `verify` finds: a guarantee that an item breaks, or an item that cannot be read."""

from typing import NamedTuple


class Violation(NamedTuple):
    """`guarantee` is its number in docs/architecture.md; None if the item cannot be judged by any."""

    guarantee: int | None
    item: str
    what: str
