"""What AWS measures, as its documentation says: which metrics exist, and which of them a situation moves.

The local engine records no metrics, so no alarm is raised there. `Measured` is what one period
of a metric holds; a metric that has no point in a situation is absent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

Measured = Mapping[str, float]
"""metric, or metric and statistic (`EndedInTime Sum`) → its value in one period."""

QUOTA: Final = "SERVICE_QUOTA"
"""What metric math's function of that name returns, in a Measured."""


@dataclass(frozen=True)
class Published:
    """Metrics of one namespace, the dimensions that each is published under, and the page that says so."""

    page: str
    names: tuple[str, ...]
    dimensions: tuple[frozenset[str], ...]


# An alarm on a metric that no service publishes, or with other dimensions, is never raised.
PUBLISHED: Final[Mapping[str, tuple[Published, ...]]] = {
    "AWS/Backup": (
        # "AWS Backup metrics with Amazon CloudWatch" names only examples of dimensions.
        Published(
            "Supported AWS infrastructure metrics: AWS/Backup (Amazon CloudWatch)",
            ("NumberOfBackupJobsFailed", "NumberOfBackupJobsExpired"),
            (frozenset({"BackupVaultName"}), frozenset({"BackupVaultName", "ResourceType"})),
        ),
    ),
    "AWS/SQS": (
        Published(
            "Available CloudWatch metrics for Amazon SQS",
            (
                "ApproximateNumberOfMessagesVisible",
                "ApproximateNumberOfMessagesNotVisible",
                "ApproximateAgeOfOldestMessage",
            ),
            (frozenset({"QueueName"}),),
        ),
    ),
    "AWS/Lambda": (
        Published(
            "Types of metrics for Lambda functions",
            ("Invocations", "Errors", "Throttles", "Duration", "IteratorAge", "DestinationDeliveryFailures"),
            (
                frozenset({"FunctionName"}),
                frozenset({"FunctionName", "Resource"}),
                # Of an alias that two versions share.
                frozenset({"FunctionName", "Resource", "ExecutedVersion"}),
            ),
        ),
        Published(
            "Viewing metrics for Lambda functions: Across All Functions (none)",
            ("Invocations", "Errors", "Throttles", "Duration"),
            (frozenset(),),
        ),
        Published(
            "Monitoring concurrency: emitted for all functions, and for the account",
            ("ConcurrentExecutions",),
            (frozenset({"FunctionName"}), frozenset()),
        ),
        Published(
            "Monitoring concurrency: across all functions in a region",
            ("ClaimedAccountConcurrency", "UnreservedConcurrentExecutions"),
            (frozenset(),),
        ),
        # Where the mapping asks for the group EventCount.
        Published(
            "Types of metrics for Lambda functions, Event source mapping metrics",
            ("DroppedEventCount", "OnFailureDestinationDeliveredEventCount"),
            (frozenset({"EventSourceMappingUUID"}),),
        ),
    ),
    "AWS/States": (
        Published(
            "Monitoring Step Functions metrics using Amazon CloudWatch",
            (
                "ExecutionsStarted",
                "ExecutionsSucceeded",
                "ExecutionsFailed",
                "ExecutionsTimedOut",
                "ExecutionsAborted",
                "ExecutionThrottled",
                "ExecutionTime",
            ),
            (frozenset({"StateMachineArn"}),),
        ),
    ),
    "AWS/ApiGateway": (
        Published(
            "Monitor CloudWatch metrics for HTTP APIs in API Gateway",
            ("4xx", "5xx", "Count", "Latency", "IntegrationLatency"),
            (frozenset({"ApiId"}), frozenset({"ApiId", "Stage"})),
        ),
        Published(
            "Monitor WebSocket API execution with CloudWatch metrics",
            (
                *("ConnectCount", "MessageCount", "ClientError"),
                *("IntegrationError", "ExecutionError", "IntegrationLatency"),
            ),
            (frozenset({"ApiId"}), frozenset({"ApiId", "Stage"})),
        ),
    ),
    "AWS/DynamoDB": (
        Published(
            "DynamoDB metrics and dimensions",
            (
                "ReadThrottleEvents",
                "WriteThrottleEvents",
                "ConsumedReadCapacityUnits",
                "ConsumedWriteCapacityUnits",
            ),
            (frozenset({"TableName"}), frozenset({"TableName", "GlobalSecondaryIndexName"})),
        ),
        Published(
            "DynamoDB metrics and dimensions",
            ("TransactionConflict", "ConditionalCheckFailedRequests"),
            (frozenset({"TableName"}),),
        ),
    ),
    "AWS/SNS": (
        Published(
            "Monitoring Amazon SNS topics using CloudWatch",
            (
                "NumberOfMessagesPublished",
                "NumberOfNotificationsDelivered",
                "NumberOfNotificationsFailed",
                "NumberOfNotificationsFilteredOut",
            ),
            (frozenset({"TopicName"}),),
        ),
    ),
    "AWS/CloudFront": (
        Published(
            "Use the CloudWatch metrics in the CloudFront API, distribution metrics",
            ("Requests", "5xxErrorRate"),
            (frozenset({"DistributionId", "Region"}),),
        ),
        Published(
            "Use the CloudWatch metrics in the CloudFront API, CloudFront Functions metrics",
            ("FunctionExecutionErrors",),
            (frozenset({"FunctionName", "Region"}),),
        ),
    ),
    "AWS/SES": (
        # Of the account; each configuration set has its own.
        Published(
            "Creating reputation monitoring alarms using CloudWatch",
            ("Reputation.BounceRate", "Reputation.ComplaintRate"),
            (frozenset(), frozenset({"ses:configuration-set"})),
        ),
    ),
}


def dimensions_of(namespace: str, name: str) -> tuple[frozenset[str], ...]:
    """The sets of dimensions that a metric exists under; none if no service publishes it."""
    return tuple(
        dimensions
        for published in PUBLISHED[namespace]
        if name in published.names
        for dimensions in published.dimensions
    )


def queue(*, waiting: int = 0, oldest_seconds: float = 0) -> Measured:
    """Of a queue ("Available CloudWatch metrics for Amazon SQS")."""
    return {
        "ApproximateNumberOfMessagesVisible": waiting,
        "ApproximateAgeOfOldestMessage": oldest_seconds,
    }


def topic(*, failed: int = 0) -> Measured:
    """Of a topic ("Monitoring Amazon SNS topics using CloudWatch"): what SNS has stopped trying to deliver.

    What is delivered to a dead-letter queue of a subscription has failed too.
    """
    return {"NumberOfNotificationsFailed": failed}


def stream_mapping(*, given_up: int = 0, kept_by_destination: bool = True) -> Measured:
    """Of an event source mapping of a stream, with an on-failure destination, in one period.

    "Types of metrics for Lambda functions": DroppedEventCount excludes events that were sent to the
    destination. If delivery to it fails, OnFailureDestinationDeliveredEventCount is not emitted, and
    DroppedEventCount is the number of events.
    """
    if not given_up:
        return {}
    if kept_by_destination:
        return {"OnFailureDestinationDeliveredEventCount": given_up}
    return {"DroppedEventCount": given_up}


def function(*, errors: int = 0, iterator_age_milliseconds: float | None = None) -> Measured:
    """Of a function ("Types of metrics for Lambda functions"); the age is emitted for streams."""
    age = {} if iterator_age_milliseconds is None else {"IteratorAge": iterator_age_milliseconds}
    return {"Errors": errors, **age}


def machine(*, started: int, failed: int = 0, timed_out: int = 0) -> Measured:
    """Of a state machine; what did not happen has no point ("Step Functions metrics")."""
    happened = {"ExecutionsFailed": failed, "ExecutionsTimedOut": timed_out}
    return {"ExecutionsStarted": started, **{name: count for name, count in happened.items() if count}}


def http_api(*, requests: int = 1000, faults: int = 0, p99_milliseconds: float = 0) -> Measured:
    """Of an HTTP API: "5xx: the number of server-side errors captured in a given period"."""
    return {"Count": requests, "5xx": faults, "Latency": p99_milliseconds}


def websocket_api(*, messages: int = 1000, failed_calls: int = 0, error_responses: int = 0) -> Measured:
    """Of a WebSocket API: "ExecutionError: errors that occurred when calling the integration".

    IntegrationError counts the integration's own responses with 4xx and 5xx.
    """
    return {
        "MessageCount": messages,
        "ExecutionError": failed_calls,
        "IntegrationError": error_responses,
    }


def distribution(*, requests: int = 10_000, fault_percent: float = 0) -> Measured:
    """Of a distribution: "5xxErrorRate: the percentage of all viewer requests" with a 5xx."""
    return {"Requests": requests, "5xxErrorRate": fault_percent}


def viewer_function(*, errors: int = 0) -> Measured:
    """Of a CloudFront function; what did not happen has no point ("CloudFront Functions metrics")."""
    return {"FunctionExecutionErrors": errors} if errors else {}


def account(*, throttles: int = 0, claimed: int = 0, quota: int = 1000) -> Measured:
    """Of all functions of an account ("Monitoring concurrency": what is claimed, of a quota)."""
    return {
        "Throttles": throttles,
        "ClaimedAccountConcurrency": claimed,
        "ConcurrentExecutions": claimed,
        QUOTA: quota,
    }


def table(*, throttled_writes: int = 0) -> Measured:
    """Of a table; what did not happen has no point ("DynamoDB metrics and dimensions")."""
    return {"WriteThrottleEvents": throttled_writes} if throttled_writes else {}


def backup_vault(*, failed: int = 0, expired: int = 0) -> Measured:
    """Of a vault; "there is a nonzero value" is the criterion for a point ("AWS Backup metrics")."""
    happened = {"NumberOfBackupJobsFailed": failed, "NumberOfBackupJobsExpired": expired}
    return {name: count for name, count in happened.items() if count}
