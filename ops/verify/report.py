"""The command `verify`: prints whether a table keeps the guarantees, and returns the exit status."""

from __future__ import annotations

from console.books.violation import Violation
from console.progress import say
from ops.documents.verification import VerifyDocument, VerifyFinding
from ops.json_output import failed_parts, print_document
from ops.partial_failures import Failures, read_part, say_unread
from ops.stage import Stage
from ops.table_scan import in_words, scan_progress
from ops.verify.read import MOST_FINDINGS, TableVerdict, verify_table
from ops.verify.table_setup import setup_violations
from ordering.domain.operator_text import Redactor, counted

EXIT_STATUS = {"sound": 0, "broken": 1, "unknown": 2}
"""By verdict. A finding is certain even if other parts could not be read: `broken` wins over `unknown`."""
_VERDICTS = {
    "sound": "The table keeps the guarantees.",
    "broken": "The table does not keep the guarantees, or is not set up. Nothing was changed.",
    "unknown": "Nothing that was read is wrong, but not everything could be read.",
}


def verify(stage: Stage, table: str | None, *, per_second: float, as_json: bool) -> int:
    """Print what is wrong in a table, by default the stage's own; returns the exit status."""
    name = table or stage.output("TableName")
    failures: Failures = []

    def read_items() -> TableVerdict:
        with scan_progress("Verify", as_json) as progress:
            return verify_table(stage, name, progress, per_second=per_second)

    setup = read_part("setup", failures, lambda: list(setup_violations(stage.dynamodb, name)))
    read = read_part("items", failures, read_items)
    document = _document(stage, name, setup or [], read, failures)
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
        say_unread(name, failure, redact)
    if document.unjudged:
        say(f"? changed while it was read, so not compared with its sums: {', '.join(document.unjudged)}")
    if document.orders is not None:
        say(f"{counted(document.orders, 'order')}, {counted(document.products or 0, 'product')}")
    if document.read:
        say(f"read {in_words(document.read)}")
    say()
    say(_VERDICTS[document.verdict])
