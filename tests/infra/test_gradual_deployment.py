"""Where the settings ask for it, CodeDeploy moves the aliases, and alarms roll them back."""

import json
from collections.abc import Iterator

import pytest

from stacks.alarms import FIVE_MINUTES
from stacks.settings import GRADUAL_MINUTES, STAGES
from tests.infra.alarms import alarms, rings
from tests.infra.documented import function as of_function
from tests.infra.switches import turned
from tests.synth import Json, Resource, Synthesised, synthesised

GRADUAL = ("staging", "prod")


@pytest.fixture(params=GRADUAL)
def gradual(request: pytest.FixtureRequest) -> Synthesised:
    """A stage whose functions are deployed gradually."""
    return synthesised(request.param)


def _groups(app: Synthesised) -> list[Resource]:
    return app.resources("AWS::CodeDeploy::DeploymentGroup")


def _aliases(app: Synthesised, stack: str) -> list[Resource]:
    return [r for r in app.resources("AWS::Lambda::Alias") if r.stack == stack]


def test_staging_and_prod_are_deployed_gradually_and_other_stages_at_once() -> None:
    assert {stage for stage, settings in STAGES.items() if settings.gradual_minutes} == set(GRADUAL)
    for stage in STAGES.keys() - set(GRADUAL):
        assert _groups(synthesised(stage)) == []


def test_every_function_of_the_api_and_the_saga_has_a_deployment_group(gradual: Synthesised) -> None:
    groups = {(group.stack, group.id) for group in _groups(gradual)}
    for stack in ("api", "saga"):
        for alias in _aliases(gradual, stack):
            policy = alias.body["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
            named = (stack, policy["DeploymentGroupName"]["Ref"])
            assert named in groups
            groups.remove(named)
    assert groups == set(), "a group without an alias"


def test_one_in_ten_invocations_runs_the_new_version_for_the_minutes_of_the_settings(
    gradual: Synthesised,
) -> None:
    minutes = gradual.settings.gradual_minutes
    names = {group.properties["DeploymentConfigName"] for group in _groups(gradual)}
    assert names == {f"CodeDeployDefault.LambdaCanary10Percent{minutes}Minutes"}


def test_alarms_look_back_no_longer_than_the_shortest_deployment_takes(gradual: Synthesised) -> None:
    own = [alarm for name, alarm in alarms(gradual).items() if name.endswith(("Rollback", "ApiFaults"))]
    longest = max(alarm["Period"] * alarm["EvaluationPeriods"] for alarm in own)
    assert longest == FIVE_MINUTES.to_seconds() <= min(GRADUAL_MINUTES) * 60


def _named_alarms(group: Resource, app: Synthesised) -> Iterator[Json]:
    for alarm in group.properties["AlarmConfiguration"]["Alarms"]:
        resource = app.templates[group.stack]["Resources"][alarm["Name"]["Ref"]]
        assert resource["Type"] == "AWS::CloudWatch::Alarm"
        yield resource


def test_every_group_is_rolled_back_by_alarms_of_its_own_stack(gradual: Synthesised) -> None:
    for group in _groups(gradual):
        # "AlarmConfiguration" (AWS CodeDeploy API Reference): a deployment group has at most ten.
        assert 1 <= len(list(_named_alarms(group, gradual))) <= 10
        assert group.properties["AlarmConfiguration"]["Enabled"] is True
        assert "DEPLOYMENT_STOP_ON_ALARM" in group.properties["AutoRollbackConfiguration"]["Events"]


def test_api_is_rolled_back_by_its_faults(gradual: Synthesised) -> None:
    """The API's handlers turn an exception into a 500, which is no error of the function."""
    for group in (g for g in _groups(gradual) if g.stack == "api"):
        assert [a["Properties"]["MetricName"] for a in _named_alarms(group, gradual)] == ["5xx"]


def test_each_function_of_the_saga_is_rolled_back_by_errors_of_its_new_version(gradual: Synthesised) -> None:
    """The state machine retries a step, mostly with the old version, so that executions succeed."""
    resources = gradual.templates["saga"]["Resources"]
    for group in (g for g in _groups(gradual) if g.stack == "saga"):
        (own,) = _named_alarms(group, gradual)
        dimensions = {each["Name"]: each["Value"] for each in own["Properties"]["Dimensions"]}
        function = dimensions["FunctionName"]["Ref"]
        assert dimensions["Resource"] == {"Fn::Join": ["", [{"Ref": function}, ":live"]]}
        version = resources[dimensions["ExecutedVersion"]["Fn::GetAtt"][0]]["Properties"]
        assert version["FunctionName"] == {"Ref": function}
        (alias,) = (
            alias
            for alias in _aliases(gradual, "saga")
            if alias.body["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]["DeploymentGroupName"]
            == {"Ref": group.id}
        )
        assert alias.properties["FunctionName"] == {"Ref": function}
        assert alias.properties["FunctionVersion"] == dimensions["ExecutedVersion"]


def test_rollback_alarm_ignores_a_few_errors_and_notifies_no_one(gradual: Synthesised) -> None:
    own = {name: alarm for name, alarm in alarms(gradual).items() if name.endswith("Rollback")}
    assert len(own) == len(_aliases(gradual, "saga"))
    for alarm in own.values():
        assert not rings(alarm, [of_function(errors=5)])
        assert rings(alarm, [of_function(errors=6)])
        # No invocation of a shared alias has no point: before and after a deployment, nothing is wrong.
        assert not rings(alarm, [{}])
        assert "AlarmActions" not in alarm


def test_codedeploy_may_move_the_alias_of_its_function_and_nothing_else(gradual: Synthesised) -> None:
    moved = set()
    for group in _groups(gradual):
        role = gradual.templates[group.stack]["Resources"][
            group.properties["ServiceRoleArn"]["Fn::GetAtt"][0]
        ]
        assert "ManagedPolicyArns" not in role["Properties"]
        (policy,) = role["Properties"]["Policies"]
        actions = {
            action: statement["Resource"]
            for statement in policy["PolicyDocument"]["Statement"]
            for action in (
                [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
            )
        }
        assert actions.keys() == {
            "lambda:GetAlias",
            "lambda:UpdateAlias",
            "lambda:GetProvisionedConcurrencyConfig",
            "cloudwatch:DescribeAlarms",
        }
        moved.add(actions["lambda:UpdateAlias"]["Fn::GetAtt"][0])
        (trust,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        assert trust["Principal"] == {"Service": "codedeploy.amazonaws.com"}
        assert "aws:SourceAccount" in trust["Condition"]["StringEquals"]
    assert moved == {f.id for f in gradual.functions() if f.stack in ("api", "saga")}


def test_at_most_ten_aliases_of_a_stack_move_at_once(gradual: Synthesised) -> None:
    """Each deployment calls Lambda's control plane: fifteen requests a second ("Lambda quotas")."""
    for stack in ("api", "saga"):
        aliases = {alias.id: alias for alias in _aliases(gradual, stack)}
        depths: dict[str, int] = {}

        def depth(id: str, aliases: dict[str, Resource] = aliases, depths: dict[str, int] = depths) -> int:
            if id not in depths:
                before = [each for each in aliases[id].body.get("DependsOn", []) if each in aliases]
                depths[id] = 1 + max((depth(each) for each in before), default=0)
            return depths[id]

        waves = [depth(id) for id in aliases]
        assert max(waves.count(wave) for wave in waves) <= 10


def test_no_deployment_group_depends_on_its_alias(gradual: Synthesised) -> None:
    """The alias names its group, so the reverse would be a circle, which CloudFormation refuses."""
    for stack in ("api", "saga"):
        names = {alias.id for alias in _aliases(gradual, stack)}
        for id, resource in gradual.templates[stack]["Resources"].items():
            if id.startswith("Gradual") or resource["Type"] == "AWS::CodeDeploy::DeploymentGroup":
                assert not [name for name in names if f'"{name}"' in json.dumps(resource)], id


def test_codedeploy_has_a_configuration_of_each_length() -> None:
    app = turned("dev", "gradual")
    assert app.settings.gradual_minutes in GRADUAL_MINUTES
    assert {group.properties["DeploymentConfigName"] for group in _groups(app)} == {
        "CodeDeployDefault.LambdaCanary10Percent10Minutes"
    }
