"""Tables, the bucket and the user pool: encryption, recovery and retention."""

from typing import Any

import boto3
import pytest

from tests.infra.switches import turned
from tests.support.environment import SANDBOX_TABLE, TABLE
from tests.synth import Json, Resource, Synthesised


def _table(app: Synthesised, id: str) -> Resource:
    (table,) = (r for r in app.resources("AWS::DynamoDB::Table") if r.id.startswith(id))
    return table


def _shape(table: Json) -> dict[str, Any]:
    """Keys and indexes, in whichever way they are ordered."""
    return {
        "attributes": sorted(table["AttributeDefinitions"], key=lambda entry: str(entry["AttributeName"])),
        "keys": table["KeySchema"],
        "indexes": {
            index["IndexName"]: (index["KeySchema"], index["Projection"])
            for index in table.get("GlobalSecondaryIndexes", ())
        },
    }


@pytest.mark.parametrize(("id", "name"), [("Table", TABLE), ("Sandbox", SANDBOX_TABLE)])
@pytest.mark.usefixtures("world")
def test_the_tables_of_the_tests_are_those_that_are_deployed(id: str, name: str, dev: Synthesised) -> None:
    described = boto3.client("dynamodb").describe_table(TableName=name)["Table"]
    assert _shape(dict(described)) == _shape(_table(dev, id).properties)


def test_every_table_can_be_restored_to_any_second(app: Synthesised) -> None:
    for table in app.resources("AWS::DynamoDB::Table"):
        assert table.properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        assert table.properties["BillingMode"] == "PAY_PER_REQUEST"


def test_the_outbox_sees_both_images_and_spent_records_expire(app: Synthesised) -> None:
    table = _table(app, "Table").properties
    assert table["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expiresAt", "Enabled": True}


def test_every_bucket_is_encrypted_and_private_and_requires_tls(app: Synthesised) -> None:
    for bucket in app.resources("AWS::S3::Bucket"):
        (rule,) = bucket.properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
        assert set(bucket.properties["PublicAccessBlockConfiguration"].values()) == {True}
        policy = app.one("AWS::S3::BucketPolicy", bucket.stack).properties
        denied = [
            statement["Condition"]
            for statement in policy["PolicyDocument"]["Statement"]
            if statement["Effect"] == "Deny"
        ]
        assert {"Bool": {"aws:SecureTransport": "false"}} in denied


def test_production_data_is_retained_when_its_stack_is_deleted(app: Synthesised) -> None:
    kept = app.resources("AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::Cognito::UserPool")
    expected = "RetainExceptOnCreate" if app.settings.stage == "prod" else "Delete"
    assert {resource.body["DeletionPolicy"] for resource in kept} == {expected}


def test_production_is_protected_from_deletion(app: Synthesised) -> None:
    production = app.settings.stage == "prod"
    assert {stack.get("terminationProtection", False) for stack in app.stacks.values()} == {production}
    tables = app.resources("AWS::DynamoDB::Table")
    assert {table.properties["DeletionProtectionEnabled"] for table in tables} == {production}


def test_the_pool_of_users_asks_for_a_second_factor(dev: Synthesised) -> None:
    pool = dev.one("AWS::Cognito::UserPool").properties
    assert (pool["MfaConfiguration"], pool["EnabledMfas"]) == ("ON", ["SOFTWARE_TOKEN_MFA"])


def test_warm_throughput_is_that_of_the_table_and_of_each_index_of_orders() -> None:
    """An index that takes less than its table refuses the table's writes ("Understanding DynamoDB warm
    throughput", "GSI throttling and back-pressure in DynamoDB")."""
    app = turned("dev", "warm throughput")
    warm = {"ReadUnitsPerSecond": 30_000, "WriteUnitsPerSecond": 10_000}
    table = _table(app, "Table").properties
    assert table["WarmThroughput"] == warm
    indexes = {index["IndexName"]: index.get("WarmThroughput") for index in table["GlobalSecondaryIndexes"]}
    assert indexes == {"GSI1": warm, "GSI2": warm, "GSI3": None}
    assert "WarmThroughput" not in _table(app, "Sandbox").properties
    # By this output, `make preflight` knows which value is deployed.
    assert app.templates["data"]["Outputs"]["WarmThroughput"]["Value"] == "30000 reads, 10000 writes"


def test_tables_grow_with_their_traffic_unless_a_warm_throughput_is_set(app: Synthesised) -> None:
    for table in app.resources("AWS::DynamoDB::Table"):
        assert "WarmThroughput" not in str(table.properties)
