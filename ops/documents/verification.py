"""The document of `verify`."""

from __future__ import annotations

from typing import Literal

from ops.documents.base import Document, Part
from ops.documents.orders import ReadCost


class VerifyFinding(Part):
    """What is wrong, at an item or the table. `guarantee` is null if the item cannot be judged."""

    guarantee: int | None
    item: str
    what: str


class VerifyDocument(Document):
    """Whether a table keeps the guarantees: exit status 0, 1 for `broken`, 2 for `unknown`.

    `more`: there may be more findings. `unjudged`: products that changed while the table was read. `orders`,
    `products` and `read` are null if the table could not be read.
    """

    command = "verify"
    table: str
    verdict: Literal["sound", "broken", "unknown"]
    findings: list[VerifyFinding]
    more: bool
    orders: int | None
    products: int | None
    unjudged: list[str]
    read: ReadCost | None
