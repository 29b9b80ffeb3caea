"""Documents of the commands that import and export the catalogue."""

from __future__ import annotations

from ops.documents.base import Document, Part


class RefusedLine(Part):
    """A line of the file that was not imported. `field` is `$` if it concerns the whole line."""

    line: int
    field: str
    why: str


class CatalogueImportDocument(Document):
    """What was done, or with `dryRun` what would be done, to the products of a file."""

    command = "catalogue import"
    file: str
    dry_run: bool
    created: int
    updated: int
    unchanged: int
    refused: list[RefusedLine]


class CatalogueExportDocument(Document):
    """The number of products in the file. `unreadable` are the SKUs of products that it lacks."""

    command = "catalogue export"
    file: str
    products: int
    unreadable: list[str]
