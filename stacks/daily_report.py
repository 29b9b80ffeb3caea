"""The daily report of sales: its bucket, its function, and its schedule in the shop's time zone."""

from typing import Final

from aws_cdk import CfnOutput, Duration, TimeZone
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as scheduler_targets

from ordering.domain.reports.days import HOUR
from ordering.domain.reports.figures import REPORTS
from ordering.domain.sales import KEPT_DAYS
from stacks.access import MAKE_DAILY_REPORT
from stacks.bucket import PrivateBucket
from stacks.data import DataStack
from stacks.encryption.grants import key_statements
from stacks.function import Destination, OrderFunction
from stacks.grants import allow
from stacks.nag import suppress_nag
from stacks.notifications import Sending
from stacks.queue import DeadLetterQueue
from stacks.settings import Reporting
from stacks.stack import FunctionStack
from stacks.wildcards import REPORT_FILES

# Lambda's maximum. Most shops need seconds of it (docs/report.md, "Limits").
_TIMEOUT: Final = Duration.minutes(15)
# A page of the totals is read of each of 17 partitions at a time.
_MEGABYTES: Final = 1024
# So long, the scheduler and Lambda try to begin a run, after a failure of the service.
_LATEST: Final = Duration.hours(6)

_NO_ACCESS_LOG = "Only the function reads and writes it, and whoever has a link of a mail, which expires."
_NO_VERSIONS = "A file is never overwritten: each correction has a key of its own."


def make_daily_reports(stack: FunctionStack, reporting: Reporting, *, data: DataStack) -> None:
    """Add the resources of the daily report to the reporting stack."""
    bucket = PrivateBucket(
        stack,
        "Reports",
        no_access_log=_NO_ACCESS_LOG,
        no_versions=_NO_VERSIONS,
        lifecycle_rules=[
            # As long as the totals.
            s3.LifecycleRule(prefix=REPORTS, expiration=Duration.days(KEPT_DAYS)),
        ],
    )
    missed = DeadLetterQueue(stack, "MissedReports")
    handler = _handler(stack, reporting, data, bucket, missed)
    allowed = [
        allow(["lambda:InvokeFunction"], handler.live.function_arn),
        allow(["sqs:SendMessage"], missed.queue_arn),
    ]
    statements = [*allowed, *key_statements(stack, data.keys, allowed)]
    role = iam.Role(
        stack,
        "DailyReportRole",
        assumed_by=stack.scheduler(),
        inline_policies={"DailyReport": iam.PolicyDocument(statements=statements)},
    )
    scheduler.Schedule(
        stack,
        "DailyReport",
        description="Makes the report of the shop's day before",
        schedule=scheduler.ScheduleExpression.expression(
            f"cron(0 {HOUR} * * ? *)", TimeZone.of(reporting.time_zone)
        ),
        target=scheduler_targets.LambdaInvoke(
            handler.live,
            input=scheduler.ScheduleTargetInput.from_object(
                {"scheduledAt": scheduler.ContextAttribute.scheduled_time}
            ),
            # aws-cdk-lib would also allow every version and alias of the function.
            role=role.without_policy_updates(),
            dead_letter_queue=missed,
            retry_attempts=10,
            max_event_age=_LATEST,
        ),
    )
    CfnOutput(stack, "MissedReportsQueueUrl", value=missed.queue_url)
    CfnOutput(stack, "DailyReportFunctionArn", value=handler.live.function_arn)


def _handler(
    stack: FunctionStack,
    reporting: Reporting,
    data: DataStack,
    bucket: s3.Bucket,
    missed: DeadLetterQueue,
) -> OrderFunction:
    mail = stack.settings.mail if reporting.receivers else None
    sending = Sending(stack, "ReportMail", mail, variable="REPORT_MAIL_CONFIGURATION_SET") if mail else None
    handler = OrderFunction(
        stack,
        "scheduled/make_daily_report",
        data=data,
        access=MAKE_DAILY_REPORT,
        timeout=_TIMEOUT,
        megabytes=_MEGABYTES,
        statements=(
            allow(list(REPORT_FILES.actions), f"{bucket.bucket_arn}{REPORT_FILES.ends}"),
            allow(["sqs:SendMessage"], missed.queue_arn),
            *([sending.permission] if sending else []),
        ),
        environment={
            "SHOP_TIME_ZONE": reporting.time_zone,
            "REPORTS_BUCKET_NAME": bucket.bucket_name,
            "REPORT_RECEIVERS": stack.to_json_string(list(reporting.receivers)),
            **(sending.environment if sending else {}),
        },
    )
    arn = stack.resolve(bucket.bucket_arn)
    suppress_nag(
        handler.policy,
        f"AwsSolutions-IAM5[Resource::<{'.'.join(arn['Fn::GetAtt'])}>{REPORT_FILES.ends}]",
        REPORT_FILES.reason,
    )
    # Two more attempts, after one minute and after two more.
    handler.live.configure_async_invoke(
        retry_attempts=2, max_event_age=_LATEST, on_failure=Destination(missed.queue_arn)
    )
    return handler
