"""The privacy stack: the queue of customers' jobs, its function, and the bucket of exports.

Every stage has it, because every customer may be removed. A stage without the setting `mail` has no routes
for exports, since their links are mailed.
"""

import json
from collections.abc import Iterator

from aws_cdk import CfnOutput, Duration, Fn, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from ordering.domain.exports import EXPORTS, FILE_DAYS
from ordering.repositories.exports import CLAIM_SECONDS
from stacks.access import PROCESS_CUSTOMER_DATA
from stacks.bucket import PrivateBucket
from stacks.data import DataStack
from stacks.function import OrderFunction
from stacks.grants import allow
from stacks.layers import Layers
from stacks.nag import suppress_nag
from stacks.notifications import Sending
from stacks.queue import WorkQueue
from stacks.settings import Settings
from stacks.stack import FunctionStack
from stacks.wildcards import EXPORT_FILES, EXPORT_LINKS

RUNBOOK = "docs/runbooks/customer-jobs.md"
"""The runbook of the alarms on the queue."""

_TIMEOUT = Duration.seconds(60)
# Up to three copies of a part of five megabytes are in memory: one is built, one is sent, and one is read.
_MEGABYTES = 512
# With the back-off, so many receives take more than an hour. S3, SES or the table may be unavailable for
# that long.
_MAX_RECEIVES = 12
# Exports of different customers are written at the same time. Most of the time, they wait for the table.
MAX_CONCURRENCY = 5

# The outputs that the api stack reads: the name of the bucket, and its ARN.
_NAME, _ARN = "ExportsBucketName", "ExportsBucketArn"

_LINKS = "get_export"
"""The handler of the API that makes links to files."""

_NO_ACCESS_LOG = "Only the function reads and writes it, and the customer who has the link, which expires."
_NO_VERSIONS = "A file that was deleted must not be kept."


class PrivacyStack(FunctionStack):
    """Exports and deletes the data of customers."""

    def __init__(
        self, scope: Construct, id: str, *, settings: Settings, layers: Layers, data: DataStack
    ) -> None:
        super().__init__(
            scope, id, settings=settings, layers=layers, description="Order backend: data of customers"
        )
        if _TIMEOUT.to_seconds() >= CLAIM_SECONDS:
            raise ValueError(f"process_customer_data: its time-out must be shorter than {CLAIM_SECONDS} s")
        self.jobs = WorkQueue(
            self,
            "CustomerJobs",
            visibility_timeout=Duration.seconds(6 * _TIMEOUT.to_seconds()),
            max_receive_count=_MAX_RECEIVES,
        )
        self.jobs.runbook = self.jobs.dead_letters.runbook = RUNBOOK
        self.bucket = PrivateBucket(
            self,
            "Exports",
            no_access_log=_NO_ACCESS_LOG,
            no_versions=_NO_VERSIONS,
            lifecycle_rules=[
                s3.LifecycleRule(prefix=EXPORTS, expiration=Duration.days(FILE_DAYS)),
                s3.LifecycleRule(abort_incomplete_multipart_upload_after=Duration.days(FILE_DAYS)),
            ],
        )
        self._process_customer_data(data)
        CfnOutput(self, "CustomerJobsQueueUrl", value=self.jobs.queue_url)
        CfnOutput(self, "CustomerJobsDeadLetterQueueUrl", value=self.jobs.dead_letters.queue_url)
        CfnOutput(self, _NAME, value=self.bucket.bucket_name)
        CfnOutput(self, _ARN, value=self.bucket.bucket_arn)

    def access(self, handler: str) -> Iterator[iam.PolicyStatement]:
        """Yields the statement of a handler of the API that makes links; none for another handler."""
        if handler == _LINKS:
            arn = Fn.get_stack_output(self.stack_name, _ARN)
            yield allow(list(EXPORT_LINKS.actions), f"{arn}{EXPORT_LINKS.ends}")

    def variables(self, handler: str) -> dict[str, str]:
        """Returns the variables of a handler of the API that makes links; none for another handler."""
        name = Fn.get_stack_output(self.stack_name, _NAME)
        return {"EXPORTS_BUCKET_NAME": name} if handler == _LINKS else {}

    def accept_wildcards(self, handler: OrderFunction, name: str) -> None:
        """Accept the wildcard in the policy of a handler of the API that makes links."""
        if name == _LINKS:
            arn = Stack.of(handler).resolve(Fn.get_stack_output(self.stack_name, _ARN))
            resource = json.dumps(arn, separators=(",", ":"))
            suppress_nag(
                handler.policy,
                f"AwsSolutions-IAM5[Resource::{resource}{EXPORT_LINKS.ends}]",
                EXPORT_LINKS.reason,
            )

    def _process_customer_data(self, data: DataStack) -> None:
        mail = self.settings.mail
        sending = (
            Sending(self, "ExportMail", mail, variable="EXPORT_MAIL_CONFIGURATION_SET") if mail else None
        )
        function = OrderFunction(
            self,
            "events/process_customer_data",
            data=data,
            access=PROCESS_CUSTOMER_DATA,
            timeout=_TIMEOUT,
            megabytes=_MEGABYTES,
            statements=(
                self.jobs.consuming,
                # To send the message for the rest of a job.
                allow(["sqs:SendMessage"], self.jobs.queue_arn),
                allow(list(EXPORT_FILES.actions), f"{self.bucket.bucket_arn}{EXPORT_FILES.ends}"),
                # Without it, S3 returns 403 for a file that does not exist ("HeadObject", Amazon S3 API
                # Reference). It has no condition on `s3:prefix`: a request for one file has no prefix, and a
                # condition on an absent key is false ("IAM JSON policy elements: Condition operators").
                allow(["s3:ListBucket"], self.bucket.bucket_arn),
                *([sending.permission] if sending else []),
            ),
            environment={
                "CUSTOMER_JOBS_QUEUE_URL": self.jobs.queue_url,
                "EXPORTS_BUCKET_NAME": self.bucket.bucket_name,
                **(sending.environment if sending else {}),
                **({"MAIL_LANGUAGE": mail.language.value} if mail else {}),
            },
        )
        arn = self.resolve(self.bucket.bucket_arn)
        suppress_nag(
            function.policy,
            f"AwsSolutions-IAM5[Resource::<{'.'.join(arn['Fn::GetAtt'])}>{EXPORT_FILES.ends}]",
            EXPORT_FILES.reason,
        )
        # One job for each invocation: a piece of it takes as long as the time-out allows.
        self.jobs.feed("CustomerJobsToDo", function, batch_size=1, max_concurrency=MAX_CONCURRENCY)
