"""The routes that the API deploys: rows of the route table (`ordering.http.routes`) with their access."""

from ordering.http.routes import ROUTES as TABLE
from stacks.access import Access

ACCESS = {
    "place_order": Access(table=("BatchGetItem", "GetItem", "PutItem", "Query")),
    "list_orders": Access(listing=("Query",), cursor_secret=("GetSecretValue",)),
    "get_order": Access(table=("Query",)),
    "cancel_order": Access(table=("Query", "ConditionCheckItem", "UpdateItem")),
    "list_products": Access(table=("BatchGetItem",), listing=("Query",)),
    "get_product": Access(table=("BatchGetItem",)),
    "put_product": Access(table=("BatchGetItem", "UpdateItem")),
    "delete_product": Access(table=("BatchGetItem", "ConditionCheckItem", "DeleteItem")),
    "receive_stock": Access(table=("ConditionCheckItem", "GetItem", "PutItem", "UpdateItem")),
    "list_stock_entries": Access(table=("GetItem",), listing=("Query",), cursor_secret=("GetSecretValue",)),
    "get_profile": Access(table=("GetItem",)),
    "put_profile": Access(table=("GetItem", "UpdateItem")),
    "delete_profile": Access(
        table=("BatchWriteItem", "DeleteItem", "GetItem", "UpdateItem"), listing=("Query",)
    ),
    "admin_list_open_orders": Access(due=("Query",), cursor_secret=("GetSecretValue",)),
    "admin_get_order": Access(table=("Query",)),
    "admin_list_orders": Access(listing=("Query",), cursor_secret=("GetSecretValue",)),
    "get_health": Access(table=("GetItem",)),
    "get_openapi": Access(),
    "get_docs": Access(),
    "get_asyncapi": Access(),
    "get_event_docs": Access(),
}
"""Handler → its access. A handler without an entry here is not deployed."""

ROUTE_ACCESS = tuple(route for route in TABLE if route.handler in ACCESS)
