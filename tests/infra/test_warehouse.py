"""Pick lists: who may poll them, what is not lost, and what the function that writes them may do."""

import json
from dataclasses import replace

import pytest

from stacks.settings import STAGES, Warehouse
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
    assert allowed["Principal"] == {"AWS": WAREHOUSE.principals[0]}
    assert actions(allowed) == {
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage",
        "sqs:ChangeMessageVisibility",
        "sqs:GetQueueAttributes",
    }
    assert allowed["Resource"] == {"Fn::GetAtt": [find_queue(app, "PickLists").id, "Arn"]}


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
