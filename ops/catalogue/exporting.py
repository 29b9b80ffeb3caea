"""The command `catalogue export`: writes the products of the catalogue to a file that can be imported.

The file appears when it is complete. A product that changes its list during the export is written once.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from console.progress import print_error, say
from ops.catalogue.formats import COLUMNS, FileFormat, format_of
from ops.documents.catalogue import CatalogueExportDocument
from ops.errors import CommandRefused
from ops.json_output import print_document
from ops.partial_failures import DONE, DONE_IN_PART
from ops.stage import Stage
from ops.table_scan import scan_progress
from ordering.domain.operator_text import counted
from ordering.domain.product import Product, Sku
from ordering.dynamodb.errors import IndexNotReady
from ordering.repositories.catalogue import Catalogue, ProductFilter

_PAGE = 100


def export_file(stage: Stage, file: Path, category: str | None, *, as_json: bool) -> int:
    """Export to a file; returns the exit status. Raises CommandRefused."""
    kind = format_of(file)
    if file.exists():
        raise CommandRefused(f"{file} exists", "name another file, or remove this one")
    exported = _Products(Catalogue(stage.patient_table), category)
    draft = file.with_name(f".{file.name}.{os.getpid()}.draft")
    try:
        with (
            draft.open("x", encoding="utf-8", newline="") as opened,
            scan_progress("Export", as_json) as progress,
        ):
            (_write_csv if kind is FileFormat.CSV else _write_json)(opened, exported.read(progress))
        draft.replace(file)
    except IndexNotReady as error:
        raise CommandRefused(
            f"the index {error} is not ready: no category can be read",
            "wait until it is, or export all products",
        ) from None
    except OSError as error:
        raise CommandRefused(f"{file} cannot be written: {error.strerror}", "check the path") from None
    finally:
        with suppress(OSError):
            draft.unlink()
    return _report(stage, file, exported, as_json=as_json)


class _Products:
    """The products of the catalogue, active and inactive, while they are read."""

    def __init__(self, catalogue: Catalogue, category: str | None) -> None:
        self._catalogue = catalogue
        self._category = category
        self.skus: set[Sku] = set()
        self.unreadable: set[Sku] = set()

    def read(self, progress: Callable[[str], None]) -> Iterator[Product]:
        """Yields each product once; an unreadable one is only noted."""
        for active in (True, False):
            last: Sku | None = None
            while True:
                wanted = ProductFilter(self._category, active)
                products, unreadable, last = self._catalogue.listed(wanted, _PAGE, last)
                self.unreadable |= set(unreadable)
                for product in products:
                    if product.sku not in self.skus:
                        self.skus.add(product.sku)
                        yield product
                progress(counted(len(self.skus), "product"))
                if last is None:
                    break


def _write_csv(opened: TextIO, products: Iterable[Product]) -> None:
    writer = csv.DictWriter(opened, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for product in products:
        attributes = product.attributes
        cells = (
            product.sku,
            product.name,
            product.price.amount,
            product.price.currency,
            product.description,
            product.category,
            json.dumps(attributes, ensure_ascii=False) if attributes else None,
            "true" if product.active else "false",
        )
        # None is written as an empty cell.
        writer.writerow(dict(zip(COLUMNS, cells, strict=True)))


def _write_json(opened: TextIO, products: Iterable[Product]) -> None:
    for product in products:
        opened.write(json.dumps(_row(product), ensure_ascii=False) + "\n")


def _row(product: Product) -> dict[str, object]:
    """Returns the body with which `PUT /products/{sku}` would write the product, and its SKU."""
    row: dict[str, object] = {
        "sku": product.sku,
        "name": product.name,
        "price": {"amount": product.price.amount, "currency": product.price.currency},
        "description": product.description,
        "category": product.category,
        "attributes": product.attributes or None,
        "active": product.active,
    }
    return {name: value for name, value in row.items() if value is not None}


def _report(stage: Stage, file: Path, exported: _Products, *, as_json: bool) -> int:
    unreadable = sorted(exported.unreadable)
    if as_json:
        print_document(
            CatalogueExportDocument(
                stage=stage.name,
                failures=[],
                file=file.name,
                products=len(exported.skus),
                unreadable=[*unreadable],
            )
        )
    else:
        say(f"{counted(len(exported.skus), 'product')} exported to {file}")
    for sku in unreadable:
        print_error(f"✗ {sku}: the stored product cannot be read; see docs/runbooks/unreadable-records.md")
    return DONE_IN_PART if unreadable else DONE
