"""The one JSON document that a command prints with `--json`, redacted like its text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
import typer

from ops.documents.base import Document, FailedPart
from ops.errors import explain
from ordering.domain.operator_text import Redactor


def print_document(
    document: Document, redact: Redactor | None = None, shown: Mapping[str, Any] | None = None
) -> None:
    """Print a document, redacted; the fields of `shown` replace those of the document, and are not redacted.

    Only ASCII is printed: control and bidirectional characters are printed as JSON's escapes.
    """
    content = _redacted(msgspec.to_builtins(document), redact or Redactor()) | msgspec.to_builtins(
        shown or {}
    )
    # DEL is the only control character that JSON does not escape.
    print(json.dumps(content, indent=2).replace("\x7f", "\\u007f"), flush=True)


def needs_yes(as_json: bool, yes: bool) -> None:
    """Raises BadParameter for a change with `--json` and without `--yes`: the question would be text."""
    if as_json and not yes:
        raise typer.BadParameter("--json cannot ask for confirmation: add --yes")


def failed_parts(failures: Iterable[tuple[str, Exception]]) -> list[FailedPart]:
    """Returns the parts of a command that failed, each with its reason."""
    return [FailedPart(name, *explain(failure)) for name, failure in failures]


def _redacted(value: Any, redact: Redactor) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, list):
        return [_redacted(each, redact) for each in value]
    if isinstance(value, dict):
        return {name: _redacted(each, redact) for name, each in value.items()}
    return value
