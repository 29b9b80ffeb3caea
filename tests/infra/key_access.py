"""Which roles of deployed templates use what a customer's key encrypts, and may not use that key."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from tests.support.key_requests import use_of_key, uses_of_key
from tests.synth import Json
from tools.audit.templates import Template
from tools.privileges.policy import Role
from tools.privileges.references import arn, resolved
from tools.privileges.roles import roles

# Where a resource of a type names its key. The vault is used by AWS Backup by a grant of its own.
KEY_OF: Mapping[str, Sequence[str | int]] = {
    "AWS::DynamoDB::Table": ("SSESpecification", "KMSMasterKeyId"),
    "AWS::Logs::LogGroup": ("KmsKeyId",),
    "AWS::S3::Bucket": (
        "BucketEncryption",
        "ServerSideEncryptionConfiguration",
        0,
        "ServerSideEncryptionByDefault",
        "KMSMasterKeyID",
    ),
    "AWS::SQS::Queue": ("KmsMasterKeyId",),
    "AWS::SecretsManager::Secret": ("KmsKeyId",),
    "AWS::Events::Archive": ("KmsKeyIdentifier",),
    "AWS::Backup::BackupVault": ("EncryptionKeyArn",),
}
_USED_BY_ROLES = ("AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SQS::Queue", "AWS::SecretsManager::Secret")


def key_of(kind: str, properties: Json) -> Any:
    """Returns the key that a resource names in its template; None if it names none."""
    value: Any = properties
    for part in KEY_OF[kind]:
        if isinstance(part, int):
            value = value[part]
        elif part not in value:
            return None
        else:
            value = value[part]
    return value


def name(template: Template, id: str) -> str:
    """Returns a name for a resource that no other resource of the stage has."""
    return f"{template.stack}-{id}"


def stage_roles(stage: Sequence[Template]) -> dict[str, Role]:
    """Returns the roles of a stage."""
    return roles(stage, name)


def keys_by_arn(stage: Sequence[Template]) -> dict[str, str]:
    """ARN of an encrypted resource that roles use → the ARN of its key."""
    found: dict[str, str] = {}
    for template in stage:
        for id, resource in template.body["Resources"].items():
            if resource["Type"] in _USED_BY_ROLES:
                key = resolved(key_of(resource["Type"], resource["Properties"]), template, stage, name)
                if key and ":key/" in key:
                    found[arn(template, id, name)] = key
    return found


def uses(role: Role, keys: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Yields each use of a key that comes with what a role may do: the action, the service, and the key."""
    for grant in role.grants():
        service = grant.action.partition(":")[0]
        for encrypted, key in keys.items():
            if grant.resource == encrypted or grant.resource.startswith(f"{encrypted}/"):
                for action in uses_of_key(grant.action):
                    yield action, service, key


def _read(value: Any, outputs: Collection[tuple[str, str]]) -> Any:
    """Returns a template in which each output that is no longer there has been read before it went."""
    match value:
        case {"Fn::GetStackOutput": {"StackName": stack, "OutputName": output}}:
            return value if (stack, output) in outputs else f"{stack}-{output}"
        case dict():
            return {key: _read(each, outputs) for key, each in value.items()}
        case list():
            return [_read(each, outputs) for each in value]
    return value


def refused(deployed: Mapping[str, Json], prefix: str) -> list[str]:
    """Returns a line for each role that could not use what it may use, with these stacks deployed."""
    stage = prefix.split("-")[1]
    outputs = {
        (f"{prefix}{stack}", output) for stack, each in deployed.items() for output in each.get("Outputs", ())
    }
    templates = [Template(stage, stack, _read(body, outputs)) for stack, body in deployed.items()]
    keys = keys_by_arn(templates)
    if not keys:
        return []
    return sorted(
        {
            f"{role.name} may not use {key.rpartition('-')[2][:-8]} by {service}"
            for role in stage_roles(templates).values()
            for action, service, key in uses(role, keys)
            if role.decide(use_of_key(action, service, key)) is None
        }
    )
