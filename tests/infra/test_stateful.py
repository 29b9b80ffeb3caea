"""Resources that hold data keep their logical ids, and are retained and protected in prod."""

import copy

import pytest

from tests.infra import stateful
from tests.infra.cloudformation import DATA
from tests.infra.switches import turned
from tests.synth import synthesised

# Not retained in prod, although they hold something. The stacks' termination protection keeps them.
NOT_RETAINED = {
    "AWS::KMS::Key": "It encrypts alarms on their way; no stored data depends on it.",
    "AWS::SecretsManager::Secret": "A new key makes clients start lists again at the first page.",
}


@pytest.mark.parametrize("stage", [*stateful.STAGES, stateful.EVERYTHING])
def test_no_resource_with_data_changes_its_logical_id_unacknowledged(stage: str) -> None:
    now = stateful.stateful(stateful.app_of(stage))
    assert stateful.lost({stage: stateful.recorded()[stage]}, {stage: now}) == []
    assert now == stateful.recorded()[stage], ".venv/bin/python -m tests.infra.stateful"


@pytest.mark.parametrize("switch", ["mail", "warehouse", "edge", "web", "public events", "customer key"])
def test_resources_of_a_setting_that_a_stage_leaves_off_are_recorded(switch: str) -> None:
    found = stateful.stateful(turned("dev", switch))
    added = found.keys() - stateful.recorded()["dev"].keys()
    assert added
    assert added <= stateful.recorded()[stateful.EVERYTHING].keys()


def test_lost_or_changed_resource_needs_a_reason() -> None:
    before = stateful.recorded()
    after = copy.deepcopy(before)
    table = next(id for id, each in after["prod"].items() if each["type"] == "AWS::DynamoDB::Table")
    after["prod"][f"{table}Renamed"] = after["prod"].pop(table)
    bucket = next(id for id, each in after["prod"].items() if each["type"] == "AWS::S3::Bucket")
    after["prod"][bucket] |= {"removed": "Delete"}
    assert sorted(stateful.lost(before, after)) == sorted(
        [
            f"prod: {table} (AWS::DynamoDB::Table) has gone",
            f"prod: {bucket} (AWS::S3::Bucket) has changed",
        ]
    )


def test_data_and_logs_of_prod_are_retained_unless_a_reason_is_given() -> None:
    for id, resource in stateful.stateful(synthesised("prod")).items():
        if resource["type"] in DATA - NOT_RETAINED.keys() or resource["type"] == "AWS::Logs::LogGroup":
            assert resource["removed"] == "RetainExceptOnCreate", id


def test_every_stateful_stack_of_prod_is_protected_from_termination() -> None:
    prod = synthesised("prod")
    stacks = {id.partition("/")[0] for id in stateful.stateful(prod)}
    assert all(prod.stacks[stack]["terminationProtection"] for stack in stacks)
