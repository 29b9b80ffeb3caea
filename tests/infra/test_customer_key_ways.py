"""The customer's key is turned on, off and replaced without an outage, and old data stays readable.

A role that may use a table, but not the table's key, fails at every call. The data stack is deployed minutes
before the others, so each role must get the permission in a deployment before the one that encrypts.
"""

from dataclasses import replace
from functools import cache

import pytest

from stacks.settings import STAGES, CustomerKey
from stacks.settings.protection import with_examples
from tests.infra.cloudformation import Stage, deploy
from tests.infra.key_access import KEY_OF, key_of, stage_roles
from tests.infra.switches import SWITCHES
from tests.support.key_requests import use_of_key
from tests.synth import Json, Synthesised, synthesised_with
from tools.audit.templates import Template

ON = CustomerKey()
PREPARED = CustomerKey(new_data=False)
REPLACING = CustomerKey(new_data=False, numbers=(1, 2))
REPLACED = CustomerKey(numbers=(1, 2))
WITHOUT_THE_FIRST = CustomerKey(numbers=(2,))


@cache
def _app(stage: str, key: CustomerKey | None) -> Synthesised:
    everything = SWITCHES["mail, backups, canary"](with_examples(STAGES[stage]))
    return synthesised_with(replace(everything, encryption=key), checks=False)


def _stage(stage: str, key: CustomerKey | None) -> Stage:
    app = _app(stage, key)
    return Stage(app.order, app.templates)


def _deployed(stage: str, *keys: CustomerKey | None) -> tuple[dict[str, Json], list[str]]:
    """What is deployed after these settings in turn, and what was refused."""
    deployed: dict[str, Json] = {}
    refusals = [
        each for key in keys for each in deploy(deployed, _stage(stage, key), prefix=f"orders-{stage}-")
    ]
    return deployed, refusals


@pytest.mark.parametrize("stage", ["dev", "prod"])
@pytest.mark.parametrize(
    "keys",
    [
        pytest.param((ON,), id="from the first deployment"),
        pytest.param((None, PREPARED, ON), id="on"),
        pytest.param((ON, PREPARED, ON), id="off and on again"),
        pytest.param((ON, REPLACING, REPLACED), id="replaced"),
    ],
)
def test_key_can_be_turned_on_off_and_replaced(stage: str, keys: tuple[CustomerKey | None, ...]) -> None:
    _, refusals = _deployed(stage, *keys)
    assert refusals == []


def test_key_that_is_turned_on_at_once_would_stop_every_function_in_the_meantime() -> None:
    """This is why the way has two steps; `make preflight` refuses the one (`tools/preflight`)."""
    _, refusals = _deployed("dev", None, ON)
    assert any(each.startswith("place_order may not use Key1 by dynamodb") for each in refusals)
    assert any(each.startswith("reconcile_orders may not use") for each in refusals)


def test_key_that_is_replaced_at_once_would_stop_every_function_in_the_meantime() -> None:
    _, refusals = _deployed("dev", ON, REPLACED)
    assert any(each.startswith("place_order may not use Key2 by dynamodb") for each in refusals)


@pytest.mark.parametrize(("first", "then"), [(PREPARED, None), (REPLACED, WITHOUT_THE_FIRST)])
def test_only_the_vault_goes_when_a_key_is_given_up(first: CustomerKey, then: CustomerKey | None) -> None:
    """Its backups are kept in prod; docs/deploying.md says when a key may be given up."""
    _, refusals = _deployed("prod", ON, *((REPLACING,) if first is REPLACED else ()), first, then)
    vault = "data/BackupsVaultOfKey1"
    kept = "encryption/Key1" if then else None
    assert len(refusals) == (2 if kept else 1)
    for each in refusals:
        assert each.endswith("is dropped")
        assert each.startswith((vault, *((kept,) if kept else ())))
    template = _app("prod", first).templates
    for stack, type in (("data", "AWS::Backup::BackupVault"), ("encryption", "AWS::KMS::Key")):
        for resource in template[stack]["Resources"].values():
            if resource["Type"] == type:
                assert resource["DeletionPolicy"] == "RetainExceptOnCreate"


def test_stack_of_the_keys_stays_deployed_when_the_setting_is_removed() -> None:
    """ "cdk deploy" removes no stack: the key and its policy stay, so logs and messages stay readable."""
    deployed, _ = _deployed("dev", PREPARED, None)
    assert deployed["encryption"] == _app("dev", PREPARED).templates["encryption"]
    assert "encryption" not in _app("dev", None).templates


@pytest.mark.parametrize("key", [PREPARED, REPLACING])
def test_new_data_gets_keys_of_aws_and_old_data_stays_readable(key: CustomerKey) -> None:
    """Explicit values, because an update that leaves a property out may keep the key.

    "UpdateTable" (SSESpecification), "UpdateSecret" (KmsKeyId), "UpdateArchive" (KmsKeyIdentifier).
    """
    app = _app("dev", key)
    used = {
        r.type: key_of(r.type, r.properties)
        for r in app.resources(*KEY_OF)
        if r.stack != "encryption" and not r.id.startswith("BackupsVaultOf")
    }
    assert used == dict.fromkeys(KEY_OF) | {
        "AWS::SecretsManager::Secret": "alias/aws/secretsmanager",
        "AWS::Events::Archive": "",
    }
    for table in app.resources("AWS::DynamoDB::Table"):
        assert table.properties["SSESpecification"] == {"SSEEnabled": False}
    for queue in app.resources("AWS::SQS::Queue"):
        assert queue.properties["SqsManagedSseEnabled"] is True


@pytest.mark.parametrize("key", [ON, PREPARED, REPLACING, REPLACED])
def test_roles_have_the_same_permissions_for_every_key_whether_it_is_in_use(key: CustomerKey) -> None:
    templates = [Template("dev", stack, body) for stack, body in _app("dev", key).templates.items()]
    keys = {
        f"arn:aws:kms:eu-west-1:123456789012:key/encryption-{id}"
        for id, resource in _app("dev", key).templates["encryption"]["Resources"].items()
        if resource["Type"] == "AWS::KMS::Key"
    }
    assert len(keys) == len(key.numbers)
    roles = stage_roles(templates)
    for arn in keys:
        for role, action, service in (
            ("place_order", "Decrypt", "dynamodb"),
            ("drive_order", "Decrypt", "sqs"),
            ("reconcile_orders", "GenerateDataKey", "sqs"),
            ("publish_changes", "GenerateDataKey", "s3"),
            ("rotate_cursor_secret", "GenerateDataKey", "secretsmanager"),
            ("SweepRole", "GenerateDataKey", "sqs"),
            ("notify_customer", "Decrypt", "sqs"),
            ("notify_warehouse", "GenerateDataKey", "sqs"),
            ("fan_out_webhooks", "GenerateDataKey", "sqs"),
            ("record_sales", "Decrypt", "sqs"),
            ("make_daily_report", "GenerateDataKey", "s3"),
            ("make_daily_report", "Decrypt", "s3"),
            ("DailyReportRole", "GenerateDataKey", "sqs"),
            ("deliver_webhook", "Decrypt", "secretsmanager"),
        ):
            assert roles[role].decide(use_of_key(action, service, arn)) is not None, (role, action)
