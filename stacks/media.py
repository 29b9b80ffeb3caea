"""The media stack: the bucket of images, the queue of uploads, and the functions that process and sweep them.

A stage without the setting `media` has no such stack. If the setting is turned off, the API's routes are
deleted in the next deployment, but the stack stays deployed, because it is no longer part of the app:
`docs/deploying.md` describes how to delete it.
"""

import json
from collections.abc import Iterator
from typing import cast

from aws_cdk import Aws, CfnOutput, Duration, Fn, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from ordering.domain.images import ABANDONED_AFTER_HOURS, REFUSED, REFUSED_DAYS, UPLOADS
from stacks.access import IMAGE_FILES, LISTS_IMAGE_FILES, MAKE_THUMBNAILS, SWEEP_IMAGES
from stacks.bucket import PrivateBucket
from stacks.data import DataStack
from stacks.function import OrderFunction
from stacks.grants import allow
from stacks.layers import Layers
from stacks.nag import suppress_nag
from stacks.queue import WorkQueue
from stacks.schedule import invoke_on_schedule
from stacks.settings import Media, Settings
from stacks.stack import FunctionStack
from stacks.wildcards import WHERE_IMAGES_ARE_STORED

# The largest image takes a few seconds (`docs/images-of-products.md`).
_THUMBNAILS_TIMEOUT = Duration.seconds(60)
# More than twice the memory that the largest image takes, and a whole core of the processor, which 1,769 MB
# get ("Configure Lambda function memory").
_THUMBNAILS_MEGABYTES = 1769
# An image that makes the process die is tried so often.
_MAX_RECEIVES = 5
_SWEEP_TIMEOUT = Duration.minutes(10)

UPLOADS_QUEUE = "Uploads"
"""The id of the queue's construct, with which its name begins."""

# Outputs with the name and the ARN of the bucket, which the API reads.
_NAME, _ARN = "ImagesBucketName", "ImagesBucketArn"

_NO_ACCESS_LOG = "Only the app's own functions read and write it; the API has a log of each request."
_NO_VERSIONS = "A file is never overwritten, and one that was removed must not be kept."


class MediaStack(FunctionStack):
    """Images of products."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: Settings,
        layers: Layers,
        data: DataStack,
        media: Media,
    ) -> None:
        super().__init__(
            scope, id, settings=settings, layers=layers, description="Order backend: images of products"
        )
        self.uploads = WorkQueue(
            self,
            UPLOADS_QUEUE,
            visibility_timeout=Duration.seconds(6 * _THUMBNAILS_TIMEOUT.to_seconds()),
            max_receive_count=_MAX_RECEIVES,
        )
        self.bucket = self._bucket()
        self._make_thumbnails(data, media)
        self.sweep = self._sweep_images(data)
        CfnOutput(self, _NAME, value=self.bucket.bucket_name)
        CfnOutput(self, _ARN, value=self.bucket.bucket_arn)
        CfnOutput(self, "UploadsQueueUrl", value=self.uploads.queue_url)
        CfnOutput(self, "UploadsDeadLetterQueueUrl", value=self.uploads.dead_letters.queue_url)

    def access(self, handler: str, stack: Stack) -> Iterator[iam.PolicyStatement]:
        """Yields the statements of a handler of `stack` that uses the bucket; none for another handler."""
        arn = self._arn(stack)
        for prefix, actions in IMAGE_FILES.get(handler, {}).items():
            yield allow([f"s3:{action}" for action in actions], f"{arn}/{prefix}*")
        if handler in LISTS_IMAGE_FILES:
            yield allow(["s3:ListBucket"], arn)

    def variables(self, handler: str, stack: Stack) -> dict[str, str]:
        """Returns the variables of a handler of `stack` that uses the bucket; none for another handler."""
        name = self.bucket.bucket_name if stack is self else Fn.get_stack_output(self.stack_name, _NAME)
        return {"IMAGES_BUCKET_NAME": name} if handler in IMAGE_FILES else {}

    def accept_wildcards(self, handler: OrderFunction, name: str) -> None:
        """Accept the wildcards in the policy of a handler, in this stack or in another one."""
        arn = self.resolve(self._arn(handler.stack))
        # The nag finding names the bucket as the template does.
        resource = (
            f"<{'.'.join(arn['Fn::GetAtt'])}>"
            if handler.stack is self
            else json.dumps(arn, separators=(",", ":"))
        )
        for wildcard in WHERE_IMAGES_ARE_STORED:
            if wildcard.ends.removeprefix("/").removesuffix("*") in IMAGE_FILES[name]:
                suppress_nag(
                    handler.policy, f"AwsSolutions-IAM5[Resource::{resource}{wildcard.ends}]", wildcard.reason
                )

    def _arn(self, stack: Stack) -> str:
        """Returns the ARN of the bucket, as `stack` refers to it.

        Another stack reads it from an output, which is a weak reference, so that the previous release, which
        has no images, can be deployed over this one.
        """
        return self.bucket.bucket_arn if stack is self else Fn.get_stack_output(self.stack_name, _ARN)

    def _bucket(self) -> PrivateBucket:
        """Returns the bucket, which notifies the queue of uploads.

        S3 checks that it may send to the queue when the bucket is created, so the queue's policy must exist
        before, and must name the bucket: its name is made here, and not by CloudFormation ("Unable to
        validate the following destination configurations", AWS re:Post). A bucket of an earlier stack, which
        a protected stage retains, had another name.
        """
        name = f"orders-{self.settings.stage}-media-{self.account}-{self.unique}"
        self.uploads.add_to_resource_policy(
            iam.PolicyStatement(
                actions=["sqs:SendMessage"],
                resources=[self.uploads.queue_arn],
                # "Granting permissions to publish event notification messages to a destination" (Amazon S3).
                principals=[
                    iam.ServicePrincipal(
                        "s3.amazonaws.com",
                        conditions={
                            "StringEquals": {"aws:SourceAccount": self.account},
                            "ArnLike": {"aws:SourceArn": f"arn:{Aws.PARTITION}:s3:::{name}"},
                        },
                    )
                ],
            )
        )
        bucket = PrivateBucket(
            self,
            "Images",
            name=name,
            no_access_log=_NO_ACCESS_LOG,
            no_versions=_NO_VERSIONS,
            lifecycle_rules=[
                s3.LifecycleRule(prefix=UPLOADS, expiration=Duration.hours(ABANDONED_AFTER_HOURS)),
                s3.LifecycleRule(prefix=REFUSED, expiration=Duration.days(REFUSED_DAYS)),
                s3.LifecycleRule(abort_incomplete_multipart_upload_after=Duration.days(1)),
            ],
            # A page of a front end sends the form.
            cors=[
                s3.CorsRule(
                    allowed_methods=[s3.HttpMethods.POST],
                    allowed_origins=list(self.settings.web_origins),
                    allowed_headers=["*"],
                )
            ]
            if self.settings.web_origins
            else None,
        )
        resource = cast(s3.CfnBucket, bucket.node.default_child)
        # Not by `add_event_notification`, which adds a function that may change every bucket's notifications.
        resource.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
            queue_configurations=[
                s3.CfnBucket.QueueConfigurationProperty(
                    event="s3:ObjectCreated:*",
                    queue=self.uploads.queue_arn,
                    filter=s3.CfnBucket.NotificationFilterProperty(
                        s3_key=s3.CfnBucket.S3KeyFilterProperty(
                            rules=[s3.CfnBucket.FilterRuleProperty(name="prefix", value=UPLOADS)]
                        )
                    ),
                )
            ]
        )
        bucket.node.add_dependency(self.uploads.node.find_child("Policy"))
        return bucket

    def _make_thumbnails(self, data: DataStack, media: Media) -> None:
        handler = OrderFunction(
            self,
            "events/make_thumbnails",
            data=data,
            access=MAKE_THUMBNAILS,
            timeout=_THUMBNAILS_TIMEOUT,
            statements=(*self.access("make_thumbnails", self), self.uploads.consuming),
            environment={
                **self.variables("make_thumbnails", self),
                "UPLOADS_QUEUE_URL": self.uploads.queue_url,
            },
            more_layers=[self.imaging_layer],
            megabytes=_THUMBNAILS_MEGABYTES,
        )
        self.accept_wildcards(handler, "make_thumbnails")
        # One image at a time: the memory is for one, and an image that makes the process die is alone.
        self.uploads.feed("UploadsToProcess", handler, batch_size=1, max_concurrency=media.max_concurrency)

    def _sweep_images(self, data: DataStack) -> OrderFunction:
        """Add the sweep of files without an image, and its schedule."""
        handler = OrderFunction(
            self,
            "scheduled/sweep_images",
            data=data,
            access=SWEEP_IMAGES,
            timeout=_SWEEP_TIMEOUT,
            statements=self.access("sweep_images", self),
            environment=self.variables("sweep_images", self),
        )
        self.accept_wildcards(handler, "sweep_images")
        # A sweep that failed is not repeated: the next one does its work.
        handler.live.configure_async_invoke(retry_attempts=0, max_event_age=Duration.hours(1))
        suppress_nag(
            handler.live.node.find_child("EventInvokeConfig"),
            "Serverless-LambdaAsyncFailureDestination",
            "A sweep that failed raises the alarm ImageSweepFails, and the next one does its work.",
        )
        invoke_on_schedule(
            self,
            "ImageSweep",
            handler,
            scheduler.ScheduleExpression.rate(Duration.days(1)),
            description="Deletes files of images that no product has",
            retry_attempts=2,
            max_event_age=Duration.hours(1),
        )
        return handler

    def sweep_errors(self, period: Duration) -> cloudwatch.Metric:
        """Returns how many sweeps have failed."""
        return self.sweep.metric_errors(period=period, statistic="Sum")
