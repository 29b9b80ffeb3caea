"""Permissions of handlers: exact actions on exact resources, and the unavoidable wildcards.

The access of the routes' handlers is in `stacks.routes`. Nothing here imports CDK; `stacks.grants` creates
the policies from it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ordering.domain import images
from ordering.domain.exports import EXPORTS
from ordering.domain.order import CustomerId
from ordering.domain.product import Sku
from ordering.domain.reports.figures import REPORTS
from ordering.repositories import keys


@dataclass(frozen=True, slots=True)
class Items:
    """Actions that a handler performs on the table, limited to items with some partition keys."""

    actions: tuple[str, ...]
    """Without the service prefix. A condition check in a transaction needs its own action."""
    partitions: tuple[str, ...]
    """The patterns that the partition keys match (`dynamodb:LeadingKeys`)."""


def orders(*actions: str) -> Items:
    """Actions on orders, and on all items that belong to them."""
    return Items(actions, (keys.order_partition("*"),))


def products(*actions: str) -> Items:
    """Actions on products, their stock and its ledger."""
    return Items(actions, (keys.product(Sku("*"))["PK"],))


def customers(*actions: str) -> Items:
    """Actions on profiles, blocks, exports and removals of customers."""
    return Items(actions, (keys.customer_partition(CustomerId("*")),))


def leases(*actions: str) -> Items:
    """Actions on the leases of orders."""
    return Items(actions, (keys.lease("*")["PK"],))


def health(*actions: str) -> Items:
    """Actions on the circuits, and on the times when an order last failed and last ended."""
    return Items(actions, (keys.HEALTH,))


def sales(*actions: str) -> Items:
    """Actions on the totals of sales, and on their state."""
    return Items(actions, (keys.sales_partition("*"),))


def connections(*actions: str) -> Items:
    """Actions on the connections of the WebSocket API."""
    return Items(actions, (keys.connections_partition("*"),))


def webhook_endpoints(*actions: str) -> Items:
    """Actions on the webhook endpoints of partners."""
    return Items(actions, (keys.webhooks_partition(CustomerId("*")),))


def webhook_deliveries(*actions: str) -> Items:
    """Actions on deliveries of webhooks."""
    return Items(actions, (keys.deliveries_partition("*", "*"),))


@dataclass(frozen=True, slots=True)
class Access:
    """The actions that a handler performs on each resource of the data stack, without the service prefix."""

    table: tuple[Items, ...] = ()
    listing: tuple[str, ...] = ()
    """Actions on GSI1, which lists products and a customer's orders."""
    categories: tuple[str, ...] = ()
    """Actions on GSI3, which lists the products of a category."""
    due: tuple[str, ...] = ()
    """Actions on GSI2, which lists open items and the time of their last change."""
    payments: tuple[str, ...] = ()
    """Not empty if the handler calls the payment provider: its actions on the sandbox provider's table."""
    shipping: tuple[str, ...] = ()
    """Not empty if the handler calls the carrier: its actions on the sandbox carrier's table."""
    cursor_secret: tuple[str, ...] = ()
    """Actions on the secret that holds the key for signing cursors."""
    webhook_key: tuple[str, ...] = ()
    """Actions on the secret with the key of the webhooks' secrets, which `stacks.webhooks` grants."""


STEP_ACCESS = {
    "load_order": Access(table=(orders("Query"),)),
    "reserve_stock": Access(
        table=(
            orders("GetItem", "Query", "ConditionCheckItem", "PutItem"),
            # It reads a stock of several shards, to find the last units.
            products("UpdateItem", "GetItem", "BatchGetItem"),
        )
    ),
    "authorise_payment": Access(
        table=(orders("Query", "ConditionCheckItem", "PutItem", "UpdateItem"),),
        payments=("GetItem", "PutItem", "UpdateItem"),
    ),
    "confirm_order": Access(table=(orders("Query", "ConditionCheckItem", "UpdateItem"),)),
    "capture_payment": Access(table=(orders("Query", "UpdateItem"),), payments=("GetItem", "UpdateItem")),
    "book_shipment": Access(
        table=(orders("Query", "ConditionCheckItem", "PutItem", "UpdateItem"),), shipping=("PutItem",)
    ),
    "reauthorise_payment": Access(
        table=(orders("Query", "ConditionCheckItem", "PutItem", "UpdateItem"),),
        payments=("GetItem", "PutItem", "UpdateItem"),
    ),
    "complete_order": Access(table=(orders("Query", "UpdateItem"), products("UpdateItem"))),
    "reject_order": Access(table=(orders("Query", "ConditionCheckItem", "UpdateItem"),)),
    "turn_back": Access(table=(orders("Query", "ConditionCheckItem", "UpdateItem"),)),
    "cancel_shipment": Access(table=(orders("Query", "UpdateItem"),), shipping=("UpdateItem",)),
    "void_or_refund_payment": Access(
        table=(orders("Query", "UpdateItem"),), payments=("GetItem", "UpdateItem")
    ),
    "release_stock": Access(table=(orders("Query", "UpdateItem"), products("UpdateItem"))),
    "close_order": Access(table=(orders("Query", "ConditionCheckItem", "UpdateItem"),)),
}
"""The access of each step."""

ROTATE_CURSOR_SECRET = Access(cursor_secret=("DescribeSecret", "PutSecretValue", "UpdateSecretVersionStage"))

# The canary is a client of the API: it has its client's secret, and touches no table.
PLACE_CANARY_ORDER = Access()

# `drive_order` takes the order's lease, reads whether a provider is unavailable, and records the cause with
# an order that it could not drive.
DRIVE_ORDER = Access(
    table=(
        leases("UpdateItem", "DeleteItem"),
        health("Query", "GetItem", "UpdateItem", "DeleteItem"),
        orders("GetItem", "UpdateItem"),
    )
)
RECONCILE_ORDERS = Access(
    table=(
        leases("BatchGetItem"),
        health("Query"),
        orders("GetItem", "Query", "UpdateItem"),
        # The removals and exports for which it sends messages.
        customers("GetItem", "UpdateItem"),
    ),
    due=("Query",),
    payments=("GetItem", "UpdateItem"),
)

# `process_customer_data` reads all items of a customer, and deletes the addresses of removed customers.
PROCESS_CUSTOMER_DATA = Access(
    table=(
        customers("GetItem", "Query", "UpdateItem", "DeleteItem"),
        orders("Query", "UpdateItem", "BatchWriteItem"),
        webhook_endpoints("Query", "BatchWriteItem"),
        connections("Query"),
    ),
    listing=("Query",),
)

# `notify_customer` uses its records of events, those of earlier releases, the order, and the profile.
NOTIFY_CUSTOMER = Access(
    table=(
        Items(("Query", "UpdateItem"), (keys.consumer_partition("notify_customer", "*"),)),
        Items(("Query",), (keys.earlier_consumer_partition("notify_customer"),)),
        orders("Query"),
        customers("GetItem"),
    )
)

FAN_OUT_WEBHOOKS = Access(
    table=(
        Items(("UpdateItem",), (keys.consumer_partition("fan_out_webhooks", "*"),)),
        webhook_endpoints("Query"),
        webhook_deliveries("PutItem"),
        # An event of a payment, a shipment or a reservation does not name the customer.
        orders("GetItem"),
    )
)
DELIVER_WEBHOOK = Access(
    table=(
        webhook_deliveries("GetItem", "Query", "UpdateItem"),
        webhook_endpoints("GetItem", "UpdateItem"),
        Items(("UpdateItem", "DeleteItem"), (keys.webhook_slot("*", "*")["PK"],)),
    ),
    webhook_key=("GetSecretValue",),
)


# `notify_warehouse` uses its records of events, and the order.
NOTIFY_WAREHOUSE = Access(
    table=(
        Items(("Query", "UpdateItem"), (keys.consumer_partition("notify_warehouse", "*"),)),
        Items(("Query",), (keys.earlier_consumer_partition("notify_warehouse"),)),
        orders("Query"),
    )
)

# `record_sales` adds to the totals with its record of the event; for a refund it reads the order.
RECORD_SALES = Access(
    table=(
        Items(("UpdateItem",), (keys.consumer_partition("record_sales", "*"),)),
        sales("GetItem", "UpdateItem"),
        orders("GetItem"),
    )
)

# `subscribe` writes the connection. It reads whether the customer is blocked, and the orders that are shown.
SUBSCRIBE = Access(
    table=(
        connections("Query", "UpdateItem", "DeleteItem"),
        customers("GetItem"),
        orders("GetItem"),
    )
)

# `announce_orders` reads the order of a refund, since its events do not name the customer.
ANNOUNCE_ORDERS = Access(
    table=(
        connections("Query", "DeleteItem"),
        Items(("UpdateItem",), (keys.announced("*")["PK"],)),
        orders("GetItem"),
    )
)

# `make_daily_report` reads the totals, and records reports and the mails about them.
MAKE_DAILY_REPORT = Access(
    table=(
        sales("GetItem", "Query"),
        Items(("GetItem", "PutItem", "UpdateItem"), (keys.report_partition("*"),)),
    )
)

# `make_thumbnails` checks that the product exists in the transaction that writes the result.
MAKE_THUMBNAILS = Access(table=(products("GetItem", "ConditionCheckItem", "PutItem"),))
SWEEP_IMAGES = Access(
    table=(
        products("BatchGetItem"),
        Items(("GetItem", "UpdateItem"), (keys.MEDIA,)),
    )
)


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

IMAGE_FILES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    # The form is checked against the permissions of the role that signed it.
    "upload_image": {images.UPLOADS: ("PutObject",)},
    "get_image": {images.THUMBNAILS: ("GetObject",)},
    "remove_image": dict.fromkeys(
        (images.UPLOADS, images.ORIGINALS, images.THUMBNAILS, images.REFUSED), ("DeleteObject",)
    ),
    "make_thumbnails": {
        images.UPLOADS: ("GetObject", "DeleteObject"),
        **dict.fromkeys((images.ORIGINALS, images.THUMBNAILS, images.REFUSED), ("PutObject", "DeleteObject")),
    },
    "sweep_images": dict.fromkeys((images.ORIGINALS, images.THUMBNAILS), ("DeleteObject",)),
}
"""Handler → prefix of keys in the bucket of images → its actions on these files."""
LISTS_IMAGE_FILES = frozenset({"get_image", "make_thumbnails", "sweep_images"})
"""The handlers that may list the bucket. For a file that does not exist, S3 returns 404 only to them, and 403
to others ("GetObject", Amazon S3 API Reference)."""


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
    *(TRACING, TRACE_SAMPLING, LOG_DELIVERY),
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
