"""The schemas of the events in EventBridge's schema registry, where teams find them and generate code.

They are made from the committed description of the events. A changed content is an update without
interruption (AWS::EventSchemas::Schema, AWS CloudFormation User Guide) that adds a version; earlier versions
stay readable.

The registry costs nothing, but there are quotas on the registries of an account and on the versions of a
schema ("EventBridge Schema Registry quotas", Amazon EventBridge User Guide): hence one registry for each
stage, and schemas without examples. EventBridge deletes a schema that is inactive for two years
(UpdateSchema, Amazon EventBridge Schemas API Reference): the next change of its content would then fail. The
registry's name is generated, so that no earlier registry can have taken it.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from aws_cdk import CfnOutput
from aws_cdk import aws_eventschemas as eventschemas

from stacks.stack import OrderStack

DESCRIPTION = Path(__file__).resolve().parent.parent / "layers" / "ordering" / "http" / "asyncapi.json"

_SOURCE = "orders"
_SCHEMAS = "#/components/schemas/"
# EventBridge's own fields. By the extensions beside them, EventBridge's tools know the root of an event, its
# source and its type ("Amazon EventBridge schemas").
_ENVELOPE = {
    "account": {"type": "string"},
    "detail-type": {"type": "string"},
    "id": {"type": "string"},
    "region": {"type": "string"},
    "resources": {"type": "array", "items": {"type": "string"}},
    "source": {"type": "string"},
    "time": {"type": "string", "format": "date-time"},
    "version": {"type": "string"},
}


def register_schemas(stack: OrderStack) -> None:
    """Add the registry, and a schema for each event type."""
    registry = eventschemas.CfnRegistry(
        stack,
        "Schemas",
        description=f"Order events, {stack.settings.stage}",
    )
    document = json.loads(DESCRIPTION.read_text())
    for name, message in document["components"]["messages"].items():
        eventschemas.CfnSchema(
            stack,
            f"{name}Schema",
            registry_name=registry.attr_registry_name,
            # By EventBridge's convention: the source and the type.
            schema_name=f"{_SOURCE}@{name}",
            type="OpenApi3",
            description=message["summary"],
            content=json.dumps(schema_of(document, name)),
        )
    # The local engine has no registries, and an output must not refer to what is left out for it.
    if not stack.settings.local:
        CfnOutput(stack, "EventSchemasRegistryName", value=registry.attr_registry_name)


def schema_of(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Returns the OpenAPI 3.0 document of one event type, as the registry takes it."""
    schemas = document["components"]["schemas"]
    used = {name, *_used(schemas, schemas[name])}
    event = {
        "type": "object",
        "required": [*_ENVELOPE, "detail"],
        "x-amazon-events-detail-type": name,
        "x-amazon-events-source": _SOURCE,
        "properties": {**_ENVELOPE, "detail": {"$ref": f"{_SCHEMAS}{name}"}},
    }
    return {
        "openapi": "3.0.0",
        "info": {"version": "1.0.0", "title": name},
        "paths": {},
        "components": {
            "schemas": {"AWSEvent": event, **{each: _of_3_0(schemas[each]) for each in sorted(used)}}
        },
    }


def _used(schemas: Mapping[str, Any], schema: Any) -> Iterator[str]:
    """The names of the schemas that a schema refers to, directly or not."""
    if isinstance(schema, list):
        for part in schema:
            yield from _used(schemas, part)
    if isinstance(schema, dict):
        if "$ref" in schema:
            name = schema["$ref"].removeprefix(_SCHEMAS)
            yield name
            yield from _used(schemas, schemas[name])
        for part in schema.values():
            yield from _used(schemas, part)


def _of_3_0(schema: Any, *, are_properties: bool = False) -> Any:
    """Returns a schema without `examples`, which OpenAPI 3.0 does not have."""
    if isinstance(schema, list):
        return [_of_3_0(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: _of_3_0(part, are_properties=name == "properties" and not are_properties)
        for name, part in schema.items()
        if are_properties or name != "examples"
    }
