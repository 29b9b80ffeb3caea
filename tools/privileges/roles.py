"""The roles of a synthesised stage, each with what its policies allow."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tools.audit.templates import Json, Template
from tools.privileges.policy import Role
from tools.privileges.references import Name, documents, referred, resolved

EMPTYING = "emptying of buckets"
"""The role of aws-cdk-lib's function that empties a bucket. The bucket's policy allows what it does."""


def roles(stage: Sequence[Template], name: Name) -> dict[str, Role]:
    """Returns the roles of a stage by name: the name of the handler, or the role's own logical id.

    `name` names the resources in the ARNs of their policies.
    """
    found: dict[str, Role] = {}
    for template in stage:
        handlers = _handlers(template)
        for id, resource in template.body["Resources"].items():
            if resource["Type"] == "AWS::IAM::Role":
                policies = [
                    resolved(document, template, stage, name)
                    for part in (resource["Properties"].get("Policies", []), *_attached(template, id))
                    for document in documents(part)
                ]
                role = Role(handlers.get(id, id[:-8]), policies)
                found[role.name] = role
    return found


def functions(stage: Sequence[Template]) -> Iterator[tuple[str, Template, str, Json]]:
    """Yields each function: its handler, its template, its logical id, and its properties."""
    for template in stage:
        for id, resource in template.body["Resources"].items():
            if resource["Type"] == "AWS::Lambda::Function":
                properties = resource["Properties"]
                yield properties["Handler"].removesuffix(".handler"), template, id, properties


def names(stage: Sequence[Template], environment: Mapping[str, str]) -> dict[tuple[str, str], str]:
    """Returns the names of resources, by stack and logical id, from the functions' environment variables.

    In the template a variable refers to a resource; in `environment` the same variable has its name.

    Raises ValueError if one variable refers to different resources in two functions.
    """
    found: dict[tuple[str, str], str] = {}
    owners: dict[str, tuple[str, str]] = {}
    for _, template, _, properties in functions(stage):
        for variable, value in properties.get("Environment", {}).get("Variables", {}).items():
            # The variables of the SDK contain addresses and no names.
            if variable not in environment or isinstance(value, str) or variable.startswith("AWS_"):
                continue
            referenced = {(owner.stack, id) for owner, id in referred(value, template, stage)}
            if len(referenced) != 1:
                # The value is composed of several parts, as the list of issuers is.
                continue
            (key,) = referenced
            if owners.setdefault(variable, key) != key:
                raise ValueError(f"{variable} is {owners[variable]} for one function, {key} for another")
            # The last part of a name, of an ARN, or of a queue's URL.
            found[key] = environment[variable].replace("/", ":").rpartition(":")[2]
    return found


def _handlers(template: Template) -> dict[str, str]:
    """Returns role → the handler of its function."""
    return {
        properties["Role"]["Fn::GetAtt"][0]: EMPTYING if handler == "index" else handler
        for handler, _, _, properties in functions([template])
    }


def _attached(template: Template, role: str) -> Iterator[Any]:
    for resource in template.body["Resources"].values():
        if resource["Type"] == "AWS::IAM::Policy" and {"Ref": role} in resource["Properties"]["Roles"]:
            yield resource["Properties"]["PolicyDocument"]
