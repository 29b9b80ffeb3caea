"""The command `verify`: prints whether a table keeps the guarantees. Its exit status is the verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from console.progress import say, step
from ops.dead_letter_commands import Failures
from ops.documents.verification import VerifyDocument, VerifyFinding
from ops.errors import FAILURES, explain
from ops.find.scan import in_words
from ops.formatting import Redactor, counted
from ops.json_output import failed_parts, print_document
from ops.stage import Stage
from ops.verify.read import MOST_FINDINGS, TableVerdict, verify_table
from ops.verify.table_setup import setup_violations
from ops.verify.violation import Violation

EXIT_STATUS = {"sound": 0, "broken": 1, "unknown": 2}
"""By verdict. A finding is certain, whatever could not be read: `broken` wins over `unknown`."""


def verify(stage: Stage, table: str | None, *, per_second: float, as_json: bool) -> int:
    """Print what is wrong in a table, by default the stage's own; returns the exit status."""
    name = table or stage.output("TableName")
    failures: Failures = []
    setup: list[Violation] = []
    read: TableVerdict | None = None
    try:
        setup = list(setup_violations(stage.dynamodb, name))
    except FAILURES as failure:
        failures.append(("setup", failure))
    try:
        with _progress(as_json) as progress:
            read = verify_table(stage, name, progress, per_second=per_second)
    except FAILURES as failure:
        failures.append(("items", failure))
    document = _document(stage, name, setup, read, failures)
    if as_json:
        print_document(document)
    else:
        _print(document, failures)
    return EXIT_STATUS[document.verdict]


def _document(
    stage: Stage, name: str, setup: list[Violation], read: TableVerdict | None, failures: Failures
) -> VerifyDocument:
    findings = [VerifyFinding(*each) for each in [*setup, *(read.violations if read else [])]]
    return VerifyDocument(
        stage=stage.name,
        failures=failed_parts(failures),
        table=name,
        verdict="broken" if findings else "unknown" if failures else "sound",
        findings=findings[:MOST_FINDINGS],
        more=bool(read and read.is_cut),
        orders=read.orders if read else None,
        products=read.products if read else None,
        unjudged=[*read.unjudged] if read else [],
        read=read.scan.cost if read else None,
    )


def _print(document: VerifyDocument, failures: Failures) -> None:
    redact = Redactor()
    say(f"stage {document.stage}, table {document.table}")
    for finding in document.findings:
        guarantee = f"guarantee {finding.guarantee}: " if finding.guarantee else ""
        say(redact(f"✗ {finding.item}"))
        say(redact(f"    {guarantee}{finding.what}"))
    if document.more:
        say(f"There may be more: the read stopped after {MOST_FINDINGS} findings.")
    for name, failure in failures:
        why, remedy = explain(failure)
        say(redact(f"? {name} cannot be read: {why}"))
        say(redact(f"  do: {remedy}"))
    if document.unjudged:
        say(f"? changed while it was read, so not compared with its sums: {', '.join(document.unjudged)}")
    if document.orders is not None:
        say(f"{counted(document.orders, 'order')}, {counted(document.products or 0, 'product')}")
    if document.read:
        say(f"read {in_words(document.read)}")
    say()
    say(_VERDICTS[document.verdict])


_VERDICTS = {
    "sound": "The table keeps the guarantees.",
    "broken": "The table does not keep the guarantees, or is not set up. Nothing was changed.",
    "unknown": "Nothing that was read is wrong, but not everything could be read.",
}


@contextmanager
def _progress(as_json: bool) -> Iterator[Callable[[str], None]]:
    """Yields what shows how far the read has come: a live line for people, nothing beside a document."""
    if as_json:
        yield lambda text: None
        return
    with step("Verify") as running:

        def show(text: str) -> None:
            running.doing = text

        yield show
