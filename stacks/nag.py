"""Checks the app against cdk-nag's rules, and accepts the exceptions from one rule for one resource.

Every synthesis checks cdk-nag's rule packs (`suppress_nag`). `make audit` checks the templates with other
tools (`accept`).
"""

import json
from pathlib import Path

from aws_cdk import Acknowledgment, App, CfnResource, Stack, Validations
from aws_cdk.cx_api import CloudAssembly
from cdk_nag import AwsSolutionsChecks, ServerlessChecks
from constructs import IConstruct

from stacks import acceptances
from stacks.acceptances import Checker


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
    resource = _resource(construct)
    if resource not in _validations:
        _validations[resource] = Validations.of(resource)
    _validations[resource].acknowledge(Acknowledgment(id=rule, reason=reason))


def withdraw(resource: CfnResource, checker: Checker, rule: str) -> None:
    """Withdraw the acceptance of a rule that the resource does not break any more, if it was accepted."""
    reasons = acceptances.read(checker, resource.get_metadata(checker))
    if reasons.pop(rule, None) is None:
        return
    if reasons:
        resource.add_metadata(checker, acceptances.render(checker, reasons))
    else:
        resource.add_deletion_override(f"Metadata.{checker}")


def accept(construct: IConstruct, checker: Checker, rule: str, reason: str) -> None:
    """Accept the findings of one rule of `make audit` on the resource of `construct`, for the given reason.

    If `construct` is a stack, the rule is accepted for its whole template, because outputs have no metadata.

    Raises TypeError if `construct` is neither a stack nor a resource.
    """
    target = construct if isinstance(construct, Stack) else _resource(construct)
    if isinstance(target, Stack):
        present = (target.template_options.metadata or {}).get(checker)
    elif isinstance(target, CfnResource):
        present = target.get_metadata(checker)
    else:
        raise TypeError(f"{construct.node.path} has no resource of its own")
    reasons = acceptances.read(checker, present) | {rule: reason}
    target.add_metadata(checker, acceptances.render(checker, reasons))


# Values that CDK would be asked for repeatedly: each call takes a third of a millisecond, and a third of all
# calls of a synthesis were about acceptances. Two Python objects may represent the same construct, so only
# values that cannot change are kept here.
_resources: dict[IConstruct, IConstruct] = {}
_validations: dict[IConstruct, Validations] = {}


def _resource(construct: IConstruct) -> IConstruct:
    """Returns the resource of a construct; the construct itself if it has none of its own."""
    if construct not in _resources:
        _resources[construct] = construct.node.default_child or construct
    return _resources[construct]
