"""Permissions of handlers: exact actions on exact resources.

The access of the routes' handlers is in `stacks.routes`, and the `*` that AWS requires are in
`stacks.wildcards`. Nothing here imports CDK; `stacks.grants` creates the policies from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ordering.domain import images
from ordering.domain.order import CustomerId
from ordering.domain.product import Sku
from ordering.repositories.keys import (
    customer_keys,
    driving_keys,
    endpoint_keys,
    event_keys,
    order_keys,
    product_keys,
    realtime_keys,
    sales_keys,
)


@dataclass(frozen=True, slots=True)
class Items:
    """Actions that a handler performs on the table, limited to items with some partition keys."""

    actions: tuple[str, ...]
    """Without the service prefix. A condition check in a transaction needs its own action."""
    partitions: tuple[str, ...]
    """The patterns that the partition keys match (`dynamodb:LeadingKeys`)."""


def orders(*actions: str) -> Items:
    """Actions on orders, and on all items that belong to them."""
    return Items(actions, (order_keys.order_partition("*"),))


def products(*actions: str) -> Items:
    """Actions on products, their stock and its ledger."""
    return Items(actions, (product_keys.product(Sku("*"))["PK"],))


def customers(*actions: str) -> Items:
    """Actions on profiles, blocks, exports and removals of customers."""
    return Items(actions, (customer_keys.customer_partition(CustomerId("*")),))


def leases(*actions: str) -> Items:
    """Actions on the leases of orders."""
    return Items(actions, (driving_keys.lease("*")["PK"],))


def health(*actions: str) -> Items:
    """Actions on the circuits, and on the times when an order last failed and last ended."""
    return Items(actions, (driving_keys.HEALTH,))


def sales(*actions: str) -> Items:
    """Actions on the totals of sales, and on their state."""
    return Items(actions, (sales_keys.sales_partition("*"),))


def connections(*actions: str) -> Items:
    """Actions on the connections of the WebSocket API."""
    return Items(actions, (realtime_keys.connections_partition("*"),))


def webhook_endpoints(*actions: str) -> Items:
    """Actions on the webhook endpoints of partners."""
    return Items(actions, (endpoint_keys.webhooks_partition(CustomerId("*")),))


def webhook_deliveries(*actions: str) -> Items:
    """Actions on deliveries of webhooks."""
    return Items(actions, (endpoint_keys.deliveries_partition("*", "*"),))


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
        Items(("Query", "UpdateItem"), (event_keys.consumer_partition("notify_customer", "*"),)),
        Items(("Query",), (event_keys.earlier_consumer_partition("notify_customer"),)),
        orders("Query"),
        customers("GetItem"),
    )
)

FAN_OUT_WEBHOOKS = Access(
    table=(
        Items(("UpdateItem",), (event_keys.consumer_partition("fan_out_webhooks", "*"),)),
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
        Items(("UpdateItem", "DeleteItem"), (endpoint_keys.webhook_slot("*", "*")["PK"],)),
    ),
    webhook_key=("GetSecretValue",),
)


# `notify_warehouse` uses its records of events, and the order.
NOTIFY_WAREHOUSE = Access(
    table=(
        Items(("Query", "UpdateItem"), (event_keys.consumer_partition("notify_warehouse", "*"),)),
        Items(("Query",), (event_keys.earlier_consumer_partition("notify_warehouse"),)),
        orders("Query"),
    )
)

# `record_sales` adds to the totals with its record of the event; for a refund it reads the order.
RECORD_SALES = Access(
    table=(
        Items(("UpdateItem",), (event_keys.consumer_partition("record_sales", "*"),)),
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
        Items(("UpdateItem",), (realtime_keys.announced("*")["PK"],)),
        orders("GetItem"),
    )
)

# `make_daily_report` reads the totals, and records reports and the mails about them.
MAKE_DAILY_REPORT = Access(
    table=(
        sales("GetItem", "Query"),
        Items(("GetItem", "PutItem", "UpdateItem"), (sales_keys.report_partition("*"),)),
    )
)

# `make_thumbnails` checks that the product exists in the transaction that writes the result.
MAKE_THUMBNAILS = Access(table=(products("GetItem", "ConditionCheckItem", "PutItem"),))
SWEEP_IMAGES = Access(
    table=(
        products("BatchGetItem"),
        Items(("GetItem", "UpdateItem"), (product_keys.MEDIA,)),
    )
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
