"""Each function has a published version, which its alias `live` names; callers call the alias."""

import json
from dataclasses import replace

import pytest

from stacks.function import LIVE
from tests.infra.switches import turned
from tests.synth import Json, Resource, Synthesised, synthesised, synthesised_with

# Secrets Manager documents the ARN of a function only ("RotateSecret", AWS Secrets Manager API Reference).
CALLED_WITHOUT_ALIAS = {"rotate_cursor_secret"}


def _alias(app: Synthesised, function: Resource) -> Resource:
    (alias,) = (
        r
        for r in app.resources("AWS::Lambda::Alias")
        if (r.stack, r.properties["FunctionName"]) == (function.stack, {"Ref": function.id})
    )
    return alias


def test_every_function_has_a_version_that_its_live_alias_names(app: Synthesised) -> None:
    for function in app.functions():
        alias = _alias(app, function)
        assert alias.properties["Name"] == LIVE
        version = app.templates[function.stack]["Resources"][
            alias.properties["FunctionVersion"]["Fn::GetAtt"][0]
        ]
        assert version["Type"] == "AWS::Lambda::Version"
        assert version["Properties"]["FunctionName"] == {"Ref": function.id}


def test_every_permission_to_call_a_function_is_for_its_alias(app: Synthesised) -> None:
    permissions = app.resources("AWS::Lambda::Permission")
    rotations = [p for p in permissions if p.properties["Principal"] == "secretsmanager.amazonaws.com"]
    for permission in permissions:
        called = app.calls_live(permission.stack, permission.properties["FunctionName"])
        assert (called is None) == (permission in rotations), permission.id


def test_every_event_source_and_schedule_calls_an_alias(app: Synthesised) -> None:
    sources = app.resources("AWS::Lambda::EventSourceMapping")
    assert len(sources) >= 2
    for source in sources:
        assert app.calls_live(source.stack, source.properties["FunctionName"]), source.id
    schedules = app.resources("AWS::Scheduler::Schedule")
    called = {app.calls_live(each.stack, each.properties["Target"]["Arn"]) for each in schedules}
    assert called == _scheduled(app)


def _scheduled(app: Synthesised) -> set[str]:
    """The functions that a schedule calls."""
    by_setting = {
        "place_canary_order": app.settings.canary,
        "sweep_images": app.settings.media,
        "make_daily_report": app.settings.reporting,
    }
    return {"reconcile_orders", *(name for name, setting in by_setting.items() if setting)}


def test_asynchronous_settings_are_those_of_the_alias_that_a_schedule_calls(app: Synthesised) -> None:
    """ "Configuring error handling settings for asynchronous invocation": settings belong to a qualifier."""
    called = {
        app.calls_live(each.stack, each.properties["Qualifier"]): each.properties
        for each in app.resources("AWS::Lambda::EventInvokeConfig")
    }
    assert called.keys() == _scheduled(app)
    # A report that failed is retried: the next one is made a day later.
    retried = {name for name, config in called.items() if config["MaximumRetryAttempts"]}
    assert retried == {"make_daily_report"} & called.keys()
    for name in {"reconcile_orders", "make_daily_report"} & called.keys():
        assert "OnFailure" in called[name]["DestinationConfig"]


def test_lambda_authoriser_is_called_by_its_alias() -> None:
    app = turned("dev", "own authoriser")
    uri = app.one("AWS::ApiGatewayV2::Authorizer").properties["AuthorizerUri"]
    assert app.calls_live("api", uri) == "authorise_request"


def test_only_the_rotation_calls_a_function_without_its_alias(app: Synthesised) -> None:
    """By construction: whatever else names a function by its ARN is a policy or an alarm's dimension."""
    functions = {(f.stack, f.id): f.properties["Handler"].removesuffix(".handler") for f in app.functions()}
    callers = {
        "AWS::ApiGatewayV2::Integration",
        "AWS::ApiGatewayV2::Authorizer",
        "AWS::Lambda::EventSourceMapping",
        "AWS::Scheduler::Schedule",
        "AWS::SecretsManager::RotationSchedule",
        "AWS::StepFunctions::StateMachine",
    }
    called = {
        handler
        for resource in app.resources(*callers)
        for (stack, id), handler in functions.items()
        if stack == resource.stack and f'{{"Fn::GetAtt": ["{id}", "Arn"]}}' in json.dumps(resource.properties)
    }
    assert called == (set() if app.settings.local else CALLED_WITHOUT_ALIAS)


def _alias_in(uri: Json) -> Json:
    """The alias in a URI: an HTTP API has its ARN there, and a WebSocket API a path with it.

    An alias of another stack is read from an output of that stack.
    """
    if "Ref" in uri or "Fn::GetStackOutput" in uri:
        return uri
    references = (part for part in uri["Fn::Join"][1] if isinstance(part, dict))
    return next(each for each in references if not each["Ref"].startswith("AWS::"))


def test_integration_comes_after_every_permission_to_call_its_function(app: Synthesised) -> None:
    """Otherwise the API returns 500 until the permission exists."""
    for integration in app.resources("AWS::ApiGatewayV2::Integration"):
        resources = app.templates[integration.stack]["Resources"]
        alias = _alias_in(integration.properties["IntegrationUri"])
        permissions = {
            p.id
            for p in app.resources("AWS::Lambda::Permission")
            if p.stack == integration.stack and p.properties["FunctionName"] == alias
        }
        assert permissions
        assert permissions <= set(resources[integration.id]["DependsOn"])


def test_state_machine_is_started_by_its_alias_where_the_engine_knows_aliases(app: Synthesised) -> None:
    variables = app.function("drive_order").properties["Environment"]["Variables"]
    machine = app.one("AWS::StepFunctions::StateMachine")
    if app.settings.local:
        assert variables["STATE_MACHINE_ARN"] == {"Ref": machine.id}
        return
    alias = app.one("AWS::StepFunctions::StateMachineAlias")
    assert alias.properties["Name"] == LIVE
    assert variables["STATE_MACHINE_ARN"] == {"Fn::GetAtt": [alias.id, "Arn"]}


def test_call_of_the_alias_is_authorised_by_the_arn_of_its_state_machine(dev: Synthesised) -> None:
    """ "Authorization for versions and aliases in Step Functions workflows"."""
    machine = dev.one("AWS::StepFunctions::StateMachine").id
    (resource,) = (
        statement["Resource"]
        for policy in dev.resources("AWS::IAM::Policy")
        for statement in policy.properties["PolicyDocument"]["Statement"]
        if statement["Action"] == "states:StartSyncExecution"
    )
    assert resource == {"Ref": machine}


def test_each_revision_of_the_state_machine_is_a_version(dev: Synthesised) -> None:
    """StateMachineRevisionId is replaced by another one ("AWS::StepFunctions::StateMachineVersion")."""
    machine = dev.one("AWS::StepFunctions::StateMachine").id
    version = dev.one("AWS::StepFunctions::StateMachineVersion")
    assert version.properties["StateMachineRevisionId"] == {"Fn::GetAtt": [machine, "StateMachineRevisionId"]}
    alias = dev.one("AWS::StepFunctions::StateMachineAlias").properties
    assert alias["DeploymentPreference"] == {
        "StateMachineVersionArn": {"Fn::GetAtt": [version.id, "Arn"]},
        "Type": "ALL_AT_ONCE",
    }


def _versions(app: Synthesised) -> dict[str, str]:
    """handler → the logical id of its version."""
    return {
        function.properties["Handler"].removesuffix(".handler"): _alias(app, function).properties[
            "FunctionVersion"
        ]["Fn::GetAtt"][0]
        for function in app.functions()
    }


def test_unchanged_function_keeps_its_version() -> None:
    """ "Lambda doesn't publish a version if the function has not changed" (PublishVersion)."""
    drivers = turned("dev", "max_concurrent_drivers")
    before, after = _versions(synthesised("dev")), _versions(drivers)
    changed = {handler for handler, version in after.items() if before[handler] != version}
    # How many drivers run is the event source's setting, and a variable of the sweep alone.
    assert changed == {"reconcile_orders"}


def test_another_layer_is_another_version_of_every_function() -> None:
    before, after = _versions(turned("dev", "as it is")), _versions(turned("dev", "layers"))
    assert [handler for handler, version in after.items() if before[handler] == version] == []


@pytest.mark.parametrize("stage", ["dev", "staging", "prod"])
def test_stacks_are_within_the_limits_of_cloudformation(stage: str) -> None:
    """500 resources and 1 MB a template ("CloudFormation quotas").

    The api stack has 436 if a stage has every setting that adds some. Each route takes ten, or four if its
    function is in a stack of its own, as those of the queues are. So 50 are left for what comes.
    """
    app = synthesised(stage)
    settings = replace(
        app.settings,
        lambda_authoriser=True,
        gradual_minutes=5,
        provisioned_concurrency={"place_order": 1},
    )
    templates: dict[str, Json] = synthesised_with(settings, checks=False).templates
    for name, template in templates.items():
        assert len(template["Resources"]) <= 450, name
        assert len(json.dumps(template)) <= 500_000, name
