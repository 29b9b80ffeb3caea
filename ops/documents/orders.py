"""Documents of the commands that list orders: open, parked, find."""

from __future__ import annotations

from ops.documents.base import Document, Part


class QueueDepth(Part):
    """How many messages of a queue can be received, and how many are being handled or delayed."""

    name: str
    visible: int
    in_flight: int
    delayed: int


class OpenOrder(Part):
    """An order that has not ended. `attempts` counts how often the sweep has driven it."""

    order_id: str
    status: str
    created_at: str
    updated_at: str
    attempts: int


class OpenDocument(Document):
    """`more`: there may be more orders than `--limit`."""

    command = "open"
    orders: list[OpenOrder]
    more: bool
    queue: QueueDepth


class ParkedOrder(Part):
    """An order that is not driven any more, and why."""

    order_id: str
    status: str
    created_at: str
    why: str


class ParkedDocument(Document):
    """`more`: there may be more orders than `--limit`."""

    command = "parked"
    orders: list[ParkedOrder]
    more: bool


class ReadCost(Part):
    """What the read of the whole table cost: pages of one megabyte, items, read request units."""

    pages: int
    items: int
    units: float


class FoundOrder(Part):
    """An order of a list. `total` is in minor units of `currency`."""

    order_id: str
    customer_id: str
    status: str
    created_at: str
    updated_at: str
    total: int
    currency: str


class FindDocument(Document):
    """`next` is the `--cursor` that continues; `read` is null if an index was read instead of the table.

    `customers` is null unless an e-mail address was searched.
    """

    command = "find"
    customers: list[str] | None
    orders: list[FoundOrder]
    unreadable: list[str]
    next: str | None
    read: ReadCost | None
