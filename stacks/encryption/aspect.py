"""Encrypts everything that the app stores with the customer's key, in stages with the setting `encryption`.

An aspect visits every resource of the stacks, so a new table, queue, log group, bucket, secret or archive is
encrypted without further code. What is left to keys of AWS, and why, is in docs/security.md.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

import jsii
from aws_cdk import CfnResource, IAspect
from aws_cdk.aws_dynamodb import CfnTable
from aws_cdk.aws_events import CfnArchive
from aws_cdk.aws_logs import CfnLogGroup
from aws_cdk.aws_s3 import CfnBucket
from aws_cdk.aws_secretsmanager import CfnSecret
from aws_cdk.aws_sqs import CfnQueue
from constructs import IConstruct

from stacks.acceptances import Checker
from stacks.encryption.grants import Keys
from stacks.nag import withdraw

# The default of SQS: so long after a key was disabled, messages may still be sent and received
# ("Understanding the data key reuse period", Amazon SQS). A longer time would save cents (docs/deploying.md).
DATA_KEY_REUSE_SECONDS: Final = 300


class _Stored(NamedTuple):
    """A type of resource that stores something."""

    type: type[CfnResource]
    encrypt: Callable[..., None]
    """Encrypts a resource of this type with the key of an ARN; None: with a key of AWS again."""
    rule: str
    """The rule of checkov that asks for a customer's key."""


def _table(table: CfnTable, key: str | None) -> None:
    # Explicitly, because an update without a specification could keep the present key.
    table.sse_specification = (
        CfnTable.SSESpecificationProperty(sse_enabled=True, sse_type="KMS", kms_master_key_id=key)
        if key
        else CfnTable.SSESpecificationProperty(sse_enabled=False)
    )


def _queue(queue: CfnQueue, key: str | None) -> None:
    if key:
        # SQS accepts one of the two only ("SetQueueAttributes", SqsManagedSseEnabled).
        queue.sqs_managed_sse_enabled = None
        queue.kms_master_key_id = key
        queue.kms_data_key_reuse_period_seconds = DATA_KEY_REUSE_SECONDS


def _log_group(group: CfnLogGroup, key: str | None) -> None:
    group.kms_key_id = key


def _bucket(bucket: CfnBucket, key: str | None) -> None:
    if key:
        rule = CfnBucket.ServerSideEncryptionRuleProperty(
            # One request to KMS for many objects ("Reducing the cost of SSE-KMS with Amazon S3 Bucket Keys").
            bucket_key_enabled=True,
            server_side_encryption_by_default=CfnBucket.ServerSideEncryptionByDefaultProperty(
                sse_algorithm="aws:kms", kms_master_key_id=key
            ),
        )
        bucket.bucket_encryption = CfnBucket.BucketEncryptionProperty(
            server_side_encryption_configuration=[rule]
        )


def _secret(secret: CfnSecret, key: str | None) -> None:
    # Without a key, an update would keep the present one ("UpdateSecret", KmsKeyId).
    secret.kms_key_id = key or "alias/aws/secretsmanager"


def _archive(archive: CfnArchive, key: str | None) -> None:
    # An empty text is the key of AWS ("UpdateArchive", KmsKeyIdentifier).
    archive.kms_key_identifier = key or ""


_STORED: Final = (
    _Stored(CfnTable, _table, "CKV_AWS_119"),
    _Stored(CfnQueue, _queue, "CKV_AWS_27"),
    _Stored(CfnLogGroup, _log_group, "CKV_AWS_158"),
    _Stored(CfnBucket, _bucket, "CKV_AWS_145"),
    _Stored(CfnSecret, _secret, "CKV_AWS_149"),
    # checkov has no rule about archives.
    _Stored(CfnArchive, _archive, ""),
)


@jsii.implements(IAspect)
class EncryptStored:
    """An aspect that encrypts what a stack stores with the customer's key, or with keys of AWS again."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def visit(self, node: IConstruct) -> None:
        """Encrypt the construct, if it stores anything; CDK calls this for each construct."""
        for stored in _STORED:
            if isinstance(node, stored.type):
                stored.encrypt(node, self._keys.of(node).current)
                if self._keys.new_data:
                    withdraw(node, Checker.CHECKOV, stored.rule)
