"""Pick lists: who may poll them, what is not lost, and what the function that writes them may do."""

import json
from dataclasses import replace

import pytest

from stacks.settings import STAGES, Warehouse
from stacks.settings.checks.events import MAX_PRINCIPALS
from stacks.settings.checks.problems import problems
from stacks.warehouse import pollers
from tests.infra.alarms import alarms
from tests.infra.queues_and_roles import actions, find_queue, queue_policy, role_policy
from tests.infra.switches import WAREHOUSE, turned
from tests.synth import Synthesised, synthesised, synthesised_with
from tools.costs.idle_costs import idle_costs


@pytest.fixture(scope="module")
def app() -> Synthesised:
    """Stage dev with a warehouse."""
    return turned("dev", "warehouse")


@pytest.mark.parametrize("stage", STAGES)
def test_stage_without_a_warehouse_has_no_pick_lists(stage: str) -> None:
    assert "PickLists" not in json.dumps(synthesised(stage).templates["events"])


def test_fulfilled_orders_alone_reach_the_consumer(app: Synthesised) -> None:
    (rule,) = (r.properties for r in app.resources("AWS::Events::Rule") if r.id.startswith("WarehouseRule"))
    assert rule["EventPattern"] == {"source": ["orders"], "detail-type": ["OrderFulfilled"]}


def test_only_the_principals_of_the_settings_may_poll_pick_lists(app: Synthesised) -> None:
    (allowed,) = (each for each in queue_policy(app, "PickLists") if each["Effect"] == "Allow")
    assert allowed["Principal"] == {"AWS": "arn:aws:iam::111122223333:root"}
    assert allowed["Condition"] == {"ArnEquals": {"aws:PrincipalArn": list(WAREHOUSE.principals)}}
    assert actions(allowed) == {
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage",
        "sqs:ChangeMessageVisibility",
        "sqs:GetQueueAttributes",
    }
    assert allowed["Resource"] == {"Fn::GetAtt": [find_queue(app, "PickLists").id, "Arn"]}


def test_deleted_role_of_a_warehouse_refuses_no_change_of_a_policy() -> None:
    """AWS refuses a policy with a deleted role as a principal, and keeps its ARN in a condition as it is.

    "Policy contains a statement with one or more invalid principals" (AWS KMS); "IAM role principals" (AWS
    JSON policy elements: Principal).
    """
    two = ("arn:aws:iam::111122223333:role/a", "arn:aws:iam::111122223333:user/b")
    named = (*two, "arn:aws:iam::444455556666:role/c")
    principals, condition = pollers(Warehouse(principals=named))
    accounts = [each.policy_fragment.principal_json["AWS"] for each in principals]
    assert accounts == [["arn:aws:iam::111122223333:root"], ["arn:aws:iam::444455556666:root"]]
    assert condition == {"ArnEquals": {"aws:PrincipalArn": list(named)}}


def test_policy_with_the_most_and_longest_principals_is_within_the_quotas_of_sqs() -> None:
    """8,192 bytes, 10 conditions, 7 actions in a statement ("Amazon SQS policy quotas").

    A path has 512 characters at most, the name of a role 64 ("IAM and AWS STS quotas").
    """
    longest = tuple(
        f"arn:aws-us-gov:iam::11112222333{n}:role/{'p' * 510}/{'r' * 64}" for n in range(MAX_PRINCIPALS)
    )
    settings = replace(STAGES["dev"], warehouse=Warehouse(principals=longest))
    assert list(problems(settings, is_example=False)) == []
    statements = queue_policy(synthesised_with(settings, checks=False), "PickLists")
    assert len(json.dumps(statements)) < 8000
    conditions = [
        value
        for statement in statements
        for keys in statement["Condition"].values()
        for values in keys.values()
        for value in (values if isinstance(values, list) else [values])
    ]
    assert len(conditions) == 10
    assert all(len(actions(statement)) <= 7 for statement in statements)


def test_key_of_the_queue_lets_other_accounts_read_it(app: Synthesised) -> None:
    """SSE-SQS needs no permission for a key; the AWS managed key for SQS could not be used by other accounts
    ("Encryption at rest in Amazon SQS")."""
    properties = find_queue(app, "PickLists").properties
    assert properties["SqsManagedSseEnabled"] is True
    assert "KmsMasterKeyId" not in properties


def test_pick_list_that_the_warehouse_never_deletes_is_kept_with_an_alarm(app: Synthesised) -> None:
    dead_letters = find_queue(app, "PickListsDeadLetters")
    assert find_queue(app, "PickLists").properties["RedrivePolicy"] == {
        "deadLetterTargetArn": {"Fn::GetAtt": [dead_letters.id, "Arn"]},
        "maxReceiveCount": 10,
    }
    assert "PickListsDeadLettersNotEmpty" in alarms(app)
    assert app.outputs()["PickListsQueueUrl"] == {"Ref": find_queue(app, "PickLists").id}
    assert app.outputs()["PickListsDeadLetterQueueUrl"] == {"Ref": dead_letters.id}


@pytest.mark.parametrize("hours", [1, 24, 72])
def test_pick_list_is_late_after_the_hours_of_the_settings(hours: int) -> None:
    warehouse = Warehouse(principals=WAREHOUSE.principals, late_after_hours=hours)
    app = synthesised_with(replace(STAGES["dev"], warehouse=warehouse), checks=False)
    assert alarms(app)["PickListsQueueBehind"]["Threshold"] == hours * 3600


def test_pick_list_can_be_late_before_its_queue_discards_it() -> None:
    """A queue keeps a message for fourteen days."""
    kept = find_queue(turned("dev", "warehouse"), "PickLists").properties["MessageRetentionPeriod"]
    assert kept > 312 * 3600


def test_notify_warehouse_may_send_to_the_queue_of_pick_lists_alone(app: Synthesised) -> None:
    (sending,) = (each for each in role_policy(app, "notify_warehouse") if "sqs:SendMessage" in actions(each))
    assert actions(sending) == {"sqs:SendMessage"}
    assert sending["Resource"] == {"Fn::GetAtt": [find_queue(app, "PickLists").id, "Arn"]}


def test_notify_warehouse_has_no_other_permission(app: Synthesised) -> None:
    assert {
        action for statement in role_policy(app, "notify_warehouse") for action in actions(statement)
    } == {
        "dynamodb:Query",
        "dynamodb:UpdateItem",
        "sqs:SendMessage",
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
        "sqs:ChangeMessageVisibility",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "xray:PutTraceSegments",
        "xray:PutTelemetryRecords",
    }


def test_warehouse_has_no_nag_finding_and_a_known_idle_cost(app: Synthesised) -> None:
    assert not app.findings
    pollers = "Lambda's five pollers of a queue, 0.40 a million"
    plain = idle_costs(each.body for each in synthesised("dev").resources())
    assert idle_costs(each.body for each in app.resources())[pollers][0] == plain[pollers][0] + 1
