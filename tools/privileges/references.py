"""Resolves the references and the functions in a template, as CloudFormation would.

A weak reference to another stack is `Fn::GetStackOutput`.

Nothing is deployed, so the ARN of a resource is built from its type and a name that the caller passes.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from tools.audit.templates import Json, Template

ACCOUNT = "123456789012"
REGION = "eu-west-1"

_HERE = f"{REGION}:{ACCOUNT}"
# Resource type → the format of its ARN (or of its name, if policies name it by that).
ARNS: Mapping[str, str] = {
    # The id of the API, which is a part of the ARNs of its routes.
    "AWS::ApiGatewayV2::Api": "{}",
    # Its id, which is the end of its ARN.
    "AWS::CloudFront::Distribution": "{}",
    "AWS::CloudFormation::Stack": f"arn:aws:cloudformation:{_HERE}:stack/{{}}/1",
    "AWS::DynamoDB::Table": f"arn:aws:dynamodb:{_HERE}:table/{{}}",
    "AWS::Events::EventBus": f"arn:aws:events:{_HERE}:event-bus/{{}}",
    "AWS::Events::Rule": f"arn:aws:events:{_HERE}:rule/bus/{{}}",
    "AWS::IAM::Role": f"arn:aws:iam::{ACCOUNT}:role/{{}}",
    "AWS::KMS::Key": f"arn:aws:kms:{_HERE}:key/{{}}",
    "AWS::Lambda::Function": f"arn:aws:lambda:{_HERE}:function:{{}}",
    "AWS::Logs::LogGroup": f"arn:aws:logs:{_HERE}:log-group:{{}}:*",
    "AWS::S3::Bucket": "arn:aws:s3:::{}",
    "AWS::SES::ConfigurationSet": "{}",
    "AWS::SNS::Topic": f"arn:aws:sns:{_HERE}:{{}}",
    "AWS::SQS::Queue": f"arn:aws:sqs:{_HERE}:{{}}",
    "AWS::SecretsManager::Secret": f"arn:aws:secretsmanager:{_HERE}:secret:{{}}",
    "AWS::StepFunctions::StateMachine": f"arn:aws:states:{_HERE}:stateMachine:{{}}",
}
_ALIASES = ("AWS::StepFunctions::StateMachineAlias", "AWS::StepFunctions::StateMachineVersion")
_PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::StackId": f"arn:aws:cloudformation:{_HERE}:stack/orders/51af3dc0-da77-11e4-872e-1234567db123",
    "AWS::URLSuffix": "amazonaws.com",
}

Name = Callable[[Template, str], str]
"""Returns the name of a resource: of the template with this logical id."""


def documents(properties: Any) -> Iterator[Json]:
    """Yields each policy document in the properties of a resource."""
    match properties:
        case {"Statement": [*_], **_others}:
            yield properties
        case dict():
            for each in properties.values():
                yield from documents(each)
        case list():
            for each in properties:
                yield from documents(each)


def resolved(value: Any, template: Template, stage: Sequence[Template], name: Name) -> Any:
    """Returns a value of a template without references. `stage` is all templates of the stage.

    Raises LookupError if it refers to a resource of a type that `ARNS` lacks.
    """
    match value:
        case {"Ref": str(pseudo)} if pseudo in _PSEUDO:
            return _PSEUDO[pseudo]
        case {"Fn::GetAtt": [str(id), "Value"]}:
            return resolved(_value(template, id), template, stage, name)
        case {"Fn::GetAtt": [str(id), "StreamArn"]}:
            return f"{arn(template, id, name)}/stream/2026"
        case {"Ref": str(id)} | {"Fn::GetAtt": [str(id), _]}:
            return arn(template, id, name)
        case {"Fn::ImportValue": str(export)}:
            owner, exported = _exports(stage)[export]
            return resolved(exported, owner, stage, name)
        case {"Fn::GetStackOutput": {"StackName": str(producer), "OutputName": str(output)}}:
            owner = _stack(producer, stage)
            return resolved(owner.body["Outputs"][output]["Value"], owner, stage, name)
        case {"Fn::Join": [str(separator), [*parts]]}:
            return separator.join(resolved(part, template, stage, name) for part in parts)
        case {"Fn::Sub": str(text)}:
            return re.sub(r"\$\{([^}]+)\}", lambda found: _PSEUDO[found[1]], text)
        case {"Fn::Split": [str(separator), whole]}:
            return resolved(whole, template, stage, name).split(separator)
        case {"Fn::Select": [index, parts]}:
            return resolved(parts, template, stage, name)[int(index)]
        case dict():
            return {key: resolved(each, template, stage, name) for key, each in value.items()}
        case list():
            return [resolved(each, template, stage, name) for each in value]
    return value


def referred(value: Any, template: Template, stage: Sequence[Template]) -> Iterator[tuple[Template, str]]:
    """Yields the template and the logical id of each resource that a value refers to.

    An alias of a state machine refers to the state machine.
    """
    match value:
        case {"Fn::GetAtt": [str(id), "Value"]}:
            yield from referred(_value(template, id), template, stage)
        case {"Ref": str(id)} | {"Fn::GetAtt": [str(id), _]} if id in template.body["Resources"]:
            resource = template.body["Resources"][id]
            if resource["Type"] in _ALIASES:
                yield from referred(resource["Properties"], template, stage)
            else:
                yield template, id
        case {"Fn::ImportValue": str(export)}:
            owner, exported = _exports(stage)[export]
            yield from referred(exported, owner, stage)
        case {"Fn::GetStackOutput": {"StackName": str(producer), "OutputName": str(output)}}:
            owner = _stack(producer, stage)
            yield from referred(owner.body["Outputs"][output]["Value"], owner, stage)
        case dict():
            for each in value.values():
                yield from referred(each, template, stage)
        case list():
            for each in value:
                yield from referred(each, template, stage)


def arn(template: Template, id: str, name: Name) -> str:
    """Returns the ARN of a resource. Raises LookupError if `ARNS` lacks its type."""
    kind = template.body["Resources"][id]["Type"]
    if kind == "AWS::Lambda::Alias":
        alias = template.body["Resources"][id]["Properties"]
        return f"{arn(template, alias['FunctionName']['Ref'], name)}:{alias['Name']}"
    if kind not in ARNS:
        raise LookupError(f"a policy names a resource of type {kind}: add its ARN to {__name__}.ARNS")
    return ARNS[kind].format(name(template, id))


def _value(template: Template, id: str) -> Any:
    """Returns the value of a parameter of Systems Manager."""
    return template.body["Resources"][id]["Properties"]["Value"]


def _stack(name: str, stage: Sequence[Template]) -> Template:
    """Returns the template of the stack with this name, `orders-<stage>-<stack>`."""
    (found,) = (template for template in stage if name == f"orders-{template.stage}-{template.stack}")
    return found


def _exports(stage: Sequence[Template]) -> dict[str, tuple[Template, Any]]:
    """Returns the exports by name, each with its template and its value."""
    return {
        output["Export"]["Name"]: (template, output["Value"])
        for template in stage
        for output in template.body.get("Outputs", {}).values()
        if "Export" in output
    }
