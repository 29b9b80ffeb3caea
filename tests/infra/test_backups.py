"""Backups of the table by AWS Backup, and a restored table that takes the place of the stack's own."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from stacks.settings import STAGES, BackupEvery, Backups
from stacks.settings.checks.problems import problems
from tests.infra.cloudformation import imports
from tests.infra.switches import turned
from tests.synth import LOCAL_ISSUER, Json, Resource, Synthesised, synthesised, synthesised_with

_RESTORED = "arn:aws:dynamodb:eu-west-1:000000000000:table/orders-restored"


@pytest.fixture(scope="module")
def backed_up() -> Synthesised:
    """Stage dev with backups."""
    return turned("dev", "backups")


@pytest.fixture(scope="module")
def restored() -> Synthesised:
    """Stage dev with backups, and with a restored table in use."""
    return turned("dev", "restored table")


def _role(app: Synthesised) -> Resource:
    (role,) = (r for r in app.resources("AWS::IAM::Role") if r.id.startswith("BackupsRole"))
    return role


def _statements(app: Synthesised) -> list[Json]:
    (policy,) = _role(app).properties["Policies"]
    statements: list[Json] = policy["PolicyDocument"]["Statement"]
    return statements


def _rule(app: Synthesised) -> Json:
    (rule,) = app.one("AWS::Backup::BackupPlan").properties["BackupPlan"]["BackupPlanRule"]
    found: Json = rule
    return found


# -- the vault ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", ["dev", "staging", "prod"])
def test_vault_and_role_exist_whether_backups_are_on_or_off(stage: str) -> None:
    """A vault with a backup in it cannot be deleted ("Delete a backup vault", AWS Backup).

    If it came and went with the setting, CloudFormation would leave it behind and find its name taken later.
    """
    app = synthesised(stage)
    assert app.resources("AWS::Backup::BackupPlan", "AWS::Backup::BackupSelection") == []
    kept = "RetainExceptOnCreate" if stage == "prod" else "Delete"
    for resource in (app.one("AWS::Backup::BackupVault"), _role(app)):
        assert resource.body["DeletionPolicy"] == kept


def test_vault_and_role_are_the_same_with_every_setting_of_backups(backed_up: Synthesised) -> None:
    off = synthesised("dev")
    assert backed_up.one("AWS::Backup::BackupVault") == off.one("AWS::Backup::BackupVault")
    assert _role(backed_up) == _role(off)


def test_name_of_the_vault_is_valid_and_never_taken(backed_up: Synthesised) -> None:
    """ "^[a-zA-Z0-9-_]{2,50}$" (CreateBackupVault, AWS Backup API); a retained vault keeps its name."""
    name = backed_up.one("AWS::Backup::BackupVault").properties["BackupVaultName"]
    assert "AWS::StackId" in json.dumps(name)
    longest = f"orders-{'x' * 20}-{'0' * 8}"
    assert re.fullmatch("[a-zA-Z0-9_-]{2,50}", longest)


# -- the plan ----------------------------------------------------------------------------------------------

_MINUTE_AND_HOUR = "0 3"


@pytest.mark.parametrize(
    ("every", "cron"),
    [
        (BackupEvery.DAY, f"cron({_MINUTE_AND_HOUR} * * ? *)"),
        (BackupEvery.WEEK, f"cron({_MINUTE_AND_HOUR} ? * SUN *)"),
        (BackupEvery.MONTH, f"cron({_MINUTE_AND_HOUR} 1 * ? *)"),
    ],
)
def test_plan_backs_the_table_up_as_often_as_the_setting_says(every: BackupEvery, cron: str) -> None:
    app = synthesised_with(replace(STAGES["dev"], backups=Backups(every, 100)), checks=False)
    rule = _rule(app)
    assert (rule["ScheduleExpression"], rule["Lifecycle"]) == (cron, {"DeleteAfterDays": 100})
    # "Moving to cold storage" needs an opt-in, and ninety days there are paid at least.
    assert "MoveToColdStorageAfterDays" not in rule["Lifecycle"]


def test_job_may_start_late_and_ends_within_a_day(backed_up: Synthesised) -> None:
    """ "A start window must be at least 60 minutes" (BackupRule, AWS Backup API)."""
    rule = _rule(backed_up)
    assert 60 <= rule["StartWindowMinutes"] < rule["CompletionWindowMinutes"] <= 24 * 60


def test_table_is_selected_by_its_arn(backed_up: Synthesised) -> None:
    """By a tag, nothing is backed up without the region's opt-in ("UpdateRegionSettings", AWS Backup API)."""
    selection = backed_up.one("AWS::Backup::BackupSelection").properties["BackupSelection"]
    assert selection.keys() == {"SelectionName", "IamRoleArn", "Resources"}
    (resource,) = selection["Resources"]
    table, attribute = resource["Fn::GetAtt"]
    assert (table[:5], attribute) == ("Table", "Arn")


# -- the role ----------------------------------------------------------------------------------------------


def test_role_may_back_up_and_delete_backups_of_this_table_only(backed_up: Synthesised) -> None:
    """The statements for DynamoDB of AWSBackupServiceRolePolicyForBackup ("Managed policies", AWS Backup)."""
    on_table, on_backups, with_keys = _statements(backed_up)
    assert set(on_table["Action"]) == {
        "dynamodb:DescribeTable",
        "dynamodb:CreateBackup",
        "dynamodb:StartAwsBackupJob",
        "dynamodb:ListTagsOfResource",
    }
    assert set(on_backups["Action"]) == {"dynamodb:DescribeBackup", "dynamodb:DeleteBackup"}
    arn = on_table["Resource"]
    assert arn["Fn::GetAtt"][0].startswith("Table")
    assert on_backups["Resource"] == {"Fn::Join": ["", [arn, "/backup/*"]]}
    assert set(with_keys["Action"]) == {"kms:Decrypt", "kms:GenerateDataKey"}
    assert with_keys["Condition"] == {"StringLike": {"kms:ViaService": "dynamodb.*.amazonaws.com"}}


def test_only_aws_backup_can_assume_the_role(backed_up: Synthesised) -> None:
    (trust,) = _role(backed_up).properties["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "backup.amazonaws.com"}


def test_role_cannot_restore(backed_up: Synthesised) -> None:
    assert "Restore" not in json.dumps(_statements(backed_up))


# -- the local stage ---------------------------------------------------------------------------------------


def test_local_stage_has_no_vault_and_refuses_the_setting() -> None:
    local = replace(STAGES["local"], issuer=LOCAL_ISSUER)
    types = {r.type for r in synthesised_with(local, checks=False).resources()}
    assert not any(each.startswith("AWS::Backup::") for each in types)
    found = list(problems(replace(local, backups=Backups(BackupEvery.DAY, 35)), is_example=False))
    assert found == ["- backups: the local engine makes none; set backups=None in stage local"]


# -- a restored table --------------------------------------------------------------------------------------


def _places_of(text: str, node: Any) -> Iterator[str]:
    if isinstance(node, str) and text in node:
        yield node
    elif isinstance(node, dict):
        for each in node.values():
            yield from _places_of(text, each)
    elif isinstance(node, list):
        for each in node:
            yield from _places_of(text, each)


def test_every_function_uses_the_restored_table(restored: Synthesised) -> None:
    for function in restored.functions():
        variables = function.properties["Environment"]["Variables"]
        assert variables["TABLE_NAME"] == "orders-restored", function.id


def test_the_stacks_import_nothing_of_the_own_table(restored: Synthesised) -> None:
    own = {
        output["Export"]["Name"]
        for output in restored.templates["data"]["Outputs"].values()
        if "Export" in output
        and json.dumps(output["Value"]).startswith(('{"Ref": "Table', '{"Fn::GetAtt": ["Table'))
    }
    assert len(own) == 3
    assert {name for stack in restored.templates.values() for name in imports(stack)} & own == set()


def test_own_table_stays_as_it_is_while_a_restored_one_is_in_use(restored: Synthesised) -> None:
    """The setting removes nothing, so it can be turned off again."""

    def own(app: Synthesised) -> Json:
        (table,) = (r.body for r in app.resources("AWS::DynamoDB::Table") if r.id.startswith("Table"))
        return table

    assert own(restored) == own(synthesised("dev"))


def test_changes_are_read_from_the_stream_of_the_restored_table(restored: Synthesised) -> None:
    (mapping,) = (
        r.properties
        for r in restored.resources("AWS::Lambda::EventSourceMapping")
        if "StartingPosition" in r.properties
    )
    assert mapping["EventSourceArn"] == f"{_RESTORED}/stream/2026-11-28T10:00:00.000"
    # Otherwise a change that was written before the deployment would not be published.
    assert mapping["StartingPosition"] == "TRIM_HORIZON"


def test_policies_alarm_output_and_backups_follow_the_restored_table(restored: Synthesised) -> None:
    assert restored.outputs()["TableName"] == "orders-restored"
    (alarm,) = (r for r in restored.resources("AWS::CloudWatch::Alarm") if r.id.startswith("TableThrottled"))
    assert "orders-restored" in json.dumps(alarm.properties["Metrics"])
    selected = restored.one("AWS::Backup::BackupSelection").properties["BackupSelection"]["Resources"]
    assert selected == [_RESTORED]
    policies = [r.properties for r in restored.resources("AWS::IAM::Policy")]
    named = {place for policy in policies for place in _places_of(":table/", policy)}
    assert {place.removeprefix(_RESTORED).rpartition("/stream")[1] or place for place in named} == {
        "/stream",
        _RESTORED,
        f"{_RESTORED}/index/GSI1",
        f"{_RESTORED}/index/GSI2",
        f"{_RESTORED}/index/GSI3",
    }


def test_backups_of_the_own_table_can_still_be_deleted(restored: Synthesised) -> None:
    """ "EXPIRED": what the role may not delete is billed until a person deletes it (DeleteRecoveryPoint)."""
    _, on_backups, _ = _statements(restored)
    assert len(on_backups["Resource"]) == 2
