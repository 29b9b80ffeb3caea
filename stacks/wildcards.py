"""The `*` in policies that AWS requires, each with its reason. Nothing here imports CDK."""

from collections.abc import Iterator
from dataclasses import dataclass

from ordering.domain.exports import EXPORTS
from ordering.domain.reports.figures import REPORTS
from stacks.access import IMAGE_FILES


@dataclass(frozen=True, slots=True)
class Wildcard:
    """A `*` in a policy that AWS requires."""

    actions: tuple[str, ...]
    ends: str
    """The end of the resource's ARN in the template: `*` alone, or with the text before it."""
    reason: str


TRACING = Wildcard(
    ("xray:PutTraceSegments", "xray:PutTelemetryRecords"),
    "*",
    "X-Ray's write actions have no resource types (Service Authorization Reference, AWS X-Ray).",
)
METRIC_DATA = Wildcard(
    ("cloudwatch:GetMetricData",),
    "*",
    "GetMetricData has no resource types, and no condition keys (Actions, resources, and condition keys for "
    "Amazon CloudWatch).",
)
TRACE_SAMPLING = Wildcard(
    (*TRACING.actions, "xray:GetSamplingRules", "xray:GetSamplingTargets"),
    "*",
    "Step Functions uses X-Ray's sampling rules, and X-Ray's actions have no resource types.",
)
LOG_DELIVERY = Wildcard(
    (
        "logs:CreateLogDelivery",
        "logs:GetLogDelivery",
        "logs:UpdateLogDelivery",
        "logs:DeleteLogDelivery",
        "logs:ListLogDeliveries",
        "logs:PutResourcePolicy",
        "logs:DescribeResourcePolicies",
        "logs:DescribeLogGroups",
    ),
    "*",
    "The log delivery actions have no resource types (Logging in CloudWatch Logs, Step Functions).",
)
UNDELIVERED_OBJECTS = Wildcard(
    ("s3:PutObject",),
    "/aws/lambda/*",
    "Lambda's event source names the object by the mapping, the shard and the time.",
)
PARKED_OBJECTS = Wildcard(
    ("s3:PutObject",),
    "/parked/*",
    "A change that is too long for a message is stored as an object, named by its content.",
)
WEBSOCKET_STAGE = "live"
"""The name of the WebSocket API's stage, which is a part of the ARNs of its connections."""
CONNECTIONS = {
    method: Wildcard(
        ("execute-api:ManageConnections",),
        f"/{WEBSOCKET_STAGE}/{method}/@connections/*",
        "API Gateway makes the id of a connection when a client connects; there is no other part to name.",
    )
    for method in ("DELETE", "POST")
}
"""By the method of requests to `@connections` of the WebSocket API."""
EMPTIED_OBJECTS = Wildcard(
    ("s3:DeleteObject*", "s3:GetBucket*", "s3:List*", "s3:PutBucketPolicy"),
    "/*",
    "The bucket policy allows the function that empties the bucket before it is deleted (aws-cdk-lib).",
)
WEB_SOURCES = Wildcard(
    ("s3:GetObject",),
    "/*",
    "The bootstrap bucket, which holds what the account's CDK apps deploy. With the names of a deployment's "
    "files, the policy would change seconds before it is used, and IAM may take longer.",
)
WEB_FILES = Wildcard(
    ("s3:PutObject",),
    "/*",
    "The names of the web application's files contain hashes of their content.",
)
KEY_POLICY_ROOT = Wildcard(
    ("kms:*",),
    "*",
    "In a key policy `*` means this key; the account's root must manage it (Default key policy, AWS KMS).",
)
KEY_POLICY_USE = Wildcard(
    ("kms:Decrypt", "kms:GenerateDataKey*"),
    "*",
    "In a key policy `*` means this key: CloudWatch or EventBridge publishes with it.",
)
KEY_USED_BY_LOGS = Wildcard(
    ("kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*"),
    "*",
    "In a key policy `*` means this key: CloudWatch Logs encrypts the stage's log groups with it.",
)
KEY_USED_BY_RULES = Wildcard(
    ("kms:Decrypt", "kms:GenerateDataKey"),
    "*",
    "In a key policy `*` means this key: EventBridge sends events to queues that are encrypted with it.",
)
KEY_USED_BY_ARCHIVE = Wildcard(
    ("kms:Decrypt", "kms:GenerateDataKey", "kms:ReEncrypt*"),
    "*",
    "In a key policy `*` means this key: EventBridge encrypts the archived events with it.",
)
KEY_USED_BY_WAREHOUSE = Wildcard(
    ("kms:Decrypt",),
    "*",
    "In a key policy `*` means this key: the warehouse reads the queue of pick lists, encrypted with it.",
)
KEY_USED_BY_IMAGES = Wildcard(
    ("kms:Decrypt", "kms:GenerateDataKey"),
    "*",
    "In a key policy `*` means this key: S3 sends to the queue of uploads, which is encrypted with it.",
)
KEY_DESCRIBED = Wildcard(
    ("kms:DescribeKey",),
    "*",
    "In a key policy `*` means this key: EventBridge looks the key of the archive up.",
)
ALARM_STATES = Wildcard(
    ("cloudwatch:DescribeAlarms",),
    "*",
    "CodeDeploy reads the states of alarms by a list of all alarms, as in AWSCodeDeployRoleForLambdaLimited.",
)
BACKUPS_OF_TABLE = Wildcard(
    ("dynamodb:DescribeBackup", "dynamodb:DeleteBackup"),
    "/backup/*",
    "DynamoDB names each backup of the table itself; AWS Backup deletes it when its retention has ended.",
)
KEYS_OF_BACKUPS = Wildcard(
    ("kms:Decrypt", "kms:GenerateDataKey"),
    ":key/*",
    "The vault's key belongs to AWS and has no known ARN; only DynamoDB may use it for this role.",
)


def _image_wildcards() -> Iterator[Wildcard]:
    for prefix in dict.fromkeys(prefix for files in IMAGE_FILES.values() for prefix in files):
        actions = {action for files in IMAGE_FILES.values() for action in files.get(prefix, ())}
        yield Wildcard(
            tuple(f"s3:{action}" for action in sorted(actions)),
            f"/{prefix}*",
            "The key of a file contains the SKU of its product and the id of its image.",
        )


REPORT_FILES = Wildcard(
    ("s3:GetObject", "s3:PutObject"),
    f"/{REPORTS}*",
    "The key of a file contains the day of its report, and the digest of its content.",
)
EXPORT_FILES = Wildcard(
    ("s3:DeleteObject", "s3:GetObject", "s3:PutObject"),
    f"/{EXPORTS}*",
    "The key of a file contains the ids of its customer and of the export.",
)
# A link is checked against the permissions of the role that signed it.
EXPORT_LINKS = Wildcard(("s3:GetObject",), f"/{EXPORTS}*", EXPORT_FILES.reason)
WILDCARDS = (
    *(TRACING, METRIC_DATA, TRACE_SAMPLING, LOG_DELIVERY),
    *(UNDELIVERED_OBJECTS, PARKED_OBJECTS, EXPORT_FILES),
    *(KEY_POLICY_ROOT, KEY_POLICY_USE),
)
"""The wildcards of every stage."""
WHERE_BUCKETS_ARE_EMPTIED = (EMPTIED_OBJECTS,)
"""The additional wildcards of a stage whose buckets are deleted with it."""
WHERE_DEPLOYMENTS_ARE_GRADUAL = (ALARM_STATES,)
"""The additional wildcards of a stage in which CodeDeploy moves the aliases of functions."""
WHERE_A_KEY_IS_THE_CUSTOMERS = (KEY_USED_BY_LOGS, KEY_USED_BY_RULES, KEY_USED_BY_ARCHIVE, KEY_DESCRIBED)
"""The additional wildcards of a stage with the customer's own key."""
WHERE_A_WAREHOUSE_USES_THE_KEY = (KEY_USED_BY_WAREHOUSE,)
"""The additional wildcards of a stage with the customer's own key and a warehouse."""
WHERE_IMAGES_USE_THE_KEY = (KEY_USED_BY_IMAGES,)
"""The additional wildcards of a stage with the customer's own key and images of products."""
WHERE_IMAGES_ARE_STORED = tuple(_image_wildcards())
"""The additional wildcards of a stage with images of products."""
WHERE_CLIENTS_ARE_TOLD = tuple(CONNECTIONS.values())
"""The additional wildcards of a stage with a WebSocket API."""
WHERE_REPORTS_ARE_MADE = (REPORT_FILES,)
"""The additional wildcards of a stage with daily reports."""
WHERE_THE_WEB_IS_SERVED = (WEB_SOURCES, WEB_FILES)
"""The additional wildcards of a stage that serves the web application. CloudFront too may read its files."""
WHERE_BACKUPS_ARE_MADE = (BACKUPS_OF_TABLE, KEYS_OF_BACKUPS)
"""The additional wildcards of a stage with a vault."""
