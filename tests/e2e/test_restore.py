"""A restore, as far as the local engine supports it: into a new table, which is set up and verified.

docs/restore.md describes the complete procedure.
"""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
import pytest

from tests.e2e.ops_cli import ops
from tests.e2e.shop import Customer, Shop

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


@pytest.fixture
def dynamodb(shop: Shop) -> "DynamoDBClient":
    """The engine's DynamoDB."""
    client: DynamoDBClient = boto3.client("dynamodb", **shop.instance.aws)
    return client


@pytest.fixture
def new_table(dynamodb: "DynamoDBClient") -> Iterator[str]:
    """The name of a table that is deleted afterwards."""
    name = f"restored-{uuid4().hex[:8]}"
    yield name
    dynamodb.delete_table(TableName=name)


def _restore(dynamodb: "DynamoDBClient", source: str, target: str, way: str) -> None:
    if way == "point in time":
        dynamodb.restore_table_to_point_in_time(
            SourceTableName=source, TargetTableName=target, UseLatestRestorableTime=True
        )
    else:
        backup = dynamodb.create_backup(TableName=source, BackupName="a-backup")["BackupDetails"]
        dynamodb.restore_table_from_backup(TargetTableName=target, BackupArn=backup["BackupArn"])
    dynamodb.get_waiter("table_exists").wait(TableName=target)


def _verified(shop: Shop, *options: str) -> dict[str, Any]:
    said = ops(shop.instance, "verify", *options, "--json")
    assert said.status in (0, 1), said.text
    document: dict[str, Any] = json.loads(said.text)
    return document


def test_table_of_a_running_shop_is_verified(shop: Shop, alice: Customer) -> None:
    alice.wait_for_end(alice.order(shop.product()))
    shop.settle()
    document = _verified(shop)
    assert (document["verdict"], document["findings"]) == ("sound", [])
    assert document["orders"] >= 1


@pytest.mark.parametrize("way", ["point in time", "backup"])
def test_restored_table_keeps_the_guarantees_and_lacks_the_manual_settings(
    way: str, shop: Shop, alice: Customer, dynamodb: "DynamoDBClient", new_table: str
) -> None:
    alice.wait_for_end(alice.order(shop.product()))
    shop.settle()
    orders = _verified(shop)["orders"]
    _restore(dynamodb, shop.instance.outputs["TableName"], new_table, way)

    missing = _verified(shop, "--table", new_table)
    assert missing["orders"] == orders
    assert {finding["item"] for finding in missing["findings"]} == {new_table}
    said = " ".join(finding["what"] for finding in missing["findings"])
    for part in ("stream is off", "time to live is off", "point-in-time recovery is off"):
        assert part in said

    dynamodb.update_table(
        TableName=new_table,
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    dynamodb.update_time_to_live(
        TableName=new_table, TimeToLiveSpecification={"Enabled": True, "AttributeName": "expiresAt"}
    )
    dynamodb.update_continuous_backups(
        TableName=new_table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    assert _verified(shop, "--table", new_table)["verdict"] == "sound"
