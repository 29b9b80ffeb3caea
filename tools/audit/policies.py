"""parliament: checks each policy document against IAM's actions, resources and condition keys."""

import json
import warnings
from collections.abc import Iterator, Sequence
from functools import cache

from tools.audit.templates import Finding, Json, Template
from tools.privileges import references

with warnings.catch_warnings():
    # It imports pkg_resources, which warns.
    warnings.simplefilter("ignore", UserWarning)
    import parliament  # type: ignore[import-untyped]

# Example names of the types whose service prescribes the format of names.
_NAMES = {
    "AWS::KMS::Key": "11111111-2222-3333-4444-555555555555",
    "AWS::SecretsManager::Secret": "name-AbCdEf",
}


def check(templates: Sequence[Template]) -> list[Finding]:
    """Returns the findings of every policy document. A rule is an issue, with the action that it is about.

    Raises LookupError if a policy refers to a resource of a type that `references.ARNS` lacks.
    """
    found = []
    for template in templates:
        others = [each for each in templates if each.stage == template.stage]
        for id, document in documents(template.body):
            for rule, message in _analysed(json.dumps(resolved(document, id, template, others))):
                found.append(Finding(template.stage, template.stack, id, rule, message))
    return found


def documents(body: Json) -> Iterator[tuple[str, Json]]:
    """Yields each policy document of a template, with the logical id of its resource."""
    for id, resource in body["Resources"].items():
        for document in references.documents(resource.get("Properties", {})):
            yield id, document


def resolved(document: Json, id: str, template: Template, stage: Sequence[Template]) -> Json:
    """Returns a policy with an example in place of each reference.

    A resource's own policy may leave `Resource` out or have `*`, for the resource itself. parliament accepts
    only policies of identities, so the statement gets the resource's example ARN.
    """
    named: Json = references.resolved(document, template, stage, _example_name)
    has_arn = template.body["Resources"][id]["Type"] in references.ARNS
    own = references.arn(template, id, _example_name) if has_arn else None
    for statement in named["Statement"]:
        if "Principal" in statement and statement.get("Resource", "*") == "*" and own:
            statement["Resource"] = own
        # IAM accepts numbers; parliament accepts only text.
        for values in statement.get("Condition", {}).values():
            values.update({key: str(each) for key, each in values.items() if isinstance(each, int | float)})
    return named


def _example_name(template: Template, id: str) -> str:
    """Returns a name that any resource of its type may have."""
    return _NAMES.get(template.body["Resources"][id]["Type"], "name")


@cache
def _analysed(document: str) -> tuple[tuple[str, str], ...]:
    """Returns the issues of a policy: the issue with the action that it is about, if any, and the details."""
    found = set()
    for finding in parliament.analyze_policy_string(document).findings:
        for detail in finding.detail if isinstance(finding.detail, list) else [finding.detail]:
            match detail:
                case {"action": str(action)}:
                    found.add((f"{finding.issue} {action}", str(finding.location)))
                case _:
                    found.add((finding.issue, str(detail)))
    return tuple(sorted(found))
