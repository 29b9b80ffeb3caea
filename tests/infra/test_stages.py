"""The stages: what differs, what must be equal, and that each passes every rule."""

import json
from collections.abc import Iterator
from dataclasses import FrozenInstanceError, fields
from typing import Any

import pytest

from stacks.settings import STAGES, Settings, settings_for
from tests.synth import Synthesised, synthesised
from tests.synthesis import settings_of, synthesise

OUTPUTS = {
    "ApiUrl",
    "TableName",
    "SandboxTableName",
    "EventBusName",
    "StateMachineArn",
    "OrderQueueUrl",
    "OrderDeadLetterQueueUrl",
    "Issuer",
    "Audience",
}


def test_every_rule_of_both_packs_is_kept(app: Synthesised) -> None:
    assert app.findings == []


def test_the_stacks_are_named_after_their_stage(app: Synthesised) -> None:
    names = {"data", "events", "privacy", "saga", "api", "admin", "monitoring", "dashboards"} | (
        {"identity"} if not app.settings.local else set()
    )
    optional = ("media", "reporting", "realtime", "webhooks", "edge", "web")
    names |= {name for name in optional if getattr(app.settings, name)}
    assert {stack["stackName"] for stack in app.stacks.values()} == {
        f"orders-{app.settings.stage}-{name}" for name in names
    }


def test_the_outputs_that_others_read_are_there(app: Synthesised) -> None:
    assert set(app.outputs()) >= OUTPUTS


def test_no_two_stacks_export_an_output_of_the_same_name(app: Synthesised) -> None:
    names = [
        name
        for template in app.templates.values()
        for name, output in template.get("Outputs", {}).items()
        if "Export" not in output
    ]
    assert len(set(names)) == len(names)


def test_no_part_of_the_local_stage_refers_to_what_is_left_out() -> None:
    """Its deployment would fail; so would its synthesis, by cfn-lint."""
    for stack, template in synthesised("local").templates.items():
        known = {*template["Resources"], *template.get("Parameters", ())}
        assert {name for name in _references(template) if not name.startswith("AWS::")} <= known, stack


def _references(part: Any) -> Iterator[str]:
    """Yields the names of the resources and parameters that a part of a template refers to."""
    match part:
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), *_]}:
            yield name
        case dict():
            for each in part.values():
                yield from _references(each)
        case list():
            for each in part:
                yield from _references(each)


def test_local_stage_leaves_out_only_what_the_engine_lacks() -> None:
    made = {(resource.stack, resource.id) for resource in synthesised("local").resources()}
    left_out = {
        resource.type
        for resource in synthesised("dev").resources()
        if resource.stack not in ("identity", "dashboards")
        and (resource.stack, resource.id) not in made
        # Its id contains a digest of its function, which differs.
        and resource.type != "AWS::Lambda::Version"
        and "S3AutoDeleteObjects" not in resource.id
        and resource.type != "Custom::S3AutoDeleteObjects"
        and not resource.id.startswith("BackupsRole")
    }
    assert left_out == {
        "AWS::ApiGatewayV2::RouteResponse",
        "AWS::Backup::BackupVault",
        "AWS::Events::Archive",
        "AWS::EventSchemas::Registry",
        "AWS::EventSchemas::Schema",
        "AWS::CloudWatch::Alarm",
        "AWS::CloudWatch::CompositeAlarm",
        "AWS::Logs::Delivery",
        "AWS::Logs::DeliveryDestination",
        "AWS::Logs::DeliverySource",
        "AWS::SecretsManager::RotationSchedule",
        "AWS::StepFunctions::StateMachineAlias",
        "AWS::StepFunctions::StateMachineVersion",
    }
    assert not any(
        "Metrics" in r.properties for r in synthesised("local").resources("AWS::CloudWatch::Alarm")
    )


def test_templates_name_no_account_or_region_unless_the_settings_do(app: Synthesised) -> None:
    if app.settings.region:
        return
    for stack in app.templates.values():
        assert not [r for r in ("eu-west-1", "us-east-1") if r in json.dumps(stack)]


@pytest.mark.slow
def test_second_synthesis_gives_the_same_templates() -> None:
    again = synthesise(settings_of("dev"))
    assert again.templates == synthesised("dev").templates


# What only the owner of an account can fill in; `test_choices.py` tries them out.
OWNERS = {
    "account",
    "additional_issuers",
    "alarm_receivers",
    "backups",
    "budget",
    "domain",
    "encryption",
    "high_value_orders",
    "machine_clients",
    "lambda_authoriser",
    "payments",
    "provisioned_concurrency",
    "public_events",
    "region",
    "reserved_concurrency",
    "restored_table",
    "shipping",
    "snap_start",
    "user_pool_plan",
    "warehouse",
    "warm_throughput",
    "web",
    "web_client",
}


def test_every_setting_differs_between_two_stages() -> None:
    for field in fields(Settings):
        values = {
            repr(getattr(settings_for(stage, "http://127.0.0.1:1" if stage == "local" else None), field.name))
            for stage in STAGES
        }
        assert len(values) > 1 or field.name in OWNERS, f"{field.name} is no setting"


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        STAGES["dev"].stage = "prod"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("stage", "issuer", "says"),
    [
        (
            "production",
            None,
            "There is no stage 'production': -c stage= must be one of local, dev, staging, prod",
        ),
        ("local", None, "add -c issuer="),
        ("prod", "http://127.0.0.1:1", "are for stage local only"),
    ],
)
def test_wrong_context_is_refused_with_a_remedy(stage: str, issuer: str | None, says: str) -> None:
    with pytest.raises(SystemExit, match=says):
        settings_for(stage, issuer)
