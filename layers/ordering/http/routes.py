"""The route table: every route with its scope, its parameters, its bodies and its problems.

The API stack creates its routes from this table, the API's description is generated from it, and every
handler belongs to one row. So a route cannot exist in only one of these places.
"""

from collections.abc import Mapping

from msgspec import Struct

from ordering.http import parameters as params
from ordering.http.pages import PROBLEM_PAGE, SIGN_IN_PAGE
from ordering.http.parameters import Parameter
from ordering.http.problems import ProblemType as Problems
from ordering.http.shapes import all_shapes as shapes


class Route(Struct, frozen=True, kw_only=True):
    """One row of the table.

    Attributes:
        handler: The module in `lambdas/api` that serves the route.
        scope: The scope that the token must have, without the issuer's prefix; None if no token is needed.
        responses: Each successful status and the shape of its body; None if there is no body.
        pages: More paths of the handler. They show pages to people, so the description names no operation
            for them.
    """

    method: str
    path: str
    handler: str
    summary: str
    scope: str | None
    responses: Mapping[int, type | None]
    body: type | None = None
    parameters: tuple[Parameter, ...] = ()
    headers: tuple[Parameter, ...] = ()
    problems: tuple[Problems, ...] = ()
    media_type: str = "application/json"
    pages: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The route key of API Gateway: `POST /orders`."""
        return f"{self.method} {self.path}"

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods; a server that supports GET must support HEAD too (RFC 9110, section 9.1)."""
        return ("GET", "HEAD") if self.method == "GET" else (self.method,)

    @property
    def keys(self) -> tuple[str, ...]:
        """The route keys that the handler serves, one for each path and method."""
        return tuple(f"{method} {path}" for path in self.paths for method in self.methods)

    @property
    def paths(self) -> tuple[str, ...]:
        """The path, and the paths of the pages."""
        return (self.path, *self.pages)


_BODY = (
    Problems.MALFORMED_BODY,
    Problems.BODY_TOO_LARGE,
    Problems.UNSUPPORTED_CODING,
    Problems.INVALID_BODY,
)
_ORDERS = (params.limit(20), params.CURSOR, params.STATUS, params.CREATED_AFTER, params.CREATED_BEFORE)
_VERSIONED = (Problems.PRECONDITION_FAILED, Problems.PRECONDITION_REQUIRED)

PLACE_ORDER = Route(
    method="POST",
    path="/orders",
    handler="place_order",
    summary="Place an order",
    scope="orders:write",
    body=shapes.PlaceOrder,
    parameters=(params.IDEMPOTENCY_KEY,),
    responses={202: shapes.OrderView},
    headers=(params.LOCATION, params.REPLAYED),
    problems=(
        *_BODY,
        Problems.INVALID_PARAMETER,
        Problems.INVALID_IDEMPOTENCY_KEY,
        Problems.UNKNOWN_SKU,
        Problems.MIXED_CURRENCIES,
        Problems.PRICE_CHANGED,
        Problems.IDEMPOTENCY_KEY_REUSED,
    ),
)
LIST_ORDERS = Route(
    method="GET",
    path="/orders",
    handler="list_orders",
    summary="List your orders, newest first",
    scope="orders:read",
    parameters=_ORDERS,
    responses={200: shapes.OrderPage},
    problems=(Problems.INVALID_PARAMETER,),
)
GET_ORDER = Route(
    method="GET",
    path="/orders/{orderId}",
    handler="get_order",
    summary="Get one of your orders, with its history",
    scope="orders:read",
    responses={200: shapes.OrderView},
    problems=(Problems.INVALID_PARAMETER, Problems.ORDER_NOT_FOUND),
)
CANCEL_ORDER = Route(
    method="POST",
    path="/orders/{orderId}/cancel",
    handler="cancel_order",
    summary="Cancel one of your orders",
    scope="orders:write",
    responses={202: shapes.OrderView},
    problems=(Problems.INVALID_PARAMETER, Problems.ORDER_NOT_FOUND, Problems.TOO_LATE_TO_CANCEL),
)
LIST_PRODUCTS = Route(
    method="GET",
    path="/products",
    handler="list_products",
    summary="List products by SKU",
    scope=None,
    parameters=(params.limit(50), params.CURSOR, params.CATEGORY, params.ACTIVE),
    responses={200: shapes.ProductPage},
    headers=(params.CACHE_CONTROL, params.VARY),
    problems=(Problems.INVALID_PARAMETER, Problems.UNAVAILABLE),
)
GET_PRODUCT = Route(
    method="GET",
    path="/products/{sku}",
    handler="get_product",
    summary="Get a product",
    scope=None,
    parameters=(params.IF_NONE_MATCH,),
    responses={200: shapes.ProductView, 304: None},
    headers=(params.ETAG, params.CACHE_CONTROL, params.VARY),
    problems=(Problems.INVALID_PARAMETER, Problems.PRODUCT_NOT_FOUND),
)
PUT_PRODUCT = Route(
    method="PUT",
    path="/products/{sku}",
    handler="put_product",
    summary="Create or update a product",
    scope="products:write",
    body=shapes.PutProduct,
    parameters=(params.IF_MATCH, params.ONLY_NEW),
    responses={200: shapes.ProductView, 201: shapes.ProductView},
    headers=(params.ETAG,),
    problems=(*_BODY, Problems.INVALID_PARAMETER, *_VERSIONED),
)
DELETE_PRODUCT = Route(
    method="DELETE",
    path="/products/{sku}",
    handler="delete_product",
    summary="Delete a product",
    scope="products:write",
    parameters=(params.IF_MATCH_TO_REMOVE,),
    responses={204: None},
    problems=(
        Problems.INVALID_PARAMETER,
        Problems.PRODUCT_NOT_FOUND,
        Problems.STOCK_IS_HELD,
        *_VERSIONED,
    ),
)
RECEIVE_STOCK = Route(
    method="POST",
    path="/products/{sku}/stock",
    handler="receive_stock",
    summary="Receive units of a product, or correct a wrong count",
    scope="products:write",
    body=shapes.ReceiveStock,
    parameters=(params.REQUIRED_IDEMPOTENCY_KEY,),
    responses={200: shapes.StockView},
    headers=(params.REPLAYED,),
    problems=(
        *_BODY,
        Problems.INVALID_PARAMETER,
        Problems.INVALID_IDEMPOTENCY_KEY,
        Problems.MISSING_IDEMPOTENCY_KEY,
        Problems.IDEMPOTENCY_KEY_REUSED,
        Problems.PRODUCT_NOT_FOUND,
        Problems.NOT_ENOUGH_STOCK,
    ),
)
LIST_STOCK_ENTRIES = Route(
    method="GET",
    path="/products/{sku}/stock",
    handler="list_stock_entries",
    summary="Get a product's stock and its ledger, newest entry first",
    scope="products:write",
    parameters=(params.limit(50), params.CURSOR),
    responses={200: shapes.StockPage},
    problems=(Problems.INVALID_PARAMETER, Problems.PRODUCT_NOT_FOUND),
)
UPLOAD_IMAGE = Route(
    method="POST",
    path="/products/{sku}/images",
    handler="upload_image",
    summary="Upload an image of a product",
    scope="products:write",
    body=shapes.UploadImage,
    responses={201: shapes.UploadForm},
    problems=(
        *_BODY,
        Problems.INVALID_PARAMETER,
        Problems.PRODUCT_NOT_FOUND,
        Problems.TOO_MANY_IMAGES,
    ),
)
ORDER_IMAGES = Route(
    method="PUT",
    path="/products/{sku}/images",
    handler="order_images",
    summary="Change the order of a product's images",
    scope="products:write",
    body=shapes.OrderImages,
    responses={200: shapes.ImagesView},
    problems=(*_BODY, Problems.INVALID_PARAMETER, Problems.PRODUCT_NOT_FOUND),
)
REMOVE_IMAGE = Route(
    method="DELETE",
    path="/products/{sku}/images/{imageId}",
    handler="remove_image",
    summary="Remove an image of a product",
    scope="products:write",
    responses={204: None},
    problems=(Problems.INVALID_PARAMETER, Problems.PRODUCT_NOT_FOUND, Problems.IMAGE_NOT_FOUND),
)
GET_IMAGE = Route(
    method="GET",
    path="/images/{sku}/{imageId}/{file}",
    handler="get_image",
    summary="Get a thumbnail of an image",
    scope=None,
    responses={200: bytes},
    headers=(params.CACHE_CONTROL, params.VARY),
    problems=(Problems.INVALID_PARAMETER, Problems.IMAGE_NOT_FOUND),
    media_type="image/webp",
)
GET_PROFILE = Route(
    method="GET",
    path="/customers/me",
    handler="get_profile",
    summary="Get your profile",
    scope="customers:read",
    parameters=(params.IF_NONE_MATCH,),
    responses={200: shapes.ProfileView, 304: None},
    headers=(params.ETAG,),
    problems=(Problems.INVALID_PARAMETER, Problems.PROFILE_NOT_FOUND),
)
PUT_PROFILE = Route(
    method="PUT",
    path="/customers/me",
    handler="put_profile",
    summary="Create or update your profile",
    scope="customers:write",
    body=shapes.PutProfile,
    parameters=(params.IF_MATCH, params.ONLY_NEW),
    responses={200: shapes.ProfileView, 201: shapes.ProfileView},
    headers=(params.ETAG,),
    problems=(*_BODY, Problems.INVALID_PARAMETER, *_VERSIONED),
)
DELETE_PROFILE = Route(
    method="DELETE",
    path="/customers/me",
    handler="delete_profile",
    summary="Delete your profile and the addresses of your closed orders",
    scope="customers:write",
    responses={202: None, 204: None},
    problems=(Problems.INVALID_PARAMETER,),
)
REQUEST_EXPORT = Route(
    method="POST",
    path="/customers/me/export",
    handler="request_export",
    summary="Request a copy of your data",
    scope="customers:write",
    responses={202: shapes.ExportView},
    problems=(Problems.INVALID_PARAMETER, Problems.PROFILE_REQUIRED, Problems.EXPORT_TOO_SOON),
)
GET_EXPORT = Route(
    method="GET",
    path="/customers/me/export",
    handler="get_export",
    summary="Get the status of the last copy of your data",
    scope="customers:read",
    responses={200: shapes.ExportView},
    problems=(Problems.INVALID_PARAMETER, Problems.EXPORT_NOT_FOUND),
)
ADMIN_LIST_OPEN_ORDERS = Route(
    method="GET",
    path="/admin/orders",
    handler="admin_list_open_orders",
    summary="List open orders that have not changed for a while",
    scope="orders:admin",
    parameters=(params.OPEN_FOR_MINUTES, params.OPEN_STATUS, params.limit(50), params.CURSOR),
    responses={200: shapes.OpenOrders},
    problems=(Problems.INVALID_PARAMETER,),
)
ADMIN_GET_ORDER = Route(
    method="GET",
    path="/admin/orders/{orderId}",
    handler="admin_get_order",
    summary="Get any customer's order",
    scope="orders:admin",
    responses={200: shapes.AnyOrderView},
    problems=(Problems.INVALID_PARAMETER, Problems.ORDER_NOT_FOUND),
)
ADMIN_LIST_ORDERS = Route(
    method="GET",
    path="/admin/customers/{customerId}/orders",
    handler="admin_list_orders",
    summary="List any customer's orders, newest first",
    scope="orders:admin",
    parameters=_ORDERS,
    responses={200: shapes.OrderPage},
    problems=(Problems.INVALID_PARAMETER,),
)
ADMIN_LIST_SALES = Route(
    method="GET",
    path="/admin/sales",
    handler="admin_list_sales",
    summary="List totals of sales by day, product, category or currency",
    scope="orders:admin",
    parameters=(params.FROM_DAY, params.TO_DAY, params.BY, params.limit(50), params.CURSOR),
    responses={200: shapes.SalesPage},
    problems=(Problems.INVALID_PARAMETER,),
)
ADMIN_LIST_QUEUES = Route(
    method="GET",
    path="/admin/queues",
    handler="admin_list_queues",
    summary="List the dead-letter queues, and the queues that they belong to",
    scope="orders:admin",
    responses={200: shapes.QueueList},
    problems=(Problems.INVALID_PARAMETER,),
)
ADMIN_LIST_DEAD_LETTERS = Route(
    method="GET",
    path="/admin/queues/{queue}/dead-letters",
    handler="admin_list_dead_letters",
    summary="List dead letters of a queue, each with its cause",
    scope="orders:admin",
    parameters=(params.limit(20),),
    responses={200: shapes.DeadLetterList},
    problems=(Problems.INVALID_PARAMETER, Problems.QUEUE_NOT_FOUND),
)
ADMIN_REDRIVE_QUEUE = Route(
    method="POST",
    path="/admin/queues/{queue}/redrive",
    handler="admin_redrive_queue",
    summary="Send dead letters of a queue where they should have gone",
    scope="orders:admin",
    responses={200: shapes.RedriveView},
    problems=(Problems.INVALID_PARAMETER, Problems.QUEUE_NOT_FOUND),
)
ADMIN_GET_METRICS = Route(
    method="GET",
    path="/admin/metrics",
    handler="admin_get_metrics",
    summary="Get graphs of the dashboards of the stage",
    scope="orders:admin",
    parameters=(params.PERIOD,),
    responses={200: shapes.Metrics},
    problems=(Problems.INVALID_PARAMETER, Problems.UNAVAILABLE),
)
CREATE_WEBHOOK = Route(
    method="POST",
    path="/webhooks",
    handler="create_webhook",
    summary="Create a webhook endpoint for events of your orders",
    scope="webhooks:write",
    body=shapes.CreateWebhook,
    responses={201: shapes.WebhookWithSecret},
    problems=(*_BODY, Problems.INVALID_PARAMETER, Problems.TOO_MANY_WEBHOOKS),
)
LIST_WEBHOOKS = Route(
    method="GET",
    path="/webhooks",
    handler="list_webhooks",
    summary="List your webhook endpoints",
    scope="webhooks:write",
    responses={200: shapes.WebhookList},
    problems=(Problems.INVALID_PARAMETER,),
)
LIST_WEBHOOK_DELIVERIES = Route(
    method="GET",
    path="/webhooks/{webhookId}/deliveries",
    handler="list_webhook_deliveries",
    summary="List what was sent to one of your webhook endpoints, newest first",
    scope="webhooks:write",
    parameters=(params.limit(20), params.CURSOR),
    responses={200: shapes.WebhookDeliveryPage},
    problems=(Problems.INVALID_PARAMETER, Problems.WEBHOOK_NOT_FOUND),
)
DELETE_WEBHOOK = Route(
    method="DELETE",
    path="/webhooks/{webhookId}",
    handler="delete_webhook",
    summary="Delete one of your webhook endpoints",
    scope="webhooks:write",
    responses={204: None},
    problems=(Problems.INVALID_PARAMETER, Problems.WEBHOOK_NOT_FOUND),
)
ROTATE_WEBHOOK_SECRET = Route(
    method="POST",
    path="/webhooks/{webhookId}/secret",
    handler="rotate_webhook_secret",
    summary="Give one of your webhook endpoints a new secret",
    scope="webhooks:write",
    responses={200: shapes.WebhookWithSecret},
    problems=(Problems.INVALID_PARAMETER, Problems.WEBHOOK_NOT_FOUND),
)
SEND_TEST_WEBHOOK = Route(
    method="POST",
    path="/webhooks/{webhookId}/test",
    handler="send_test_webhook",
    summary="Send a test event to one of your webhook endpoints",
    scope="webhooks:write",
    responses={202: None},
    problems=(Problems.INVALID_PARAMETER, Problems.WEBHOOK_NOT_FOUND),
)
GET_HEALTH = Route(
    method="GET",
    path="/health",
    handler="get_health",
    summary="Check whether the API is healthy",
    scope=None,
    responses={200: shapes.HealthView},
    problems=(Problems.INVALID_PARAMETER, Problems.UNAVAILABLE),
)
GET_OPENAPI = Route(
    method="GET",
    path="/openapi.json",
    handler="get_openapi",
    summary="Get this description",
    scope=None,
    responses={200: dict},
    problems=(Problems.INVALID_PARAMETER,),
)
GET_DOCS = Route(
    method="GET",
    path="/docs",
    handler="get_docs",
    summary="Browse this description",
    scope=None,
    responses={200: str},
    headers=(params.CONTENT_ENCODING, params.VARY_BY_CODING),
    problems=(Problems.INVALID_PARAMETER, Problems.NOT_ACCEPTABLE),
    media_type="text/html",
    pages=(SIGN_IN_PAGE, PROBLEM_PAGE),
)
GET_ASYNCAPI = Route(
    method="GET",
    path="/asyncapi.json",
    handler="get_asyncapi",
    summary="Get the description of the events",
    scope=None,
    responses={200: dict},
    problems=(Problems.INVALID_PARAMETER,),
)
GET_EVENT_DOCS = Route(
    method="GET",
    path="/docs/events",
    handler="get_event_docs",
    summary="Browse the description of the events",
    scope=None,
    responses={200: str},
    problems=(Problems.INVALID_PARAMETER,),
    media_type="text/html",
)

ROUTES = tuple(row for row in tuple(globals().values()) if isinstance(row, Route))
"""Every row above, in order."""
