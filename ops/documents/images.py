"""The document of the command about images of products: refused."""

from __future__ import annotations

from ops.documents.base import Document, Part


class RefusedUpload(Part):
    """An upload that was refused: its size in bytes, and why. `detail` is for people."""

    sku: str
    image_id: str
    at: str
    size: int
    reason: str
    detail: str


class RefusedDocument(Document):
    """`more`: there may be more uploads than `--limit`."""

    command = "refused"
    uploads: list[RefusedUpload]
    more: bool
