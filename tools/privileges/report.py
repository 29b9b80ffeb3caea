"""Compares the grants of roles with those that were used: unused grants, and a table by service."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import NamedTuple

from tools.privileges.policy import Grant, Role

Used = Collection[tuple[str, Grant]]
"""Each role with each of its grants that a recorded call needed."""


class ByService(NamedTuple):
    """A grant that an AWS service uses by itself, so that no call of the app's code is recorded for it."""

    role: str
    action: str
    resource: str
    reason: str

    def explains(self, role: str, grant: Grant) -> bool:
        """Whether the service needs this grant."""
        return (
            fnmatchcase(role, self.role)
            and fnmatchcase(grant.action, self.action)
            and fnmatchcase(grant.resource, self.resource)
        )


_POLLS = "Lambda's event source polls the queue with the function's role."
_NOT_FOUND = "S3 returns 404 for a file that does not exist only to a role that may list the bucket."
BY_SERVICES = (
    ByService("*", "logs:CreateLogStream", "*:log-group:*", "Lambda writes the function's log."),
    ByService("*", "logs:PutLogEvents", "*:log-group:*", "Lambda writes the function's log."),
    ByService("*", "xray:Put*", "[*]", "Lambda and Step Functions send trace segments."),
    ByService("MachineRole", "xray:GetSampling*", "[*]", "Step Functions samples traces by these rules."),
    ByService("MachineRole", "logs:*", "[*]", "Step Functions sets the delivery of its log up."),
    ByService(
        "MachineRole",
        "lambda:InvokeFunction",
        "*:function:[!:]*",
        "During an update, the state machine of a release without aliases calls the functions.",
    ),
    ByService("BackupsRole", "*", "*", "AWS Backup makes and deletes the table's backups."),
    ByService("drive_order", "sqs:ReceiveMessage", "*", _POLLS),
    ByService("drive_order", "sqs:GetQueueAttributes", "*", _POLLS),
    ByService("notify_*", "sqs:ReceiveMessage", "*", _POLLS),
    ByService("notify_*", "sqs:DeleteMessage", "*", _POLLS),
    ByService("notify_*", "sqs:GetQueueAttributes", "*", _POLLS),
    ByService("*_webhook*", "sqs:ReceiveMessage", "*", _POLLS),
    ByService("*_webhook*", "sqs:DeleteMessage", "*", _POLLS),
    ByService("*_webhook*", "sqs:GetQueueAttributes", "*", _POLLS),
    ByService("process_customer_data", "sqs:ReceiveMessage", "*", _POLLS),
    ByService("process_customer_data", "sqs:DeleteMessage", "*", _POLLS),
    ByService("process_customer_data", "sqs:GetQueueAttributes", "*", _POLLS),
    ByService("record_sales", "sqs:ReceiveMessage", "*", _POLLS),
    ByService("record_sales", "sqs:DeleteMessage", "*", _POLLS),
    ByService("record_sales", "sqs:GetQueueAttributes", "*", _POLLS),
    ByService("announce_orders", "sqs:ReceiveMessage", "*", _POLLS),
    ByService("announce_orders", "sqs:DeleteMessage", "*", _POLLS),
    ByService("announce_orders", "sqs:GetQueueAttributes", "*", _POLLS),
    ByService("make_thumbnails", "sqs:ReceiveMessage", "*", _POLLS),
    ByService("make_thumbnails", "sqs:DeleteMessage", "*", _POLLS),
    ByService("make_thumbnails", "sqs:GetQueueAttributes", "*", _POLLS),
    ByService("make_thumbnails", "s3:ListBucket", "*", _NOT_FOUND),
    ByService("get_image", "s3:ListBucket", "*", _NOT_FOUND),
    ByService("ImageSweepRole", "lambda:InvokeFunction", "*", "EventBridge Scheduler starts the sweep."),
    ByService("publish_changes", "dynamodb:*", "*/stream/*", "Lambda's event source reads the stream."),
    ByService("publish_changes", "s3:ListBucket", "*", "Lambda checks its on-failure destination."),
    ByService("publish_changes", "s3:PutObject", "*/aws/lambda/[*]", "Lambda stores changes given up."),
    ByService("reconcile_orders", "sqs:SendMessage", "*:MissedSweeps", "Lambda sends events that failed."),
    ByService("make_daily_report", "sqs:SendMessage", "*:MissedReports", "Lambda sends events that failed."),
    ByService("DailyReportRole", "lambda:InvokeFunction", "*", "EventBridge Scheduler starts the report."),
    ByService("DailyReportRole", "sqs:SendMessage", "*", "EventBridge Scheduler sends what it could not."),
    ByService("DailyReportRole", "kms:*", "*:key/*", "EventBridge Scheduler encrypts what it sends."),
    ByService("SweepRole", "kms:*", "*:key/*", "EventBridge Scheduler encrypts what it could not deliver."),
    ByService("CanaryRole", "lambda:InvokeFunction", "*", "EventBridge Scheduler starts the canary."),
    ByService("SweepRole", "lambda:InvokeFunction", "*", "EventBridge Scheduler starts the sweep."),
    ByService("SweepRole", "sqs:SendMessage", "*", "EventBridge Scheduler sends what it could not deliver."),
)
"""The only grants that no recorded call needs."""


def explained(role: str, grant: Grant) -> bool:
    """Whether an AWS service needs a grant by itself."""
    return any(each.explains(role, grant) for each in BY_SERVICES)


def differences(roles: Mapping[str, Role], used: Used) -> Iterator[str]:
    """Yields a line for each grant that nothing needs, and for each exception that is not needed."""
    unused = [(name, grant) for name, role in roles.items() for grant in role.grants() - _of(used, name)]
    for name, grant in sorted(unused):
        if not explained(name, grant):
            yield f"{name} never needs {grant}"
    for each in BY_SERVICES:
        if not any(each.explains(name, grant) for name, grant in unused):
            yield f"remove the exception of {each.role}: {each.action} on {each.resource} has no use"


def table(roles: Mapping[str, Role], used: Used) -> Iterator[str]:
    """Yields the lines of a table: for each service, what is granted, what is used, and the difference."""
    granted: Counter[str] = Counter()
    called: Counter[str] = Counter()
    by_services: Counter[str] = Counter()
    for name, role in roles.items():
        for grant in role.grants():
            service = grant.action.partition(":")[0]
            granted[service] += 1
            if (name, grant) in used:
                called[service] += 1
            elif explained(name, grant):
                by_services[service] += 1
    yield f"{'service':16}{'granted':>9}{'used':>9}{'by AWS':>9}{'difference':>12}"
    for service in [*sorted(granted), ""]:
        counts = [
            counter[service] if service else counter.total() for counter in (granted, called, by_services)
        ]
        yield (
            f"{service or 'all':16}{counts[0]:9}{counts[1]:9}{counts[2]:9}"
            f"{counts[0] - counts[1] - counts[2]:12}"
        )


def _of(used: Used, role: str) -> set[Grant]:
    return {grant for name, grant in used if name == role}
