"""Simulates what CloudFormation does when one set of templates is deployed over another, stack by stack.

It knows what is refused between stacks (an export that is still imported, a resource that another stack still
uses, a second route of one key), what is replaced (the schemas of the resource types say which properties
make a resource anew), what AWS refuses to change in place, and which stacks are not updated although an
output that they read has changed.
Refusals are returned as sentences; nothing returned means that the deployment goes through.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER  # type: ignore[import-untyped]

from tests.infra import key_access
from tests.synth import Json

# Resources with data that cannot be restored. They are never replaced and never removed.
DATA = frozenset(
    {
        "AWS::Backup::BackupVault",
        "AWS::Cognito::UserPool",
        "AWS::DynamoDB::Table",
        "AWS::KMS::Key",
        "AWS::S3::Bucket",
        "AWS::SecretsManager::Secret",
    }
)
# Resources with temporary content (messages, logs, events, credentials of a caller, confirmed receivers).
# They are removed when their setting is turned off, and are never replaced.
HELD = frozenset(
    {
        "AWS::ApiGatewayV2::Api",
        "AWS::Cognito::UserPoolClient",
        "AWS::Cognito::UserPoolDomain",
        "AWS::Events::Archive",
        "AWS::Events::EventBus",
        "AWS::Logs::LogGroup",
        "AWS::SNS::Topic",
        "AWS::SQS::Queue",
        "AWS::StepFunctions::StateMachine",
    }
)

# Stacks on which nothing depends: a name that they have read may be an old one (decision 15).
SHOWS_ONLY = frozenset({"dashboards"})
# Stacks that may read what has been removed, until they are deployed themselves. The admin stack has
# permissions on queues, and a permission on a queue that does not exist has no effect.
MAY_READ_REMOVED = SHOWS_ONLY | {"admin"}
# Resources that their service does not delete while another one uses them, whichever stack that is in.
KEPT_WHILE_USED = frozenset({"AWS::ApiGatewayV2::Authorizer"})


class Refused(NamedTuple):
    """A change in place, by its schema, that AWS refuses, or that loses what the resource contains."""

    type: str
    path: str
    page: str


REFUSED_IN_PLACE = (
    Refused(
        "AWS::ApiGatewayV2::Authorizer",
        "AuthorizerType",
        "UpdateAuthorizer: an authoriser of one type takes no settings of the other (API Gateway V2 API)",
    ),
    Refused(
        "AWS::DynamoDB::Table",
        "StreamSpecification.StreamViewType",
        "UpdateTable: a stream cannot be enabled on a table that has one (Amazon DynamoDB API)",
    ),
    Refused(
        "AWS::SecretsManager::Secret",
        "GenerateSecretString",
        "AWS::SecretsManager::Secret GenerateSecretString: a change generates another value",
    ),
    Refused(
        "AWS::Cognito::UserPool",
        "UsernameAttributes",
        "UserPool, UsernameAttributes: cannot be changed after the pool is created (Amazon Cognito)",
    ),
    Refused(
        "AWS::Cognito::UserPool",
        "UsernameConfiguration",
        "UsernameConfigurationType: can't be changed after the pool is created (Amazon Cognito API)",
    ),
)


class Stage(NamedTuple):
    """Templates to be deployed, by stack, and in which order."""

    order: Sequence[str]
    templates: Mapping[str, Json]


class _Update(NamedTuple):
    """What an update of one stack does to its resources."""

    replaced: frozenset[str]
    refusals: list[str]


def deploy(deployed: dict[str, Json], stage: Stage, *, prefix: str) -> list[str]:
    """Deploy `stage` over what is deployed, and keep what is deployed then; returns what is refused.

    `prefix` is what the stacks' names begin with (`orders-dev-`). A stack that the stage has no longer stays
    deployed: `cdk deploy` removes none.
    """
    refusals: list[str] = []
    before = dict(deployed)
    for name in stage.order:
        new, old = stage.templates[name], deployed.get(name)
        refusals += _imports_refused(name, new, deployed, prefix)
        replaced: frozenset[str] = frozenset()
        if old is not None:
            update = _update(name, old, new)
            refusals += update.refusals
            replaced = update.replaced
            refusals += _exports_refused(name, old, new, replaced, deployed)
            refusals += _removal_refused(name, old, new, replaced, deployed, prefix)
        refusals += _routes_refused(name, new, deployed, prefix)
        deployed[name] = new
        # Until the next stack is deployed, its roles are as they were.
        refusals += key_access.refused(deployed, prefix)
    for name in stage.order:
        if name not in SHOWS_ONLY:
            refusals += _outdated(name, before, deployed, prefix)
    return list(dict.fromkeys(refusals))


def _outdated(name: str, before: Mapping[str, Json], after: Mapping[str, Json], prefix: str) -> Iterator[str]:
    """What a stack has read of others, and that is another value by now.

    `cdk deploy` does not update a stack whose template is the same, and the stack is not notified of a
    changed output ("Fn::GetStackOutput").
    """
    if before.get(name) != after[name]:
        return
    for stack, output in dict.fromkeys(_read(after[name])):
        producer = stack.removeprefix(prefix)
        values = [each.get(producer, {}).get("Outputs", {}).get(output) for each in (before, after)]
        if None not in values and values[0] != values[1]:
            yield f"{name} keeps the old value of the output {output} of {stack}"


def _imports_refused(name: str, template: Json, deployed: Mapping[str, Json], prefix: str) -> Iterator[str]:
    """What the stack reads of others that is not there (yet, or any longer)."""
    there = {export for other, each in deployed.items() if other != name for export in _exports(each)}
    for imported in imports(template):
        if imported not in there:
            yield f"{name} imports {imported}, which no deployed stack exports"
    for stack, output in _read(template):
        producer = deployed.get(stack.removeprefix(prefix), {})
        if output not in producer.get("Outputs", {}):
            yield f"{name} reads the output {output} of {stack}, which is not there"


def _exports_refused(
    name: str, old: Json, new: Json, replaced: frozenset[str], deployed: Mapping[str, Json]
) -> Iterator[str]:
    """Exports that go, or change, while another stack imports them as it is deployed now.

    "Get exported outputs from a deployed CloudFormation stack": it cannot delete the export, nor change its
    value, while another stack imports it.
    """
    kept = _exports(new)
    for export, value in _exports(old).items():
        gone = export not in kept
        changed = not gone and (kept[export] != value or _references(value) & replaced)
        if not (gone or changed):
            continue
        for other, template in deployed.items():
            if other != name and export in imports(template):
                yield f"{name} {'drops' if gone else 'changes'} {export}, which {other} imports"


def _removal_refused(
    name: str, old: Json, new: Json, replaced: frozenset[str], deployed: Mapping[str, Json], prefix: str
) -> Iterator[str]:
    """Resources that go while another stack still uses them, as it is deployed now.

    A weak reference keeps no resource from being removed, but some services do: API Gateway returns
    "ConflictException: Cannot delete authorizer, is referenced in route" (anomalyco/sst#5586). Others remove
    the resource, and what uses it fails until its own stack is deployed.
    """
    gone = {
        id
        for id in (old["Resources"].keys() - new["Resources"].keys()) | replaced
        # A retained resource still exists.
        if not str(old["Resources"][id].get("DeletionPolicy")).startswith("Retain")
    }
    for output, each in old.get("Outputs", {}).items():
        for id in sorted(_references(each["Value"]) & gone):
            kind = old["Resources"][id]["Type"]
            may_read = {name} if kind in KEPT_WHILE_USED else {name, *MAY_READ_REMOVED}
            for other, template in deployed.items():
                if other not in may_read and (f"{prefix}{name}", output) in _read(template):
                    yield f"{name} removes {id} ({kind}), which {other} uses"


def _routes_refused(name: str, template: Json, deployed: Mapping[str, Json], prefix: str) -> Iterator[str]:
    """Routes whose key another stack's route has: API Gateway refuses a second one.

    "Routes", CreateRoute, ConflictException (Amazon API Gateway Version 2 API Reference).
    """
    wanted = _route_keys(name, template, deployed, prefix)
    for other, each in deployed.items():
        if other != name:
            for _, key in sorted(wanted & _route_keys(other, each, deployed, prefix)):
                yield f"{name} creates the route {key}, which {other} has"


def _route_keys(name: str, template: Json, deployed: Mapping[str, Json], prefix: str) -> set[tuple[str, str]]:
    """Returns the API and the key of each route, however the template names its API."""
    found: set[tuple[str, str]] = set()
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::ApiGatewayV2::Route":
            stack, api = name, resource["Properties"]["ApiId"]
            if "Fn::GetStackOutput" in api:
                read = api["Fn::GetStackOutput"]
                stack = read["StackName"].removeprefix(prefix)
                api = deployed.get(stack, {}).get("Outputs", {}).get(read["OutputName"], {}).get("Value")
            found.add((f"{stack} {api}", resource["Properties"]["RouteKey"]))
    return found


def _update(name: str, old: Json, new: Json) -> _Update:
    before, after = old["Resources"], new["Resources"]
    refusals: list[str] = []
    replaced = _replaced(before, after)
    for id, resource in before.items():
        kind = resource["Type"]
        where = f"{name}/{id} ({kind})"
        if id not in after:
            kept = kind in DATA and not (
                _is_copy(resource) or _is_key_of_topics(resource) or _is_proof(resource)
            )
            if kept:
                refusals.append(f"{where} is dropped")
            continue
        if after[id]["Type"] != kind:
            refusals.append(f"{where} becomes a {after[id]['Type']}: the type of a resource cannot change")
            continue
        if id in replaced:
            if kind in DATA | HELD:
                refusals.append(f"{where} is replaced")
            elif name_of := _own_name(after[id]):
                refusals.append(f"{where} is replaced under the same name {name_of}")
        refusals += [f"{where} {refusal}" for refusal in _refused_in_place(resource, after[id])]
    return _Update(frozenset(replaced), refusals)


def _is_copy(resource: Json) -> bool:
    """Whether a resource holds only what another resource of its stack returns: nothing is lost with it."""
    value = resource.get("Properties", {}).get("SecretString")
    return resource["Type"] == "AWS::SecretsManager::Secret" and bool(_references(value))


def _is_key_of_topics(resource: Json) -> bool:
    """Whether a resource is a key that only EventBridge uses, for topics, which store no messages."""
    statements = resource.get("Properties", {}).get("KeyPolicy", {}).get("Statement", [])
    services = {s["Principal"]["Service"] for s in statements if "Service" in s["Principal"]}
    return services == {"events.amazonaws.com"}


def _is_proof(resource: Json) -> bool:
    """Whether a resource is a secret that the distribution only sends: another one takes its place."""
    description = resource.get("Properties", {}).get("Description", "")
    return resource["Type"] == "AWS::SecretsManager::Secret" and "Sent by CloudFront" in str(description)


def _replaced(before: Json, after: Json) -> set[str]:
    """The resources that are made anew: by a property that only a creation sets, or one that names such."""
    common = [id for id in before if id in after and before[id]["Type"] == after[id]["Type"]]
    replaced: set[str] = set()
    while True:
        found = {
            id
            for id in common
            if id not in replaced
            and any(
                _at(before[id], path) != _at(after[id], path) or _references(_at(after[id], path)) & replaced
                for path in _create_only(after[id]["Type"])
            )
        }
        if not found:
            return replaced
        replaced |= found


def _refused_in_place(old: Json, new: Json) -> Iterator[str]:
    for refused in REFUSED_IN_PLACE:
        if refused.type == old["Type"]:
            path = refused.path.split(".")
            before, after = _at(old, path), _at(new, path)
            if before is not None and after is not None and before != after:
                yield f"changes {refused.path} in place: {refused.page}"
    if old["Type"] == "AWS::DynamoDB::Table":
        indexes = [
            {index["IndexName"] for index in each["Properties"].get("GlobalSecondaryIndexes", ())}
            for each in (old, new)
        ]
        # "AWS::DynamoDB::Table", GlobalSecondaryIndexes.
        if len(indexes[0] ^ indexes[1]) > 1:
            yield "creates or deletes more than one index in one update"
    if old["Type"] == "AWS::ApiGatewayV2::Route":
        before, after = (each["Properties"] for each in (old, new))
        forgets = before.get("AuthorizationScopes") and "AuthorizationScopes" not in after
        if forgets and after.get("AuthorizationType") == "CUSTOM":
            yield "keeps scopes beside an authoriser that takes none (aws/aws-cdk#27576)"
    if old["Type"] == "AWS::ApiGatewayV2::Stage":
        gone = (old["Properties"].get("RouteSettings") or {}).keys() - (
            new["Properties"].get("RouteSettings") or {}
        ).keys()
        if gone:
            yield f"leaves the settings of {', '.join(sorted(gone))} behind (serverless/serverless#8590)"


@cache
def _create_only(type: str) -> tuple[tuple[str, ...], ...]:
    """The properties of a type that only its creation sets, each as a path."""
    if type.startswith("Custom::"):
        return (("ServiceToken",),)
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", type).schema
    paths = [*schema.get("createOnlyProperties", ()), *schema.get("conditionalCreateOnlyProperties", ())]
    return tuple(tuple(path.removeprefix("/properties/").split("/")) for path in paths)


def _own_name(resource: Json) -> str | None:
    """The name a resource is given that must be unique: the identifier of its type, if it is set."""
    if resource["Type"].startswith("Custom::"):
        return None
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", resource["Type"]).schema
    identifier = schema.get("primaryIdentifier", [])
    if len(identifier) != 1:
        return None
    name = _at(resource, identifier[0].removeprefix("/properties/").split("/"))
    return json.dumps(name) if name is not None else None


def _at(resource: Json, path: Sequence[str]) -> Any:
    value: Any = resource.get("Properties", {})
    for part in path:
        if not isinstance(value, dict):
            return None
        value = value.get(part)
    return _plain(value)


# What both a template of any account and one of a named account mean by the same.
_PSEUDO = {"AWS::Region": "eu-west-1", "AWS::AccountId": "000000000000", "AWS::Partition": "aws"}


def _plain(value: Any) -> Any:
    """The value with pseudo parameters filled in, and with texts that are then whole joined."""
    match value:
        case {"Ref": str(name)} if name in _PSEUDO:
            return _PSEUDO[name]
        case {"Fn::Join": ["", [*parts]]}:
            plain = [_plain(part) for part in parts]
            joined: list[Any] = []
            for part in plain:
                if isinstance(part, str) and joined and isinstance(joined[-1], str):
                    joined[-1] += part
                else:
                    joined.append(part)
            return joined[0] if len(joined) == 1 else {"Fn::Join": ["", joined]}
        case {"Fn::Sub": str(text)}:
            return re.sub(r"\$\{(AWS::\w+)\}", lambda found: _PSEUDO.get(found[1], found[0]), text)
        case dict():
            return {key: _plain(each) for key, each in value.items()}
        case list():
            return [_plain(each) for each in value]
    return value


def _references(value: Any) -> set[str]:
    """The resources of the same stack that a value is made of."""
    found: set[str] = set()
    match value:
        case {"Ref": str(id)}:
            found.add(id)
        case {"Fn::GetAtt": [str(id), *_]}:
            found.add(id)
        case dict():
            for each in value.values():
                found |= _references(each)
        case list():
            for each in value:
                found |= _references(each)
    return found


def _exports(template: Json) -> dict[str, Any]:
    """export → its value."""
    return {
        output["Export"]["Name"]: output["Value"]
        for output in template.get("Outputs", {}).values()
        if "Export" in output
    }


def imports(template: Json) -> set[str]:
    """The exports that a template imports."""
    return {found["Fn::ImportValue"] for found in _functions(template, "Fn::ImportValue")}


def outputs_read(node: Any) -> list[Json]:
    """The outputs of other stacks that a part of a template reads, each as `Fn::GetStackOutput` names it."""
    return [found["Fn::GetStackOutput"] for found in _functions(node, "Fn::GetStackOutput")]


def _read(template: Json) -> Iterator[tuple[str, str]]:
    """The outputs that a template reads without holding them: stack, output."""
    for read in outputs_read(template):
        yield read["StackName"], read["OutputName"]


def _functions(node: Any, name: str) -> Iterator[Json]:
    if isinstance(node, dict):
        if name in node:
            yield node
        for value in node.values():
            yield from _functions(value, name)
    elif isinstance(node, list):
        for value in node:
            yield from _functions(value, name)
