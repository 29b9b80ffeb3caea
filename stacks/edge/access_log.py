"""The access log of the distribution, in a bucket: a JSON object for each request, without its caller."""

from typing import Final

from aws_cdk import Aws, CfnOutput, Duration
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3

from stacks.bucket import PrivateBucket
from stacks.stack import OrderStack

# "Standard log file fields". No address, cookie, user agent or query string: as in the API's own log, no
# field names a person.
FIELDS: Final = (
    "timestamp(ms)",
    "x-edge-request-id",
    "x-edge-location",
    "cs-method",
    "cs-uri-stem",
    "sc-status",
    "sc-bytes",
    "time-taken",
    "origin-fbl",
    "x-edge-result-type",
    "x-edge-detailed-result-type",
    "ssl-protocol",
    "cs-protocol-version",
    "sc-content-type",
)

_KEPT: Final = Duration.days(90)

_NO_ACCESS_LOG = "It contains the access log of the distribution; a log of its reads would need a log too."
_NO_VERSIONS = "A log file is written once."


def deliver_access_log(stack: OrderStack, distribution: cloudfront.Distribution, subject: str) -> None:
    """Deliver the access log by standard logging (v2). `subject` (`Edge`) is the prefix of its output's name.

    The legacy kind would write by an access control list, which new buckets do not allow ("Configure standard
    logging (legacy)"). The bucket's policy allows the delivery before it is created: "Logging that requires
    additional permissions [V2]", Amazon S3.
    """
    name = f"orders-{stack.settings.stage}-{subject.lower()}-{stack.unique}"
    bucket = PrivateBucket(
        stack,
        "AccessLog",
        no_access_log=_NO_ACCESS_LOG,
        no_versions=_NO_VERSIONS,
        lifecycle_rules=[
            s3.LifecycleRule(expiration=_KEPT),
            s3.LifecycleRule(abort_incomplete_multipart_upload_after=Duration.days(1)),
        ],
    )
    bucket.add_to_resource_policy(
        iam.PolicyStatement(
            actions=["s3:PutObject"],
            resources=[bucket.arn_for_objects(f"AWSLogs/{Aws.ACCOUNT_ID}/*")],
            principals=[
                iam.ServicePrincipal(
                    "delivery.logs.amazonaws.com",
                    conditions={
                        "StringEquals": {
                            "aws:SourceAccount": Aws.ACCOUNT_ID,
                            "s3:x-amz-acl": "bucket-owner-full-control",
                        },
                        "ArnLike": {
                            "aws:SourceArn": f"arn:{Aws.PARTITION}:logs:{stack.region}:{Aws.ACCOUNT_ID}:"
                            f"delivery-source:{name}"
                        },
                    },
                )
            ],
        )
    )
    source = logs.CfnDeliverySource(
        stack,
        "AccessLogSource",
        name=name,
        log_type="ACCESS_LOGS",
        resource_arn=distribution.distribution_arn,
    )
    destination = logs.CfnDeliveryDestination(
        stack,
        "AccessLogDestination",
        name=name,
        destination_resource_arn=bucket.bucket_arn,
        output_format="json",
    )
    delivery = logs.CfnDelivery(
        stack,
        "AccessLogDelivery",
        delivery_source_name=source.ref,
        delivery_destination_arn=destination.attr_arn,
        record_fields=list(FIELDS),
        s3_suffix_path="{yyyy}/{MM}/{dd}",
    )
    delivery.node.add_dependency(bucket.policy or bucket)
    CfnOutput(stack, f"{subject}LogBucketName", value=bucket.bucket_name)
