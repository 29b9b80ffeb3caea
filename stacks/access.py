"""What a handler may do: exact actions on exact resources, and the wildcards that cannot be avoided.

The routes' own table is `stacks.routes`. Nothing here imports CDK; `stacks.grants` makes policies of it.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Access:
    """What a handler does to what the data stack keeps: the service's actions, without prefix, by
    resource.
    """

    table: tuple[str, ...] = ()
    listing: tuple[str, ...] = ()
    """On GSI1, which lists products and a customer's orders."""
    due: tuple[str, ...] = ()
    """On GSI2, which holds what is open and when it last moved."""
    payments: tuple[str, ...] = ()
    """Calls the payment provider; where that is the sandbox, these on its books."""
    shipping: tuple[str, ...] = ()
    """Calls the carrier; where that is the sandbox, these on its books."""
    cursor_secret: tuple[str, ...] = ()
    """On the secret that holds the key for signing cursors."""


# What each step does to the tables. Every transaction's condition checks count as actions of their own.
STEP_ACCESS = {
    "load_order": Access(table=("Query",)),
    "reserve_stock": Access(table=("GetItem", "Query", "ConditionCheckItem", "PutItem", "UpdateItem")),
    "authorise_payment": Access(
        table=("Query", "ConditionCheckItem", "PutItem", "UpdateItem"),
        payments=("GetItem", "PutItem", "UpdateItem"),
    ),
    "confirm_order": Access(table=("Query", "ConditionCheckItem", "UpdateItem")),
    "capture_payment": Access(table=("Query", "UpdateItem"), payments=("GetItem", "UpdateItem")),
    "book_shipment": Access(
        table=("Query", "ConditionCheckItem", "PutItem", "UpdateItem"), shipping=("PutItem",)
    ),
    "reauthorise_payment": Access(
        table=("Query", "ConditionCheckItem", "PutItem", "UpdateItem"),
        payments=("GetItem", "PutItem", "UpdateItem"),
    ),
    "complete_order": Access(table=("Query", "UpdateItem")),
    "reject_order": Access(table=("Query", "ConditionCheckItem", "UpdateItem")),
    "turn_back": Access(table=("Query", "ConditionCheckItem", "UpdateItem")),
    "cancel_shipment": Access(table=("Query", "UpdateItem"), shipping=("UpdateItem",)),
    "void_or_refund_payment": Access(table=("Query", "UpdateItem"), payments=("GetItem", "UpdateItem")),
    "release_stock": Access(table=("Query", "UpdateItem")),
    "close_order": Access(table=("Query", "ConditionCheckItem", "UpdateItem")),
}

ROTATE_CURSOR_SECRET = Access(cursor_secret=("DescribeSecret", "PutSecretValue", "UpdateSecretVersionStage"))

# `drive_order` takes the order's lease, asks whether a provider is away, and leaves the cause with the order
# it could not drive.
DRIVE_ORDER = Access(table=("Query", "GetItem", "UpdateItem", "DeleteItem"))
RECONCILE_ORDERS = Access(
    table=("BatchGetItem", "BatchWriteItem", "DeleteItem", "GetItem", "Query", "UpdateItem"),
    # For the customers who are to be forgotten.
    listing=("Query",),
    due=("Query",),
    payments=("GetItem", "UpdateItem"),
)

# `notify_customer`: its record of the event, the order, and the customer's profile.
NOTIFY_CUSTOMER = Access(table=("GetItem", "Query", "UpdateItem"))


@dataclass(frozen=True, slots=True)
class Wildcard:
    """A `*` in a policy that AWS itself demands."""

    actions: tuple[str, ...]
    ends: str
    """How the resource ends in the template: `*` alone, or what stands before it."""
    reason: str


TRACING = Wildcard(
    ("xray:PutTraceSegments", "xray:PutTelemetryRecords"),
    "*",
    "X-Ray's write actions know no resource to name (Service Authorization Reference, AWS X-Ray).",
)
TRACE_SAMPLING = Wildcard(
    (*TRACING.actions, "xray:GetSamplingRules", "xray:GetSamplingTargets"),
    "*",
    "Step Functions traces by X-Ray's sampling rules, and X-Ray's actions know no resource to name.",
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
    "Log delivery's actions know no resource to name (Logging in CloudWatch Logs, Step Functions).",
)
UNDELIVERED_OBJECTS = Wildcard(
    ("s3:PutObject",),
    "/aws/lambda/*",
    "Lambda's event source names the object after the mapping, the shard and the time.",
)
PARKED_OBJECTS = Wildcard(
    ("s3:PutObject",),
    "/parked/*",
    "A change that no message can hold is an object, named after its content.",
)
EMPTIED_OBJECTS = Wildcard(
    ("s3:DeleteObject*", "s3:GetBucket*", "s3:List*", "s3:PutBucketPolicy"),
    "/*",
    "The bucket's own policy lets one function, which empties it before it is deleted, do so (aws-cdk-lib).",
)
KEY_POLICY_ROOT = Wildcard(
    ("kms:*",),
    "*",
    "In a key policy `*` is this key; the account's root keeps it manageable (Default key policy, AWS KMS).",
)
KEY_POLICY_USE = Wildcard(
    ("kms:Decrypt", "kms:GenerateDataKey*"),
    "*",
    "In a key policy `*` is this key: CloudWatch encrypts its alarms with it.",
)

WILDCARDS = (
    *(TRACING, TRACE_SAMPLING, LOG_DELIVERY),
    *(UNDELIVERED_OBJECTS, PARKED_OBJECTS),
    *(KEY_POLICY_ROOT, KEY_POLICY_USE),
)
"""In every stage."""
WHERE_BUCKETS_ARE_EMPTIED = (EMPTIED_OBJECTS,)
"""Only in a stage whose buckets go with it."""
