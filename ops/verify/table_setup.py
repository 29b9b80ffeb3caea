"""Checks whether a table is set up as the app needs it. A restored table has to be set up by hand.

"Restore a table in DynamoDB" lists what a restore leaves out: the stream, the time to live, point-in-time
recovery, tags. Indexes can be left out of a restore on purpose.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from console.books.violation import Violation
from ordering.repositories.keys import CATEGORIES, DUE, LISTING, TIME_TO_LIVE
from ordering.repositories.keys.product_keys import CATEGORY_KEYS

_PARTITION, _SORT = CATEGORY_KEYS
_ADD_CATEGORIES = (
    f"--attribute-definitions AttributeName={_PARTITION},AttributeType=S "
    f"AttributeName={_SORT},AttributeType=S "
    f"--global-secondary-index-updates 'Create={{IndexName={CATEGORIES},"
    f"KeySchema=[{{AttributeName={_PARTITION},KeyType=HASH}},{{AttributeName={_SORT},KeyType=RANGE}}],"
    "Projection={ProjectionType=ALL}}'"
)

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


def setup_violations(dynamodb: DynamoDBClient, table: str) -> Iterator[Violation]:
    """Yields what is missing, each with the command that adds it."""
    described = dynamodb.describe_table(TableName=table)["Table"]
    stream = described.get("StreamSpecification", {})
    if not stream.get("StreamEnabled") or stream.get("StreamViewType") != "NEW_AND_OLD_IMAGES":
        yield _missing(
            table,
            "its stream is off, or lacks an image: no change is published",
            "update-table --stream-specification StreamEnabled=true,StreamViewType=NEW_AND_OLD_IMAGES",
        )
    active = {
        index.get("IndexName")
        for index in described.get("GlobalSecondaryIndexes", [])
        # The local engine returns no status.
        if index.get("IndexStatus", "ACTIVE") == "ACTIVE"
    }
    for index in (LISTING, DUE):
        if index not in active:
            yield Violation(
                None, table, f"its index {index} is missing or not active: restore it again with it"
            )
    if CATEGORIES not in active:
        # A backup of an earlier release does not contain it.
        yield _missing(
            table,
            f"its index {CATEGORIES} is missing or not active: no category can be listed",
            f"update-table {_ADD_CATEGORIES}",
        )
    expiry = dynamodb.describe_time_to_live(TableName=table).get("TimeToLiveDescription", {})
    if expiry.get("TimeToLiveStatus") not in ("ENABLED", "ENABLING") or (
        expiry.get("AttributeName") != TIME_TO_LIVE
    ):
        yield _missing(
            table,
            "its time to live is off: addresses and records of events never expire",
            f"update-time-to-live --time-to-live-specification Enabled=true,AttributeName={TIME_TO_LIVE}",
        )
    backups = dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    recovery = backups.get("PointInTimeRecoveryDescription", {})
    if recovery.get("PointInTimeRecoveryStatus") != "ENABLED":
        yield _missing(
            table,
            "its point-in-time recovery is off",
            "update-continuous-backups "
            "--point-in-time-recovery-specification PointInTimeRecoveryEnabled=true",
        )


def _missing(table: str, what: str, command: str) -> Violation:
    name, _, options = command.partition(" ")
    return Violation(None, table, f"{what}: aws dynamodb {name} --table-name {table} {options}")
