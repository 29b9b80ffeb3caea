"""cdk-nag: the rule packs every synthesis must pass, and how one resource is excused from one rule."""

import json
from pathlib import Path

from aws_cdk import Acknowledgment, App, Validations
from aws_cdk.cx_api import CloudAssembly
from cdk_nag import AwsSolutionsChecks, ServerlessChecks
from constructs import IConstruct


def add_checks(app: App) -> None:
    """Let both packs judge everything in `app`."""
    Validations.of(app).add_plugins(AwsSolutionsChecks(app), ServerlessChecks(app))


def findings(assembly: CloudAssembly) -> list[str]:
    """What the validation of `assembly` found, warnings as well: a line for each rule and resource."""
    report = Path(assembly.directory, "validation-report.json")
    if not report.exists():
        return []
    return [
        f"{construct['constructPath']}: {violation['ruleName']}: {violation['description']}"
        for plugin in json.loads(report.read_text())["pluginReports"]
        for violation in plugin["violations"]
        for construct in violation["violatingConstructs"]
    ]


def fail_on_findings(assembly: CloudAssembly) -> None:
    """Raise SystemExit with the findings, if there are any.

    The CLI itself fails only for the stacks that its command selects, and a bare `cdk synth` selects none.
    """
    if found := findings(assembly):
        raise SystemExit("\n".join(["The synthesised app breaks rules:", *found]))


def suppress_nag(construct: IConstruct, rule: str, reason: str) -> None:
    """Suppress one rule on the one resource behind `construct`, with the reason why.

    The acknowledgement is put on the resource itself: on anything above, it would reach its siblings.
    """
    resource = construct.node.default_child or construct
    Validations.of(resource).acknowledge(Acknowledgment(id=rule, reason=reason))
