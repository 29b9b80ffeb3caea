"""Backups of the table by AWS Backup: a vault, the role that AWS Backup assumes, and a plan.

The vault and the role exist even if the setting `backups` is off:

- A vault that contains a backup cannot be deleted ("Delete a backup vault", AWS Backup). If it were removed
  with the setting, CloudFormation would leave it behind, and its name would be taken when the setting is
  turned on again.
- AWS Backup needs the role to delete a backup whose retention has ended. Without the role, the backup is
  EXPIRED and is billed until a person deletes it ("DeleteRecoveryPoint").

An empty vault costs nothing.

The key of a vault can only be set when it is created ("CreateBackupVault"). So each customer's key of the
settings has a vault of its own, and the vault with the key of AWS stays.
"""

from collections.abc import Sequence
from typing import Any, Final, cast

from aws_cdk import Aws, Duration
from aws_cdk import aws_backup as backup
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.acceptances import Checker
from stacks.encryption.grants import Keys
from stacks.grants import allow
from stacks.nag import accept, suppress_nag
from stacks.settings import BackupEvery, Backups, Settings
from stacks.stack import AWS_KEY, OrderStack, removal_policy
from stacks.wildcards import BACKUPS_OF_TABLE, KEYS_OF_BACKUPS

# At three o'clock UTC; on the first day of a week or a month.
_SCHEDULES: Final = {
    BackupEvery.DAY: events.Schedule.cron(hour="3", minute="0"),
    BackupEvery.WEEK: events.Schedule.cron(hour="3", minute="0", week_day="SUN"),
    BackupEvery.MONTH: events.Schedule.cron(hour="3", minute="0", day="1"),
}


class BackupVault(Construct):
    """The vault of a stage's backups, and the role with which AWS Backup makes and deletes them."""

    def __init__(
        self,
        stack: OrderStack,
        *,
        settings: Settings,
        tables: Sequence[dynamodb.ITable],
        keys: Keys | None = None,
    ) -> None:
        super().__init__(stack, "Backups")
        self.stage = settings.stage
        # A name is required. This one cannot be taken, because it contains digits of the stack's own id.
        name = f"orders-{settings.stage}-{stack.unique}"
        self.vault = self._vault("Vault", name, settings)
        """The vault of new backups."""
        accept(self.vault, Checker.CHECKOV, "CKV_AWS_166", AWS_KEY)
        if keys and settings.encryption:
            for number, arn in zip(settings.encryption.numbers, keys.arns, strict=True):
                with_key = self._vault(f"VaultOfKey{number}", f"{name}-key{number}", settings)
                cast(backup.CfnBackupVault, with_key.node.default_child).encryption_key_arn = arn
                if arn == keys.current:
                    self.vault = with_key
        self.role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("backup.amazonaws.com"),
            # Inline, because a separate policy could be deleted while the role is retained.
            inline_policies={"BackUpTable": _policy(tables)},
        )
        self.role.apply_removal_policy(removal_policy(settings))
        for resource, wildcard in (
            *((_in_finding(stack.resolve(table.table_arn)), BACKUPS_OF_TABLE) for table in tables),
            ("arn:<AWS::Partition>:kms:<AWS::Region>:<AWS::AccountId>", KEYS_OF_BACKUPS),
        ):
            suppress_nag(
                self.role, f"AwsSolutions-IAM5[Resource::{resource}{wildcard.ends}]", wildcard.reason
            )

    def _vault(self, id: str, name: str, settings: Settings) -> backup.BackupVault:
        return backup.BackupVault(self, id, backup_vault_name=name, removal_policy=removal_policy(settings))

    def metric(self, name: str, period: Duration) -> cloudwatch.Metric:
        """Returns a count of the vault's jobs ("AWS Backup metrics with Amazon CloudWatch")."""
        return cloudwatch.Metric(
            namespace="AWS/Backup",
            metric_name=name,
            dimensions_map={"BackupVaultName": self.vault.backup_vault_name},
            period=period,
            statistic="Sum",
        )


def back_up(table: dynamodb.ITable, backups: Backups, vault: BackupVault) -> None:
    """Add the plan by which AWS Backup copies `table` into the vault.

    `table` is selected by its ARN. If it were selected by a tag, nothing would be backed up in a region
    that has not opted in to DynamoDB ("UpdateRegionSettings", AWS Backup API).
    """
    plan = backup.BackupPlan(
        vault, "Plan", backup_plan_name=f"orders-{vault.stage}", backup_vault=vault.vault
    )
    plan.add_rule(
        backup.BackupPlanRule(
            rule_name=f"every-{backups.every}",
            schedule_expression=_SCHEDULES[backups.every],
            delete_after=Duration.days(backups.keep_days),
            # A job that has not started by then expires, which raises the alarm too.
            start_window=Duration.hours(2),
            completion_window=Duration.hours(24),
        )
    )
    backup.BackupSelection(
        vault,
        # The selection is named after this id. It is replaced when the table changes, so the name must change
        # too.
        "Table" if isinstance(table, dynamodb.Table) else "RestoredTable",
        backup_plan=plan,
        resources=[backup.BackupResource.from_arn(table.table_arn)],
        role=vault.role,
        disable_default_backup_policy=True,
    )


def _in_finding(arn: Any) -> str:
    """Returns an ARN as cdk-nag writes it: `<TableCD117FA1.Arn>`, or the ARN itself for a restored table."""
    return arn if isinstance(arn, str) else f"<{'.'.join(arn['Fn::GetAtt'])}>"


def _policy(tables: Sequence[dynamodb.ITable]) -> iam.PolicyDocument:
    """Returns the permissions that AWS Backup needs to back up DynamoDB tables. They do not allow a restore.

    These are the statements of AWSBackupServiceRolePolicyForBackup that "Managed policies for AWS Backup"
    lists for DynamoDB. The first two are for regions without the advanced features for DynamoDB backups, the
    others for regions with them.
    """
    on_table = ["DescribeTable", "CreateBackup", "StartAwsBackupJob", "ListTagsOfResource"]
    keys = f"arn:{Aws.PARTITION}:kms:{Aws.REGION}:{Aws.ACCOUNT_ID}{KEYS_OF_BACKUPS.ends}"
    by_dynamodb = allow(list(KEYS_OF_BACKUPS.actions), keys)
    by_dynamodb.add_condition("StringLike", {"kms:ViaService": "dynamodb.*.amazonaws.com"})
    return iam.PolicyDocument(
        statements=[
            allow([f"dynamodb:{action}" for action in on_table], *(each.table_arn for each in tables)),
            allow(
                list(BACKUPS_OF_TABLE.actions),
                *(f"{each.table_arn}{BACKUPS_OF_TABLE.ends}" for each in tables),
            ),
            by_dynamodb,
        ]
    )
