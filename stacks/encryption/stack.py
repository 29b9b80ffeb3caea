"""The encryption stack: the customer's keys, who may use them, and the alarm on calls that disable them.

It exists in stages with the setting `encryption`. The other stacks refer to it by weak references, so it can
be changed while they are deployed. The functions' permissions are in `stacks/encryption/grants.py`.
"""

from collections.abc import Sequence

from aws_cdk import ArnFormat, CfnOutput, CrossStackReferences, Duration, ReferenceStrength
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from stacks.acceptances import Checker
from stacks.encryption.grants import Keys
from stacks.media import UPLOADS_QUEUE
from stacks.nag import accept, suppress_nag
from stacks.queue import DeadLetterQueue
from stacks.settings import CustomerKey, Settings
from stacks.stack import OrderStack, removal_policy
from stacks.warehouse import PICK_LISTS, pollers
from stacks.wildcards import (
    KEY_DESCRIBED,
    KEY_POLICY_ROOT,
    KEY_USED_BY_ARCHIVE,
    KEY_USED_BY_IMAGES,
    KEY_USED_BY_LOGS,
    KEY_USED_BY_RULES,
    KEY_USED_BY_WAREHOUSE,
    Wildcard,
)

# After either call, nothing that the key has encrypted can be read ("Key states of AWS KMS keys").
_DISABLING = ("DisableKey", "ScheduleKeyDeletion")


class EncryptionStack(OrderStack):
    """The keys with which the stage encrypts what it stores."""

    def __init__(self, scope: Construct, id: str, *, settings: Settings, key: CustomerKey) -> None:
        super().__init__(scope, id, settings=settings, description="Order backend: the customer's own keys")
        keys = [self._key(number) for number in key.numbers]
        kms.Alias(self, "Alias", alias_name=f"alias/orders-{settings.stage}", target_key=keys[-1])
        self.keys = Keys(tuple(each.key_arn for each in keys), key.new_data)
        self._watch(keys)
        CfnOutput(self, "KeyArn", value=keys[-1].key_arn)

    def _key(self, number: int) -> kms.Key:
        """Returns a key that is rotated every year. In a protected stage, no deployment deletes it.

        Roles of this account get their permissions by their own policies, which the default statement for the
        account enables. Services that act for no role, and roles that are not ours, need a statement here.
        """
        key = kms.Key(
            self,
            f"Key{number}",
            description=f"What the order backend stores, {self.settings.stage}, key {number}",
            enable_key_rotation=True,
            rotation_period=Duration.days(365),
            removal_policy=removal_policy(self.settings),
            # The maximum of KMS ("Delete an AWS KMS key"): so long, a deletion can be cancelled.
            pending_window=Duration.days(30),
        )
        # Weak, so that a key can be removed from the settings: this stack is deployed before its readers.
        CrossStackReferences.of(key).produce(ReferenceStrength.WEAK)
        for statement in (self._logs(), self._rules(), *self._archive(), *self._warehouse(), *self._images()):
            key.add_to_resource_policy(statement)
        accept(key, Checker.PARLIAMENT, "RESOURCE_MISMATCH kms:*", KEY_POLICY_ROOT.reason)
        return key

    def _logs(self) -> iam.PolicyStatement:
        """Returns the permission of CloudWatch Logs, for the log groups of this stage only.

        "Encrypt log data in CloudWatch Logs using AWS KMS": the encryption context is the log group's ARN.
        The page also lists `kms:Describe*`. A call of it has no encryption context, so the page's condition
        never allows it.
        """
        return self._use(
            KEY_USED_BY_LOGS,
            f"logs.{self.region}.amazonaws.com",
            {
                "StringLike": {
                    "kms:EncryptionContext:aws:logs:arn": [
                        self._arn("logs", "log-group", f"{prefix}orders-{self.settings.stage}-*")
                        for prefix in ("", "/aws/vendedlogs/*/")
                    ]
                }
            },
        )

    def _rules(self) -> iam.PolicyStatement:
        """Returns the permission of EventBridge to send events to encrypted queues, by rules of this stage.

        "Amazon SQS Key management": the service needs both actions, and passes the rule as `aws:SourceArn`.
        """
        rules = self.format_arn(service="events", resource="rule", resource_name=f"{self._bus}/*")
        return self._use(
            KEY_USED_BY_RULES,
            "events.amazonaws.com",
            {"StringEquals": {"aws:SourceAccount": self.account}, "ArnLike": {"aws:SourceArn": rules}},
        )

    def _archive(self) -> tuple[iam.PolicyStatement, ...]:
        """Returns the permissions of EventBridge to store events in the archive of this stage's bus.

        "Encrypting EventBridge archives with AWS KMS keys": the encryption context is the bus's ARN, and the
        service passes no `aws:SourceArn`. Describing the key has no encryption context.
        """
        bus = self.format_arn(service="events", resource="event-bus", resource_name=self._bus)
        return (
            self._use(
                KEY_USED_BY_ARCHIVE,
                "events.amazonaws.com",
                {"StringLike": {"kms:EncryptionContext:aws:events:event-bus:arn": bus}},
            ),
            self._use(
                KEY_DESCRIBED, "events.amazonaws.com", {"StringEquals": {"aws:SourceAccount": self.account}}
            ),
        )

    def _warehouse(self) -> tuple[iam.PolicyStatement, ...]:
        """Returns the permission of the warehouse to read pick lists; none without a warehouse.

        The queue's policy is not enough ("Configure AWS KMS permissions for consumers", Amazon SQS Key
        management). The encryption context is the queue's ARN. CloudFormation begins the queue's name with
        the names of its stack and of its construct.
        """
        if not self.settings.warehouse:
            return ()
        principals, condition = pollers(self.settings.warehouse)
        queue = self.format_arn(
            service="sqs",
            resource=f"orders-{self.settings.stage}-events-{PICK_LISTS}*",
            arn_format=ArnFormat.NO_RESOURCE_NAME,
        )
        return (
            iam.PolicyStatement(
                sid="WarehouseMayDecrypt",
                principals=principals,
                actions=list(KEY_USED_BY_WAREHOUSE.actions),
                resources=["*"],
                conditions={
                    **condition,
                    "StringEquals": {"kms:ViaService": f"sqs.{self.region}.amazonaws.com"},
                    "StringLike": {"kms:EncryptionContext:aws:sqs:arn": queue},
                },
            ),
        )

    def _images(self) -> tuple[iam.PolicyStatement, ...]:
        """Returns the permission of S3 to send to the queue of uploads; none without images of products.

        "Configure AWS KMS permissions for AWS services" (Amazon SQS Key management). The encryption context
        is the queue's ARN, as for the warehouse; the queue's policy names the bucket.
        """
        if not self.settings.media:
            return ()
        queue = self.format_arn(
            service="sqs",
            resource=f"orders-{self.settings.stage}-media-{UPLOADS_QUEUE}*",
            arn_format=ArnFormat.NO_RESOURCE_NAME,
        )
        return (
            self._use(
                KEY_USED_BY_IMAGES,
                "s3.amazonaws.com",
                {"StringLike": {"kms:EncryptionContext:aws:sqs:arn": queue}},
            ),
        )

    @property
    def _bus(self) -> str:
        """The pattern of the bus's name, which aws-cdk-lib makes of the bus's place in the app."""
        return f"orders{self.settings.stage}eventsBus*"

    def _arn(self, service: str, resource: str, name: str) -> str:
        return self.format_arn(
            service=service,
            resource=resource,
            resource_name=name,
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )

    def _use(
        self, used: Wildcard, service: str, conditions: dict[str, dict[str, object]]
    ) -> iam.PolicyStatement:
        return iam.PolicyStatement(
            principals=[iam.ServicePrincipal(service)],
            actions=list(used.actions),
            # In a key policy `*` means this key.
            resources=["*"],
            conditions=conditions,
        )

    def _watch(self, keys: Sequence[kms.Key]) -> None:
        """Send calls that disable a key to a queue that raises an alarm, as all queues without a consumer do.

        The queue has a key of AWS, and so it works without the customer's. EventBridge gets the calls of KMS
        from CloudTrail, in an account with a trail ("AWS service events delivered via AWS CloudTrail").
        """
        queue = DeadLetterQueue(self, "KeyCalls")
        rule = events.Rule(
            self,
            "KeyDisabled",
            description="Sends calls that disable or delete a key of this stage to a queue with an alarm",
            event_pattern=events.EventPattern(
                source=["aws.kms"],
                detail_type=["AWS API Call via CloudTrail"],
                detail={
                    "eventSource": ["kms.amazonaws.com"],
                    "eventName": list(_DISABLING),
                    # A call that KMS has refused has changed nothing.
                    "errorCode": [{"exists": False}],
                    "resources": {"ARN": [key.key_arn for key in keys]},
                },
            ),
            targets=[targets.SqsQueue(queue)],
        )
        suppress_nag(
            rule,
            "Serverless-EventBusDLQ",
            "Its target is a queue like a dead-letter queue; a second one would fail for the same reasons.",
        )
        CfnOutput(self, "KeyCallsQueueUrl", value=queue.queue_url)
