"""The command `catalogue import`: makes the products of the catalogue as a file describes them.

The products of fifty lines are read in one call, and only those that differ are written, each with the tag
that was read. So the same file has no effect a second time, and a change that another person makes meanwhile
is not overwritten.

| if                                     | then                                                              |
|----------------------------------------|-------------------------------------------------------------------|
| a line is invalid                      | it is named with its field; the other lines are imported          |
| DynamoDB refuses one product           | its line is named; the other lines are imported                   |
| the import dies, or is interrupted     | the lines before are imported; a second run continues (see        |
|                                        | `--from-line`), and writes none of them again                     |
| the response to a write is lost        | the SDK repeats it; the tag shows that the product is ours        |
| another person has changed the product | its line is named; a second run compares it again                 |
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from pathlib import Path

from console.progress import print_error, say
from ops.catalogue.rows import BadRow, ProductRow, read_rows
from ops.documents.catalogue import CatalogueImportDocument, RefusedLine
from ops.errors import FAILURES, CommandRefused, explain
from ops.json_output import print_document
from ops.options import confirm
from ops.pace import Pace
from ops.partial_failures import DONE, DONE_IN_PART
from ops.stage import Stage
from ops.table_scan import scan_progress
from ordering.aws.clients import is_input_error
from ordering.domain.clock import now
from ordering.domain.operator_text import counted
from ordering.domain.product import Product
from ordering.dynamodb.errors import BatchIncomplete
from ordering.repositories.catalogue import Catalogue
from ordering.repositories.items import UnreadableRecord
from ordering.repositories.versioned_items import ETagMismatch

_BATCH = 50


class ImportOutcome(StrEnum):
    """What the import does to a product."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass
class ImportResult:
    """What an import has done."""

    changes: Counter[ImportOutcome] = field(default_factory=Counter)
    refused: list[BadRow] = field(default_factory=list)

    def __str__(self) -> str:
        """Returns the figures: `3 created, 1 updated, 7 unchanged, 2 refused`."""
        figures = [f"{self.changes[each]} {each}" for each in ImportOutcome]
        return ", ".join([*figures, f"{len(self.refused)} refused"])


class CatalogueImport:
    """The import of one file."""

    def __init__(self, catalogue: Catalogue, *, per_second: float, dry_run: bool) -> None:
        self._catalogue = catalogue
        self._pace = Pace(per_second)
        self._dry_run = dry_run
        self.result = ImportResult()
        self.next_line = 1
        """The first line that is not imported yet."""

    def run(self, rows: Iterable[ProductRow | BadRow], progress: Callable[[str], None]) -> None:
        """Import rows in order. Raises one of FAILURES if AWS fails for every product, not only for one."""
        for batch in _batches(rows):
            products = [row for row in batch if isinstance(row, ProductRow)]
            stored = self._catalogue.stored([row.sku for row in products]) if products else {}
            for row in batch:
                self.next_line = row.line
                if isinstance(row, BadRow):
                    self.result.refused.append(row)
                elif row.sku in stored and stored[row.sku] is None:
                    self._refuse(row, "the stored product cannot be read; see the runbook UnreadableRecords")
                else:
                    self._write(row, stored.get(row.sku))
                self.next_line = row.line + 1
                progress(f"line {row.line}: {self.result}")

    def _write(self, row: ProductRow, stored: Product | None) -> None:
        if stored and stored.matches(row.facts):
            self.result.changes[ImportOutcome.UNCHANGED] += 1
            return
        if not self._dry_run:
            self._pace.keep()
            try:
                self._catalogue.put(row.sku, row.facts, at=now(), expected=stored.tag if stored else None)
            except (ETagMismatch, UnreadableRecord):
                self._refuse(row, "it was changed by another writer during the import; run the import again")
                return
            except FAILURES as failure:
                if not is_input_error(failure):
                    raise
                self._refuse(row, explain(failure)[0])
                return
        self.result.changes[ImportOutcome.UPDATED if stored else ImportOutcome.CREATED] += 1

    def _refuse(self, row: ProductRow, why: str) -> None:
        self.result.refused.append(BadRow(row.line, "$", f"{row.sku}: {why}"))


def import_file(
    stage: Stage, file: Path, *, from_line: int, per_second: float, dry_run: bool, yes: bool, as_json: bool
) -> int:
    """Import a file; returns the exit status. Raises CommandRefused."""
    good, bad = _counts(file, from_line)
    if not good and bad:
        _name_lines(row for row in _rows(file, from_line) if isinstance(row, BadRow))
        raise CommandRefused(f"no line of {file.name} can be imported", "fix the lines that are named above")
    if not dry_run:
        refused = f"; {counted(bad, 'line')} would be refused" if bad else ""
        confirm(stage, f"{counted(good, 'product')} would become as in {file.name}{refused}.", yes=yes)
    importing = CatalogueImport(Catalogue(stage.patient_table), per_second=per_second, dry_run=dry_run)
    try:
        with scan_progress("Import", as_json) as progress:
            importing.run(_rows(file, from_line), progress)
    except KeyboardInterrupt:
        _name_lines(importing.result.refused)
        print_error(f"interrupted: {importing.result}; continue with --from-line {importing.next_line}")
        raise
    except (*FAILURES, BatchIncomplete) as failure:
        _name_lines(importing.result.refused)
        why, remedy = explain(failure) if isinstance(failure, FAILURES) else (str(failure), "wait a minute")
        raise CommandRefused(
            f"stopped at line {importing.next_line}: {why} ({importing.result})",
            f"{remedy}; continue with --from-line {importing.next_line}",
        ) from failure
    return _report(stage, file, importing.result, dry_run=dry_run, as_json=as_json)


def _rows(file: Path, from_line: int) -> Iterator[ProductRow | BadRow]:
    """Yields the rows from a line on; the lines before are read, because a SKU may be on one of them."""
    return (row for row in read_rows(file) if row.line >= from_line)


def _counts(file: Path, from_line: int) -> tuple[int, int]:
    """Returns how many lines can be imported, and how many cannot: nothing is written before all are read."""
    found = Counter(type(row) for row in _rows(file, from_line))
    return found[ProductRow], found[BadRow]


def _batches(rows: Iterable[ProductRow | BadRow]) -> Iterator[tuple[ProductRow | BadRow, ...]]:
    remaining = iter(rows)
    while batch := tuple(islice(remaining, _BATCH)):
        yield batch


def _name_lines(refused: Iterable[BadRow]) -> None:
    for row in refused:
        print_error(f"✗ line {row.line}: {row.field}: {row.why}")


def _report(stage: Stage, file: Path, result: ImportResult, *, dry_run: bool, as_json: bool) -> int:
    if as_json:
        print_document(
            CatalogueImportDocument(
                stage=stage.name,
                failures=[],
                file=file.name,
                dry_run=dry_run,
                created=result.changes[ImportOutcome.CREATED],
                updated=result.changes[ImportOutcome.UPDATED],
                unchanged=result.changes[ImportOutcome.UNCHANGED],
                refused=[RefusedLine(row.line, row.field, row.why) for row in result.refused],
            )
        )
    else:
        _name_lines(result.refused)
        say(f"{'would be: ' if dry_run else ''}{result}")
    return DONE_IN_PART if result.refused else DONE
