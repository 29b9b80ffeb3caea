"""The routes that the API deploys: rows of the route table (`ordering.http.routes`) with their access."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ordering.http.routes import ROUTES as TABLE
from ordering.http.routes import Route
from ordering.repositories.keys import audit_keys, event_keys
from stacks.access import (
    Access,
    Items,
    customers,
    orders,
    products,
    sales,
    webhook_deliveries,
    webhook_endpoints,
)

if TYPE_CHECKING:
    from stacks.settings import Settings

# Whether a consumer has handled an event, and whether an image still waits.
READ_DEAD_LETTERS = (
    # The partitions of every consumer, and those of earlier releases, begin with this.
    Items(("Query",), (event_keys.earlier_consumer_partition("*"),)),
    products("GetItem"),
)

ACCESS = {
    "place_order": Access(
        table=(
            # A single call reads the products, and the order of an earlier attempt with the same key.
            Items(("BatchGetItem",), (*orders().partitions, *products().partitions)),
            orders("GetItem", "PutItem", "Query"),
        )
    ),
    "list_orders": Access(listing=("Query",), cursor_secret=("GetSecretValue",)),
    "get_order": Access(table=(orders("Query"),)),
    "cancel_order": Access(table=(orders("Query", "ConditionCheckItem", "UpdateItem"),)),
    "list_products": Access(table=(products("BatchGetItem"),), listing=("Query",), categories=("Query",)),
    "get_product": Access(table=(products("BatchGetItem"),)),
    "put_product": Access(table=(products("BatchGetItem", "GetItem", "UpdateItem"),)),
    "delete_product": Access(
        table=(products("BatchGetItem", "GetItem", "ConditionCheckItem", "DeleteItem"),)
    ),
    "receive_stock": Access(
        table=(products("BatchGetItem", "ConditionCheckItem", "GetItem", "PutItem", "UpdateItem"),)
    ),
    "list_stock_entries": Access(
        table=(products("BatchGetItem", "GetItem"),), listing=("Query",), cursor_secret=("GetSecretValue",)
    ),
    "upload_image": Access(table=(products("GetItem", "ConditionCheckItem", "PutItem"),)),
    "order_images": Access(table=(products("GetItem", "ConditionCheckItem", "PutItem"),)),
    "remove_image": Access(table=(products("GetItem", "ConditionCheckItem", "PutItem"),)),
    "get_image": Access(),
    "get_profile": Access(table=(customers("GetItem"),)),
    "put_profile": Access(table=(customers("GetItem", "UpdateItem"),)),
    "delete_profile": Access(
        table=(
            customers("DeleteItem", "GetItem", "UpdateItem"),
            # The addresses of the customer's orders.
            orders("BatchWriteItem", "UpdateItem"),
            webhook_endpoints("Query", "BatchWriteItem"),
        ),
        listing=("Query",),
    ),
    "request_export": Access(table=(customers("GetItem", "ConditionCheckItem", "PutItem"),)),
    "get_export": Access(table=(customers("GetItem"),)),
    "admin_list_open_orders": Access(due=("Query",), cursor_secret=("GetSecretValue",)),
    "admin_get_order": Access(
        table=(
            orders("Query"),
            # What notify_customer has recorded, and what it recorded in earlier releases.
            Items(("Query",), (event_keys.consumer_partition("notify_customer", "*"),)),
            Items(("Query",), (event_keys.earlier_consumer_partition("notify_customer"),)),
        )
    ),
    "admin_list_orders": Access(listing=("Query",), cursor_secret=("GetSecretValue",)),
    "admin_list_sales": Access(table=(sales("GetItem", "Query"),), cursor_secret=("GetSecretValue",)),
    "admin_list_queues": Access(),
    "admin_list_dead_letters": Access(table=(*READ_DEAD_LETTERS, orders("GetItem"))),
    "admin_redrive_queue": Access(
        table=(
            *READ_DEAD_LETTERS,
            # A parked order is returned to the sweep.
            orders("GetItem", "UpdateItem"),
            Items(("PutItem", "UpdateItem"), (audit_keys.redrive_partition("*"),)),
        )
    ),
    "admin_get_metrics": Access(),
    "create_webhook": Access(
        table=(webhook_endpoints("PutItem", "UpdateItem"),), webhook_key=("GetSecretValue",)
    ),
    "list_webhooks": Access(table=(webhook_endpoints("Query"),)),
    "list_webhook_deliveries": Access(
        table=(webhook_endpoints("GetItem"),), listing=("Query",), cursor_secret=("GetSecretValue",)
    ),
    "delete_webhook": Access(table=(webhook_endpoints("DeleteItem", "UpdateItem"),)),
    "rotate_webhook_secret": Access(
        table=(webhook_endpoints("GetItem", "UpdateItem"),), webhook_key=("GetSecretValue",)
    ),
    "send_test_webhook": Access(table=(webhook_endpoints("GetItem"), webhook_deliveries("PutItem"))),
    "get_health": Access(table=(products("GetItem"),)),
    "get_openapi": Access(),
    "get_docs": Access(),
    "get_asyncapi": Access(),
    "get_event_docs": Access(),
}
"""Handler → its access. A handler without an entry here is not deployed."""

EXPORT_ROUTES = frozenset({"request_export", "get_export"})
"""The handlers that only a stage with the setting `mail` deploys: the link to an export is mailed."""

MEDIA_ROUTES = frozenset({"upload_image", "order_images", "remove_image", "get_image"})
"""The handlers that only a stage with the setting `media` deploys."""

REPORTING_ROUTES = frozenset({"admin_list_sales"})
"""The handlers that only a stage with the setting `reporting` deploys."""
WEBHOOK_ROUTES = frozenset(
    {
        *("create_webhook", "list_webhooks", "delete_webhook", "rotate_webhook_secret", "send_test_webhook"),
        "list_webhook_deliveries",
    }
)
"""The handlers that only a stage with the setting `webhooks` deploys."""

QUEUE_ROUTES = frozenset({"admin_list_queues", "admin_list_dead_letters", "admin_redrive_queue"})
"""The handlers whose functions are in the admin stack, because they use the queues of all other stacks."""

METRICS_ROUTES = frozenset({"admin_get_metrics"})
"""The handlers that the admin stack deploys, because their graphs show resources of all other stacks."""

ADMIN_ROUTES = QUEUE_ROUTES | METRICS_ROUTES
"""All handlers that the admin stack deploys."""

ROUTE_ACCESS = tuple(route for route in TABLE if route.handler in ACCESS)


def routes_of(settings: Settings) -> tuple[Route, ...]:
    """Returns the routes that a stage with these settings deploys."""
    left_out: frozenset[str] = frozenset()
    if not settings.mail:
        left_out |= EXPORT_ROUTES
    if not settings.media:
        left_out |= MEDIA_ROUTES
    if not settings.reporting:
        left_out |= REPORTING_ROUTES
    if not settings.webhooks:
        left_out |= WEBHOOK_ROUTES
    return tuple(route for route in ROUTE_ACCESS if route.handler not in left_out)
