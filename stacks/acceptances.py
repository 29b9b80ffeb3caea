"""The format of accepted findings in a template's metadata, written by `stacks.nag`, read by `tools.audit`.

Nothing here imports CDK, because `tools.audit` does not need it.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class Checker(StrEnum):
    """A checker of templates, by the name of its metadata in a template."""

    CFN_LINT = "cfn-lint"
    CHECKOV = "checkov"
    PARLIAMENT = "parliament"


def render(checker: Checker, reasons: Mapping[str, str]) -> dict[str, Any]:
    """Returns the metadata of accepted rules, each with its reason.

    It is in the checker's own format, so that the checker also accepts them when it is run without `make
    audit` ("Suppressing and Skipping Policies", checkov; "Metadata", cfn-lint). parliament has no format.
    """
    if checker is Checker.CFN_LINT:
        # cfn-lint has no member for reasons, and ignores unknown members.
        return {"config": {"ignore_checks": list(reasons)}, "reasons": dict(reasons)}
    return {"skip": [{"id": rule, "comment": reason} for rule, reason in reasons.items()]}


def read(checker: Checker, metadata: Mapping[str, Any] | None) -> dict[str, str]:
    """Returns rule → reason of the metadata that `render` returned; empty if there is none."""
    if not metadata:
        return {}
    if checker is Checker.CFN_LINT:
        return dict(metadata["reasons"])
    return {each["id"]: each["comment"] for each in metadata["skip"]}
