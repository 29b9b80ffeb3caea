"""parliament: each policy document, by what IAM knows of actions, resources and conditions."""

import json
import warnings
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from tools.audit.templates import Finding, Json, Template

with warnings.catch_warnings():
    # It finds its data by pkg_resources.
    warnings.simplefilter("ignore", UserWarning)
    import parliament  # type: ignore[import-untyped]

# An example of the ARN (or of the name, where a policy names it) of a resource of each type.
EXAMPLES: Mapping[str, str] = {
    "AWS::CloudFormation::Stack": "arn:aws:cloudformation:eu-west-1:123456789012:stack/name/1",
    "AWS::DynamoDB::Table": "arn:aws:dynamodb:eu-west-1:123456789012:table/name",
    "AWS::Events::EventBus": "arn:aws:events:eu-west-1:123456789012:event-bus/name",
    "AWS::Events::Rule": "arn:aws:events:eu-west-1:123456789012:rule/bus/name",
    "AWS::IAM::Role": "arn:aws:iam::123456789012:role/name",
    "AWS::KMS::Key": "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555",
    "AWS::Lambda::Function": "arn:aws:lambda:eu-west-1:123456789012:function:name",
    "AWS::Logs::LogGroup": "arn:aws:logs:eu-west-1:123456789012:log-group:name:*",
    "AWS::S3::Bucket": "arn:aws:s3:::name",
    "AWS::SES::ConfigurationSet": "name",
    "AWS::SNS::Topic": "arn:aws:sns:eu-west-1:123456789012:name",
    "AWS::SQS::Queue": "arn:aws:sqs:eu-west-1:123456789012:name",
    "AWS::SecretsManager::Secret": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:name-AbCdEf",
    "AWS::StepFunctions::StateMachine": "arn:aws:states:eu-west-1:123456789012:stateMachine:name",
}
_PSEUDO = {
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws",
    "AWS::Region": "eu-west-1",
    "AWS::URLSuffix": "amazonaws.com",
}


def check(templates: Sequence[Template]) -> list[Finding]:
    """Returns the findings of every policy document. A rule is an issue, with the action that it is about.

    Raises LookupError if a policy refers to a resource of a type that `EXAMPLES` lacks.
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
        for document in _in(resource.get("Properties", {})):
            yield id, document


def _in(node: Any) -> Iterator[Json]:
    match node:
        case {"Statement": [*_], **_others}:
            yield node
        case dict():
            for each in node.values():
                yield from _in(each)
        case list():
            for each in node:
                yield from _in(each)


def resolved(document: Json, id: str, template: Template, stage: Sequence[Template]) -> Json:
    """Returns a policy with an example in the place of each reference.

    The policy of a resource names no resource, or `*`, for that resource itself. parliament knows policies of
    identities only, so it gets the resource's example.
    """
    named: Json = _resolved(document, template, stage)
    own = EXAMPLES.get(template.body["Resources"][id]["Type"])
    for statement in named["Statement"]:
        if "Principal" in statement and statement.get("Resource", "*") == "*" and own:
            statement["Resource"] = own
        # IAM takes a number; parliament takes its text only.
        for values in statement.get("Condition", {}).values():
            values.update({key: str(each) for key, each in values.items() if isinstance(each, int | float)})
    return named


def _resolved(value: Any, template: Template, stage: Sequence[Template]) -> Any:
    match value:
        case {"Ref": str(name)} if name in _PSEUDO:
            return _PSEUDO[name]
        case {"Fn::GetAtt": [str(id), "StreamArn"]}:
            return f"{_example(id, template)}/stream/2026"
        case {"Ref": str(id)} | {"Fn::GetAtt": [str(id), _]}:
            return _example(id, template)
        case {"Fn::ImportValue": str(name)}:
            owner, exported = _exports(stage)[name]
            return _resolved(exported, owner, stage)
        case {"Fn::GetStackOutput": {"StackName": str(stack), "OutputName": str(name)}}:
            (producer,) = (each for each in stage if stack.endswith(f"-{each.stack}"))
            return _resolved(producer.body["Outputs"][name]["Value"], producer, stage)
        case {"Fn::Join": [str(separator), [*parts]]}:
            return separator.join(_resolved(part, template, stage) for part in parts)
        case dict():
            return {key: _resolved(each, template, stage) for key, each in value.items()}
        case list():
            return [_resolved(each, template, stage) for each in value]
    return value


def _example(id: str, template: Template) -> str:
    kind = template.body["Resources"][id]["Type"]
    if kind not in EXAMPLES:
        raise LookupError(f"a policy names a resource of type {kind}: add an example to {__name__}.EXAMPLES")
    return EXAMPLES[kind]


def _exports(stage: Sequence[Template]) -> dict[str, tuple[Template, Any]]:
    """Returns the exports by name, each with its template and its value."""
    return {
        output["Export"]["Name"]: (template, output["Value"])
        for template in stage
        for output in template.body.get("Outputs", {}).values()
        if "Export" in output
    }


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
