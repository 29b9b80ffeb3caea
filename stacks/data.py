"""The data stack: the table, the sandbox providers' table, and the bucket of undelivered changes."""

from typing import cast

from aws_cdk import CfnOutput, Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from ordering.repositories.keys import CATEGORIES, DUE, LISTING, TIME_TO_LIVE
from stacks.acceptances import Checker
from stacks.backups import BackupVault, back_up
from stacks.bucket import PrivateBucket
from stacks.encryption.grants import Keys
from stacks.layers import Layers
from stacks.nag import accept, suppress_nag
from stacks.settings import Settings
from stacks.stack import AWS_KEY, FunctionStack, removal_policy

_RARELY_WRITTEN = (
    "Empty unless changes cannot be published; only Lambda's event source and publish_changes write."
)


def _string(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)


class DataStack(FunctionStack):
    """Everything that must outlive a deployment. The other stacks can be deleted and created again."""

    def __init__(
        self, scope: Construct, id: str, *, settings: Settings, layers: Layers, keys: Keys | None = None
    ) -> None:
        super().__init__(
            scope, id, settings=settings, layers=layers, description="Order backend: what is kept"
        )
        self.keys = keys
        """The customer's keys; None if the settings have none. All functions take them from here."""
        self._own_table = self._table(
            "Table",
            sort_key=_string("SK"),
            # The stream is the outbox: events are derived from the old and new images.
            stream=dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
            time_to_live_attribute=TIME_TO_LIVE,
            warm_throughput=self._warm_throughput(),
        )
        self._own_table.add_global_secondary_index(
            index_name=LISTING,
            partition_key=_string("GSI1PK"),
            sort_key=_string("GSI1SK"),
            projection_type=dynamodb.ProjectionType.ALL,
            warm_throughput=self._warm_throughput(),
        )
        self._own_table.add_global_secondary_index(
            index_name=DUE,
            partition_key=_string("GSI2PK"),
            sort_key=_string("GSI2SK"),
            # The attributes that the sweep decides by, so that it does not read orders that are not due.
            projection_type=dynamodb.ProjectionType.INCLUDE,
            non_key_attributes=["orderId", "status", "createdAt", "updatedAt", "nudgedAt", "attempts"],
            warm_throughput=self._warm_throughput(),
        )
        self._own_table.add_global_secondary_index(
            index_name=CATEGORIES,
            partition_key=_string("GSI3PK"),
            sort_key=_string("GSI3SK"),
            projection_type=dynamodb.ProjectionType.ALL,
        )
        self.table = self._table_in_use()
        self.table_arn = self.table.table_arn
        # The sandbox providers imitate external systems, so they have a table of their own.
        self.sandbox = self._table("Sandbox")
        self.undelivered_changes = self._undelivered_changes()
        self.cursor_secret = self._cursor_secret()

        # With a restored table, backups of the stack's own table may still be in the vault.
        tables = dict.fromkeys((self._own_table, self.table))
        self.vault = (
            None if settings.local else BackupVault(self, settings=settings, tables=[*tables], keys=keys)
        )
        if self.vault and settings.backups:
            back_up(self.table, settings.backups, self.vault)

        self._export()

        CfnOutput(self, "TableName", value=self.table.table_name)
        CfnOutput(self, "SandboxTableName", value=self.sandbox.table_name)
        if settings.warm_throughput:
            # By this, `tools/preflight` knows which value is deployed.
            CfnOutput(self, "WarmThroughput", value=str(settings.warm_throughput))
        CfnOutput(self, "UndeliveredChangesBucketName", value=self.undelivered_changes.bucket_name)

    def throttle_events(self, period: Duration) -> list[cloudwatch.Metric]:
        """Returns the metrics of throttled reads and writes, of the table and of each of its indexes."""
        places = [{}, *({"GlobalSecondaryIndexName": index} for index in (LISTING, DUE, CATEGORIES))]
        return [
            cloudwatch.Metric(
                namespace="AWS/DynamoDB",
                metric_name=name,
                dimensions_map={"TableName": self.table.table_name, **index},
                period=period,
                statistic="Sum",
                label=f"{index.get('GlobalSecondaryIndexName', 'table')}: {name}",
            )
            for index in places
            for name in ("ReadThrottleEvents", "WriteThrottleEvents")
        ]

    def index_arn(self, index: str) -> str:
        """Returns the ARN of one of the table's indexes."""
        return f"{self.table_arn}/index/{index}"

    def _export(self) -> None:
        """Export every value that another stack may import, even if none does at present.

        This stack is updated before the others. An export that is removed together with its last importer
        would still be imported by the deployed version of that stack, and CloudFormation refuses to remove it
        (aws/aws-cdk#7602).
        """
        for value in (
            self._own_table.table_arn,
            self._own_table.table_name,
            self._own_table.table_stream_arn,
            self.sandbox.table_arn,
            self.sandbox.table_name,
            self.undelivered_changes.bucket_arn,
            self.cursor_secret.ref,
        ):
            self.export_value(value)

    @property
    def stream_arn(self) -> str:
        """The ARN of the table's stream."""
        return cast(str, self.table.table_stream_arn)

    def _table_in_use(self) -> dynamodb.ITable:
        """Returns the table that the app uses: this stack's own, or a restored one.

        The own table stays in the stack, and stays exported, even if a restored one is in use. The ARNs of a
        restored table are known at synthesis, so the other stacks need no export of it. Therefore the setting
        can be changed in both directions, and a change never removes a table.
        """
        restored = self.settings.restored_table
        if restored is None:
            return self._own_table
        return dynamodb.Table.from_table_attributes(
            self, "RestoredTable", table_arn=restored.table_arn, table_stream_arn=restored.stream_arn
        )

    def _table(
        self,
        id: str,
        *,
        sort_key: dynamodb.Attribute | None = None,
        stream: dynamodb.StreamViewType | None = None,
        time_to_live_attribute: str | None = None,
        warm_throughput: dynamodb.WarmThroughput | None = None,
    ) -> dynamodb.Table:
        """Returns a table with on-demand capacity and point-in-time recovery.

        It can be restored to any second of the last 35 days, and is encrypted with a key of DynamoDB.
        """
        table = dynamodb.Table(
            self,
            id,
            partition_key=_string("PK"),
            sort_key=sort_key,
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            stream=stream,
            time_to_live_attribute=time_to_live_attribute,
            warm_throughput=warm_throughput,
            deletion_protection=self.settings.protected,
            removal_policy=removal_policy(self.settings),
        )
        accept(table, Checker.CHECKOV, "CKV_AWS_119", AWS_KEY)
        return table

    def _warm_throughput(self) -> dynamodb.WarmThroughput | None:
        """Returns the warm throughput of the table, and of each index that every order writes to.

        If an index has less throughput than the table, writes to the table are refused ("GSI throttling and
        back-pressure in DynamoDB"). No order writes to the index of categories.
        """
        warm = self.settings.warm_throughput
        if warm is None:
            return None
        return dynamodb.WarmThroughput(
            read_units_per_second=warm.read_units_per_second,
            write_units_per_second=warm.write_units_per_second,
        )

    def _cursor_secret(self) -> secretsmanager.CfnSecret:
        """Returns the secret with the key that signs cursors. `stacks.rotation` rotates it.

        This is the L1 construct, because its `ref` is the complete ARN with the random suffix, which policies
        need.
        """
        secret = secretsmanager.CfnSecret(
            self,
            "CursorSecret",
            description=f"Signs the cursors of the order API, {self.settings.stage}",
            generate_secret_string=secretsmanager.CfnSecret.GenerateSecretStringProperty(
                password_length=64, exclude_punctuation=True
            ),
        )
        accept(secret, Checker.CHECKOV, "CKV_AWS_149", AWS_KEY)
        if self.settings.local:
            suppress_nag(secret, "AwsSolutions-SMG4", "The local engine has no rotation schedules.")
        return secret

    def _undelivered_changes(self) -> s3.Bucket:
        """Returns the bucket of changes that were not published.

        It gets records of the stream that could not be published before their maximum age, and parked changes
        that are too long for the queue. It is a bucket, because Lambda writes whole records only to S3. A
        queue would get references to the stream, which deletes its records after a day.
        """
        return PrivateBucket(
            self,
            "UndeliveredChanges",
            no_access_log=_RARELY_WRITTEN,
            no_versions="Objects are written once; old versions would outlive a removed customer.",
            lifecycle_rules=[s3.LifecycleRule(expiration=Duration.days(90))],
        )
