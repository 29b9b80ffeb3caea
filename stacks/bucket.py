"""The construct for buckets: private, encrypted, and reached by TLS only."""

from collections.abc import Sequence
from typing import cast

from aws_cdk import CfnResource
from aws_cdk import aws_s3 as s3

from stacks.acceptances import Checker
from stacks.nag import accept, suppress_nag
from stacks.stack import OrderStack, cost_tags, removal_policy
from stacks.wildcards import EMPTIED_OBJECTS

# The function of aws-cdk-lib that empties a bucket before it is deleted.
_EMPTYING = "Custom::S3AutoDeleteObjectsCustomResourceProvider"

_OF_EMPTYING_FUNCTION = (
    (Checker.CFN_LINT, "W3005"),
    *((Checker.CHECKOV, f"CKV_AWS_{number}") for number in (115, 116, 117)),
)
_RUNS_ONCE = "aws-cdk-lib's own function; it runs once, when CloudFormation deletes the bucket."
_OF_EMPTYING_POLICY = ("RESOURCE_MISMATCH s3:List*", "RESOURCE_POLICY_PRIVILEGE_ESCALATION")
_OF_BUCKET_POLICY = (
    (
        Checker.PARLIAMENT,
        "MISMATCHED_TYPE",
        "A TLS version has a fraction, which parliament does not expect.",
    ),
    (
        Checker.PARLIAMENT,
        "UNKNOWN_CONDITION_FOR_ACTION",
        "All of S3 is denied without TLS 1.2, as aws-cdk-lib does.",
    ),
)


class PrivateBucket(s3.Bucket):
    """A bucket of one stack, without versions and without an access log.

    In a protected stage it is retained. In another stage, it is emptied and deleted with its stack.
    """

    def __init__(
        self,
        stack: OrderStack,
        id: str,
        *,
        no_access_log: str,
        no_versions: str,
        lifecycle_rules: Sequence[s3.LifecycleRule],
        name: str | None = None,
        cors: Sequence[s3.CorsRule] | None = None,
    ) -> None:
        """`no_access_log` and `no_versions` are the reasons for which it has neither."""
        settings = stack.settings
        super().__init__(
            stack,
            id,
            bucket_name=name,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            lifecycle_rules=list(lifecycle_rules),
            cors=list(cors) if cors else None,
            removal_policy=removal_policy(settings),
            # Only an empty bucket can be deleted. The local engine deletes its buckets itself.
            auto_delete_objects=not (settings.protected or settings.local),
        )
        policy = cast(s3.BucketPolicy, self.policy)
        if (emptying := stack.node.try_find_child(_EMPTYING)) is not None:
            # Without permission to log, the function creates no log group that would be left behind.
            # CloudFormation reports its errors.
            role = cast(CfnResource, emptying.node.find_child("Role"))
            role.add_property_deletion_override("ManagedPolicyArns")
            # aws-cdk-lib creates both without tags.
            tags = [{"Key": key, "Value": value} for key, value in cost_tags(settings).items()]
            for untagged in (role, cast(CfnResource, emptying.node.find_child("Handler"))):
                untagged.add_property_override("Tags", tags)
            for checker, rule in _OF_EMPTYING_FUNCTION:
                accept(emptying.node.find_child("Handler"), checker, rule, _RUNS_ONCE)
            for rule in _OF_EMPTYING_POLICY:
                accept(policy, Checker.PARLIAMENT, rule, EMPTIED_OBJECTS.reason)
        suppress_nag(self, "AwsSolutions-S1", no_access_log)
        accept(self, Checker.CHECKOV, "CKV_AWS_18", no_access_log)
        accept(self, Checker.CHECKOV, "CKV_AWS_21", no_versions)
        for checker, rule, reason in _OF_BUCKET_POLICY:
            accept(policy, checker, rule, reason)
