"""The setting `encryption`: what is encrypted with the customer's key, and who may use it for what."""

import json
from collections.abc import Iterator
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER  # type: ignore[import-untyped]

from stacks.settings import STAGES, CustomerKey
from stacks.settings.checks.problems import problems
from stacks.wildcards import (
    KEY_POLICY_ROOT,
    WHERE_A_KEY_IS_THE_CUSTOMERS,
    WHERE_A_WAREHOUSE_USES_THE_KEY,
    WHERE_IMAGES_USE_THE_KEY,
)
from tests.infra.key_access import KEY_OF, key_of, keys_by_arn, name, refused, stage_roles, uses
from tests.infra.switches import SWITCHES, WAREHOUSE, turned
from tests.support.key_requests import use_of_key
from tests.synth import LOCAL_ISSUER, PROJECT, Json, Resource, Synthesised, synthesised_with
from tools.audit.templates import Template
from tools.costs.idle_costs import idle_costs
from tools.privileges.references import resolved

# What could have a customer's key, and has none, by its type. docs/security.md has the reasons.
OTHER_KEY = {
    "AWS::Cognito::UserPool": "Its property is for triggers of our own that send codes; there are none.",
    "AWS::Events::EventBus": "EventBridge would accept events and lose them while the key is disabled.",
    "AWS::Lambda::EventSourceMapping": "It is for filter patterns, which contain names of attributes only.",
    "AWS::Lambda::Function": "Variables and code contain no secret and no data.",
    "AWS::SNS::Topic": "Alarms must be delivered while the key is disabled; topics store no events.",
    "AWS::Scheduler::Schedule": "Its input contains the time of the run only.",
    "AWS::SecretsManager::RotationSchedule": "It is for rotation functions of AWS; ours has its own role.",
    "AWS::StepFunctions::StateMachine": "An Express execution is not stored; its log is encrypted.",
}


@cache
def _with(key: CustomerKey | None) -> Synthesised:
    """Stage dev with everything that stores something."""
    everything = SWITCHES["mail, backups, canary"](STAGES["dev"])
    return synthesised_with(replace(everything, encryption=key), checks=False)


@pytest.fixture(scope="module")
def encrypted() -> Synthesised:
    """Stage dev, encrypted with the customer's key."""
    return _with(CustomerKey())


def _templates(app: Synthesised) -> list[Template]:
    return [Template("dev", stack, body) for stack, body in app.templates.items()]


def _stored(app: Synthesised) -> Iterator[tuple[Resource, str]]:
    """Each resource that can have a key, with the key that it names."""
    templates = {template.stack: template for template in _templates(app)}
    for resource in app.resources(*KEY_OF):
        key = key_of(resource.type, resource.properties)
        yield resource, str(resolved(key, templates[resource.stack], [*templates.values()], name) or "")


# -- what is encrypted -------------------------------------------------------------------------------------


@cache
def _takes_a_key(kind: str) -> bool:
    """Whether the schema of a resource type has a property for a key, at any depth."""
    if kind.startswith("Custom::"):
        return False
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
    names = {key.lower() for key in _names(schema)}
    return bool(names & {"encryptionkeyarn", "masterkey"} | {n for n in names if n.startswith("kms")})


def _names(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from node.get("properties", {}) if isinstance(node.get("properties"), dict) else ()
        for value in node.values():
            yield from _names(value)
    elif isinstance(node, list):
        for value in node:
            yield from _names(value)


def test_every_type_that_takes_a_key_has_it_or_a_reason(encrypted: Synthesised) -> None:
    """By the schemas of CloudFormation, so that a new type of resource is decided about."""
    takes = {r.type for r in encrypted.resources() if _takes_a_key(r.type)}
    assert takes - KEY_OF.keys() == OTHER_KEY.keys()
    assert KEY_OF.keys() <= takes


def test_everything_stored_is_encrypted_with_the_key(encrypted: Synthesised) -> None:
    other = {f"{r.stack}/{r.id[:-8]}" for r, key in _stored(encrypted) if ":key/encryption-Key1" not in key}
    # The queue of the key's own alarm, the vault of backups that were made without the key, and the log of
    # CloudFront and of the web application, which are in us-east-1: a key is of one region.
    assert other == {
        *("encryption/KeyCalls", "data/BackupsVault", "edge/AccessLog"),
        *("web/AccessLog", "web/DeploymentLogs", "web/WebFiles"),
    }
    assert {r.type for r, _ in _stored(encrypted)} == KEY_OF.keys()


def test_queue_has_one_kind_of_encryption_and_the_default_reuse_of_data_keys(encrypted: Synthesised) -> None:
    """ "Only one server-side encryption option is supported per queue" (SetQueueAttributes, Amazon SQS)."""
    for queue in encrypted.resources("AWS::SQS::Queue"):
        if queue.stack != "encryption":
            assert "SqsManagedSseEnabled" not in queue.properties
            assert queue.properties["KmsDataKeyReusePeriodSeconds"] == 300


def test_backups_are_made_into_the_vault_of_the_key(encrypted: Synthesised) -> None:
    """ "CreateBackupVault": the key of a vault cannot be changed, so the vault of AWS's key stays."""
    (rule,) = encrypted.one("AWS::Backup::BackupPlan").properties["BackupPlan"]["BackupPlanRule"]
    assert "BackupsVaultOfKey1" in json.dumps(rule["TargetBackupVault"])
    longest = f"orders-{'x' * 20}-{'0' * 8}-key99"
    assert len(longest) <= 50


@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_key_is_rotated_and_kept_where_data_is_kept(stage: str) -> None:
    """ "DeletionPolicy attribute": RetainExceptOnCreate, so that a failed first deployment leaves no key.

    The alias has a fixed name and is deleted with its stack, so that it is never found taken.
    """
    app = turned(stage, "customer key")
    key = app.one("AWS::KMS::Key", "encryption")
    assert key.properties["EnableKeyRotation"] is True
    assert (key.properties["RotationPeriodInDays"], key.properties["PendingWindowInDays"]) == (365, 30)
    kept = ("RetainExceptOnCreate", "Retain") if stage == "prod" else ("Delete", "Delete")
    assert (key.body["DeletionPolicy"], key.body["UpdateReplacePolicy"]) == kept
    alias = app.one("AWS::KMS::Alias")
    assert alias.properties["AliasName"] == f"alias/orders-{stage}"
    assert "DeletionPolicy" not in alias.body


def test_stage_without_the_setting_has_no_stack_and_no_permission_for_it() -> None:
    app = _with(None)
    assert "encryption" not in app.templates
    assert [r for r, key in _stored(app) if ":key/" in key] == []
    assert refused(app.templates, "orders-dev-") == []


# -- who may use the key -----------------------------------------------------------------------------------


def test_every_role_may_use_the_key_of_what_it_uses(encrypted: Synthesised) -> None:
    assert refused(encrypted.templates, "orders-dev-") == []


def test_no_role_may_use_the_key_for_anything_else(encrypted: Synthesised) -> None:
    """Each statement is limited to services that the role calls ("kms:ViaService", AWS KMS)."""
    templates = _templates(encrypted)
    keys = keys_by_arn(templates)
    (key,) = set(keys.values())
    services = {"dynamodb", "s3", "secretsmanager", "sqs"}
    using = set()
    for role in stage_roles(templates).values():
        needed = {(action, service) for action, service, _ in uses(role, keys)}
        allowed = {
            (action, service)
            for action in ("Decrypt", "GenerateDataKey", "Encrypt", "CreateGrant", "ScheduleKeyDeletion")
            for service in services | {"ec2"}
            if role.decide(use_of_key(action, service, key)) is not None
        }
        if role.name == "BackupsRole":
            # AWS Backup's statement for DynamoDB names all keys of the account ("Managed policies").
            assert allowed == {("Decrypt", "dynamodb"), ("GenerateDataKey", "dynamodb")}
            continue
        assert allowed == needed, role.name
        using |= {service for _, service in allowed}
        assert role.decide(replace(use_of_key("Decrypt", "sqs", key), context={})) is None
    assert using == services


def _statements(app: Synthesised) -> list[Json]:
    templates = {template.stack: template for template in _templates(app)}
    policy = app.one("AWS::KMS::Key", "encryption").properties["KeyPolicy"]
    statements: list[Json] = resolved(policy, templates["encryption"], [*templates.values()], name)[
        "Statement"
    ]
    return statements


def test_key_policy_allows_the_account_three_services_and_the_warehouse(encrypted: Synthesised) -> None:
    """By the pages "Default key policy" (AWS KMS), "Encrypt log data in CloudWatch Logs using AWS KMS",
    "Amazon SQS Key management" and "Encrypting EventBridge archives with AWS KMS keys"."""
    account = "123456789012"
    events = f"arn:aws:events:eu-west-1:{account}"
    bus = f"{events}:event-bus/ordersdeveventsBus*"
    groups = f"arn:aws:logs:eu-west-1:{account}:log-group"
    found = [
        (
            s["Principal"],
            sorted([s["Action"]] if isinstance(s["Action"], str) else s["Action"]),
            s.get("Condition"),
        )
        for s in _statements(encrypted)
    ]
    assert found == [
        ({"AWS": f"arn:aws:iam::{account}:root"}, ["kms:*"], None),
        (
            {"Service": "logs.eu-west-1.amazonaws.com"},
            ["kms:Decrypt*", "kms:Encrypt*", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
            {
                "StringLike": {
                    "kms:EncryptionContext:aws:logs:arn": [
                        f"{groups}:orders-dev-*",
                        f"{groups}:/aws/vendedlogs/*/orders-dev-*",
                    ]
                }
            },
        ),
        (
            {"Service": "events.amazonaws.com"},
            ["kms:Decrypt", "kms:GenerateDataKey"],
            {
                "StringEquals": {"aws:SourceAccount": account},
                "ArnLike": {"aws:SourceArn": f"{events}:rule/ordersdeveventsBus*/*"},
            },
        ),
        (
            {"Service": "events.amazonaws.com"},
            ["kms:Decrypt", "kms:GenerateDataKey", "kms:ReEncrypt*"],
            {"StringLike": {"kms:EncryptionContext:aws:events:event-bus:arn": bus}},
        ),
        (
            {"Service": "events.amazonaws.com"},
            ["kms:DescribeKey"],
            {"StringEquals": {"aws:SourceAccount": account}},
        ),
        (
            {"AWS": "arn:aws:iam::111122223333:root"},
            ["kms:Decrypt"],
            {
                "ArnEquals": {"aws:PrincipalArn": list(WAREHOUSE.principals)},
                "StringEquals": {"kms:ViaService": "sqs.eu-west-1.amazonaws.com"},
                "StringLike": {
                    "kms:EncryptionContext:aws:sqs:arn": (
                        f"arn:aws:sqs:eu-west-1:{account}:orders-dev-events-PickLists*"
                    )
                },
            },
        ),
        (
            {"Service": "s3.amazonaws.com"},
            ["kms:Decrypt", "kms:GenerateDataKey"],
            {
                "StringLike": {
                    "kms:EncryptionContext:aws:sqs:arn": (
                        f"arn:aws:sqs:eu-west-1:{account}:orders-dev-media-Uploads*"
                    )
                }
            },
        ),
    ]


def _who(statement: Json) -> str:
    """Returns the accounts that a statement names, with the roles and users of its condition."""
    return json.dumps([statement["Principal"], statement.get("Condition", {}).get("ArnEquals")])


@pytest.mark.parametrize("key", [CustomerKey(), CustomerKey(new_data=False, numbers=(1, 2))])
def test_every_principal_that_may_poll_an_encrypted_queue_may_decrypt_it(key: CustomerKey) -> None:
    """A queue's policy gives no permission on its key ("Configure AWS KMS permissions for consumers").

    By the policies of all queues, so that a queue for others cannot be added without the key.
    """
    app = _with(key)
    policies = [
        resource.properties["KeyPolicy"]["Statement"]
        for resource in app.resources("AWS::KMS::Key")
        if resource.stack == "encryption"
    ]
    assert len(policies) == len(key.numbers)
    polling = [
        _who(statement)
        for policy in app.resources("AWS::SQS::QueuePolicy")
        for statement in policy.properties["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow" and "sqs:ReceiveMessage" in statement["Action"]
    ]
    assert polling
    for statements in policies:
        decrypting = {_who(each) for each in statements if "kms:Decrypt" in each["Action"]}
        assert set(polling) <= decrypting


def test_key_policy_names_no_warehouse_and_no_images_in_a_stage_without_them() -> None:
    dev, prod = (turned(stage, "customer key") for stage in ("dev", "prod"))
    policy = json.dumps(dev.one("AWS::KMS::Key", "encryption").properties["KeyPolicy"])
    assert "PickLists" not in policy
    assert "s3.amazonaws.com" in policy
    assert "aws:sqs:arn" not in json.dumps(prod.one("AWS::KMS::Key", "encryption").properties["KeyPolicy"])


@pytest.mark.parametrize(
    ("id", "pattern"), [("PickLists", "events-PickLists*"), ("Uploads", "media-Uploads*")]
)
def test_name_of_a_queue_that_the_key_policy_names_matches_it(
    id: str, pattern: str, encrypted: Synthesised
) -> None:
    """CloudFormation makes it of the stack's name and the logical id ("Name type")."""
    (queue,) = (r for r in encrypted.resources("AWS::SQS::Queue") if r.id[:-8] == id)
    assert "QueueName" not in queue.properties
    assert fnmatchcase(f"orders-dev-{queue.stack}-{queue.id}-X", f"orders-dev-{pattern}")


def test_wildcards_of_the_key_policy_are_those_listed_with_a_reason(encrypted: Synthesised) -> None:
    listed = (*WHERE_A_KEY_IS_THE_CUSTOMERS, *WHERE_A_WAREHOUSE_USES_THE_KEY, *WHERE_IMAGES_USE_THE_KEY)
    actions = {action for each in listed for action in each.actions}
    found = {
        a
        for s in _statements(encrypted)[1:]
        for a in ([s["Action"]] if isinstance(s["Action"], str) else s["Action"])
    }
    assert found == actions
    assert {s["Resource"] for s in _statements(encrypted)} == {KEY_POLICY_ROOT.ends}


@pytest.mark.parametrize("stage", ["dev", "staging", "prod"])
def test_names_of_log_groups_rules_and_the_bus_match_the_key_policy(stage: str) -> None:
    """CloudFormation begins a generated name with the stack's name ("Name type")."""
    app = turned(stage, "customer key")
    for group in app.resources("AWS::Logs::LogGroup"):
        given = group.properties.get("LogGroupName")
        text = f"orders-{stage}-{group.stack}-X" if given is None else "".join(map(str, given["Fn::Join"][1]))
        assert any(fnmatchcase(text, f"{prefix}orders-{stage}-*") for prefix in ("", "/aws/vendedlogs/*/")), (
            text
        )
    bus = app.one("AWS::Events::EventBus").properties["Name"]
    assert fnmatchcase(bus, f"orders{stage}eventsBus*")
    # Each rule that sends to an encrypted queue is one of that bus: its ARN is `rule/<bus>/<rule>`.
    sending = [r for r in app.resources("AWS::Events::Rule") if r.stack != "encryption"]
    assert sending
    assert all("EventBusName" in rule.properties for rule in sending)


# -- the alarm ---------------------------------------------------------------------------------------------


def test_call_that_disables_the_key_raises_an_alarm_that_does_not_need_the_key(
    encrypted: Synthesised,
) -> None:
    """ "AWS service events delivered via AWS CloudTrail" (EventBridge), "Key states of AWS KMS keys"."""
    rule = encrypted.one("AWS::Events::Rule", "encryption").properties
    pattern = rule["EventPattern"]
    assert (pattern["source"], pattern["detail-type"]) == (["aws.kms"], ["AWS API Call via CloudTrail"])
    assert pattern["detail"]["eventName"] == ["DisableKey", "ScheduleKeyDeletion"]
    key = encrypted.one("AWS::KMS::Key", "encryption")
    assert pattern["detail"]["resources"] == {"ARN": [{"Fn::GetAtt": [key.id, "Arn"]}]}
    queue = encrypted.one("AWS::SQS::Queue", "encryption")
    assert queue.properties["SqsManagedSseEnabled"] is True
    assert [target["Arn"] for target in rule["Targets"]] == [{"Fn::GetAtt": [queue.id, "Arn"]}]
    alarm = encrypted.one("AWS::CloudWatch::Alarm", "encryption").properties
    assert alarm["AlarmDescription"].endswith("docs/runbooks/key-calls-not-empty.md")
    topic_key = encrypted.one("AWS::KMS::Key", "monitoring")
    assert encrypted.one("AWS::SNS::Topic", "monitoring").properties["KmsMasterKeyId"] == {
        "Fn::GetAtt": [topic_key.id, "Arn"]
    }
    assert "encryption" not in json.dumps(encrypted.templates["monitoring"])


# -- the setting -------------------------------------------------------------------------------------------


def test_local_stage_refuses_a_key() -> None:
    local = replace(STAGES["local"], issuer=LOCAL_ISSUER, encryption=CustomerKey())
    (line,) = problems(local, is_example=False)
    assert line == "- encryption: the local engine encrypts nothing; set encryption=None in stage local"


def test_keys_cost_a_dollar_each_and_requests_are_named(encrypted: Synthesised) -> None:
    costs = idle_costs(resource.body for resource in encrypted.resources())
    before = idle_costs(resource.body for resource in _with(None).resources())
    # Those of three stacks' alarms and of the topics of events are there in any case.
    assert before["a key of our own"] == (4, 4.00)
    assert costs["a key of our own"] == (5, 5.00)
    # "Example 1" of "Estimating AWS KMS costs" (Amazon SQS), for thirty days: 25,920 requests.
    queues = [r for r in encrypted.resources("AWS::SQS::Queue") if r.stack != "encryption"]
    assert costs["a queue's key: at most 0.08 while messages are sent all the time"] == (len(queues), 0.0)


def test_docs_name_everything_that_has_another_key() -> None:
    page = (PROJECT / "docs" / "security.md").read_text()
    assert [kind for kind in OTHER_KEY if f"`{kind}`" not in page] == []
