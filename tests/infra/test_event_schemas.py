"""The schemas of the events in EventBridge's schema registry."""

import json
import re

import pytest
from openapi_spec_validator import OpenAPIV30SpecValidator

from ordering.domain.events.types import EventType
from stacks.event_schemas import DESCRIPTION, schema_of
from tests.synth import Synthesised


def test_every_event_type_has_a_schema_in_the_registry(dev: Synthesised) -> None:
    names = {schema.properties["SchemaName"] for schema in dev.resources("AWS::EventSchemas::Schema")}
    assert names == {f"orders@{type}" for type in EventType}


def test_schemas_are_created_after_their_registry(dev: Synthesised) -> None:
    """And removed before it: a registry that has schemas cannot be deleted."""
    registry = dev.one("AWS::EventSchemas::Registry")
    for schema in dev.resources("AWS::EventSchemas::Schema"):
        assert schema.properties["RegistryName"] == {"Fn::GetAtt": [registry.id, "RegistryName"]}


def test_registry_has_a_generated_name(dev: Synthesised) -> None:
    """A creation that is repeated, or a replacement, finds no name taken."""
    assert "RegistryName" not in dev.one("AWS::EventSchemas::Registry").properties


def test_schema_keeps_to_the_limits_of_the_registry(dev: Synthesised) -> None:
    """UpdateSchema, Amazon EventBridge Schemas API Reference."""
    for schema in dev.resources("AWS::EventSchemas::Schema"):
        assert 1 <= len(schema.properties["Content"]) <= 100_000, schema.id
        assert len(schema.properties["Description"]) <= 256, schema.id
        assert re.fullmatch(r"[\w.@-]{1,385}", schema.properties["SchemaName"]), schema.id
        assert schema.properties["Type"] == "OpenApi3"


@pytest.mark.parametrize("type", EventType)
def test_registered_schema_is_openapi_3_0_and_describes_the_whole_event(type: EventType) -> None:
    schema = schema_of(json.loads(DESCRIPTION.read_text()), type)
    assert not list(OpenAPIV30SpecValidator(schema).iter_errors())
    event = schema["components"]["schemas"]["AWSEvent"]
    assert event["properties"]["detail"] == {"$ref": f"#/components/schemas/{type}"}
    assert (event["x-amazon-events-source"], event["x-amazon-events-detail-type"]) == ("orders", type)


def test_new_example_makes_no_new_version_of_a_schema() -> None:
    """The versions of a schema are limited ("EventBridge Schema Registry quotas")."""
    document = json.loads(DESCRIPTION.read_text())
    before = schema_of(document, "OrderPlaced")
    document["components"]["schemas"]["OrderPlaced"]["properties"]["orderId"]["examples"] = ["another"]
    document["components"]["messages"]["OrderPlaced"]["examples"] = []
    assert schema_of(document, "OrderPlaced") == before
