"""EventBridge's own log of the bus: errors alone, without the events, in a group that is kept like others."""

from typing import Any

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER  # type: ignore[import-untyped]

from tests.synth import PROJECT, Synthesised, synthesised

STAGES_IN_AWS = ("dev", "staging", "prod")


def _schema(type: str) -> dict[str, Any]:
    schema: dict[str, Any] = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", type).schema
    return schema


@pytest.fixture(params=STAGES_IN_AWS)
def stage(request: pytest.FixtureRequest) -> Synthesised:
    """Each stage that is deployed to AWS."""
    return synthesised(request.param)


def test_bus_logs_errors_without_the_events(stage: Synthesised) -> None:
    """ "FULL" would add the events and the requests ("Including detail data in event bus logs")."""
    bus = stage.one("AWS::Events::EventBus").properties
    assert bus["LogConfig"] == {"Level": "ERROR", "IncludeDetail": "NONE"}


def test_error_log_is_delivered_from_the_bus_to_its_group(stage: Synthesised) -> None:
    bus = stage.one("AWS::Events::EventBus")
    source = stage.one("AWS::Logs::DeliverySource")
    destination = stage.one("AWS::Logs::DeliveryDestination")
    delivery = stage.one("AWS::Logs::Delivery").properties
    (group,) = (r for r in stage.resources("AWS::Logs::LogGroup") if r.id.startswith("BusErrors"))
    assert source.properties["LogType"] == "ERROR_LOGS"
    assert source.properties["ResourceArn"] == {"Fn::GetAtt": [bus.id, "Arn"]}
    assert destination.properties["DestinationResourceArn"] == {"Fn::GetAtt": [group.id, "Arn"]}
    # Both must exist before the delivery (CreateDelivery): a reference orders them.
    assert delivery["DeliverySourceName"] == {"Ref": source.id}
    assert delivery["DeliveryDestinationArn"] == {"Fn::GetAtt": [destination.id, "Arn"]}
    kept = {each.properties["RetentionInDays"] for each in stage.resources("AWS::Logs::LogGroup")}
    assert kept == {group.properties["RetentionInDays"]}, "for as long as every other log"


def test_names_of_the_delivery_cannot_be_taken_by_an_earlier_stack(stage: Synthesised) -> None:
    """They are required, and "update requires: replacement" under the same name would be refused."""
    for type in ("AWS::Logs::DeliverySource", "AWS::Logs::DeliveryDestination"):
        assert "/properties/Name" in _schema(type)["createOnlyProperties"]
        assert "AWS::StackId" in str(stage.one(type).properties["Name"])


def test_setting_of_the_log_is_an_update_in_place() -> None:
    """So a bus that is deployed without it keeps its name, its rules and its archive."""
    created_only = _schema("AWS::Events::EventBus")["createOnlyProperties"]
    assert not [each for each in created_only if "LogConfig" in each]


def test_group_of_the_log_has_the_prefix_that_needs_no_longer_policy(stage: Synthesised) -> None:
    """ "Log group resource policy size limit considerations" (Amazon CloudWatch Logs)."""
    (group,) = (r for r in stage.resources("AWS::Logs::LogGroup") if r.id.startswith("BusErrors"))
    assert "/aws/vendedlogs/events/" in str(group.properties["LogGroupName"])
    assert stage.outputs()["EventBusLogGroupName"] == {"Ref": group.id}


def test_page_about_delivery_names_the_permission_that_a_limited_role_needs(stage: Synthesised) -> None:
    """The caller of PutDeliverySource needs `AllowVendedLogDeliveryForResource` on what sends the log
    ("Service-specific permissions", Amazon CloudWatch Logs). No role of this app creates the source:
    CloudFormation does, with a policy that the owner may limit (`cdk bootstrap`)."""
    arn = stage.one("AWS::Logs::DeliverySource").properties["ResourceArn"]
    bus = stage.one("AWS::Events::EventBus")
    assert arn == {"Fn::GetAtt": [bus.id, "Arn"]}
    page = (PROJECT / "docs" / "delivery.md").read_text()
    assert "`events:AllowVendedLogDeliveryForResource` on the event bus" in page
    # The pattern in the page covers the name of the bus.
    assert "event-bus/orders*" in page
    assert str(bus.properties["Name"]).startswith("orders")
