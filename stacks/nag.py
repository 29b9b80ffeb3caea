"""cdk-nag: the rule packs that every synthesis must pass, and how to suppress one rule on one resource."""

import json
from pathlib import Path

from aws_cdk import Acknowledgment, App, Validations
from aws_cdk.cx_api import CloudAssembly
from cdk_nag import AwsSolutionsChecks, ServerlessChecks
from constructs import IConstruct


def add_checks(app: App) -> None:
    """Check everything in `app` with both rule packs."""
    Validations.of(app).add_plugins(AwsSolutionsChecks(app), ServerlessChecks(app))


def findings(assembly: CloudAssembly) -> list[str]:
    """Returns the findings of the validation, including warnings: one line for each rule and resource."""
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
    """Raises SystemExit with the findings, if there are any.

    The CDK CLI fails only for the stacks that its command selects, and `cdk synth` without arguments selects
    none.
    """
    if found := findings(assembly):
        raise SystemExit("\n".join(["The synthesised app violates cdk-nag rules:", *found]))


def suppress_nag(construct: IConstruct, rule: str, reason: str) -> None:
    """Suppress one rule on the resource of `construct`, for the given reason.

    The acknowledgement is added to the resource itself. On a parent construct it would also apply to the
    parent's other resources.
    """
    resource = construct.node.default_child or construct
    Validations.of(resource).acknowledge(Acknowledgment(id=rule, reason=reason))
