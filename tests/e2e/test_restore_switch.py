"""A restore while orders are in progress: into a new table, followed by a deployment and a reconciliation.

The steps of docs/restore.md, as far as the local engine supports them: it restores the current items, so the
restore point is the time of the restore.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import boto3

from console.workspace import Workspace
from local.environment import Instance, attach
from tests.e2e.instances import running_instance
from tests.e2e.ops_cli import ops
from tests.e2e.project_checkout import checkout, plain_environment
from tests.e2e.shop import Shop, body_only

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_STAGE = '    stage="local",\n'


def test_orders_continue_in_the_restored_table_and_a_lost_one_is_placed_again() -> None:
    # The second deployment is a reader's, with the statements about TLS, which the engine is called without.
    with running_instance("restored", evaluate_iam=False) as instance, Shop(instance) as shop:
        alice, sku = shop.customer("alice"), shop.product(units=10)
        ended = alice.order(sku)
        shop.settle()
        # Step 1: nothing drives orders.
        with shop.paused_processing():
            in_flight = alice.place(sku)
            table = f"restored-{uuid4().hex[:8]}"
            stream = _restored(instance, table)
            lost = alice.place(sku, key="not-in-the-backup")
            _switch_over(instance.workspace, stream)
            switched = attach(instance.workspace)
            assert switched.outputs["TableName"] == table
        with Shop(switched) as restored:
            assert body_only(alice.client.get_order(ended.order_id)) == body_only(ended)
            # Driven by the message that was sent before the restore.
            assert alice.wait_for_end(in_flight).status == "FULFILLED"
            # The retry of a client whose order was lost, and the messages of both orders.
            again = alice.order(sku, key="not-in-the-backup")
            assert (again.order_id, again.status) == (lost.order_id, "FULFILLED")
            assert alice.order(sku).status == "FULFILLED"
            restored.check_guarantees()
            assert restored.available(sku) == 6
            verified = ops(switched, "verify")
            assert verified.status == 0, verified.text


def _restored(instance: Instance, table: str) -> str:
    """Steps 2 and 3: restore into a new table, and set it up. Returns the ARN of its stream."""
    dynamodb: DynamoDBClient = boto3.client("dynamodb", **instance.aws)
    dynamodb.restore_table_to_point_in_time(
        SourceTableName=instance.outputs["TableName"], TargetTableName=table, UseLatestRestorableTime=True
    )
    dynamodb.get_waiter("table_exists").wait(TableName=table)
    dynamodb.update_table(
        TableName=table, StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    )
    dynamodb.update_time_to_live(
        TableName=table, TimeToLiveSpecification={"Enabled": True, "AttributeName": "expiresAt"}
    )
    dynamodb.update_continuous_backups(
        TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    verified = ops(instance, "verify", "--table", table)
    assert verified.status == 0, verified.text
    return dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"]


def _switch_over(workspace: Workspace, stream_arn: str) -> None:
    """Step 4: deploy a checkout whose settings name the restored table."""
    with checkout("restored") as made:
        stages = made.root / "stacks" / "settings" / "stages.py"
        text = stages.read_text()
        assert text.count(_STAGE) == 1
        setting = f"    restored_table=RestoredTable({stream_arn!r}),\n"
        stages.write_text(text.replace(_STAGE, _STAGE + setting))
        ran = made.run(
            *(".venv/bin/python", "-m", "local", "up", "--workspace", str(workspace.root), "--no-sample"),
            env=plain_environment(),
        )
        assert ran.status == 0, ran.output
