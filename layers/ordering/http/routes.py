"""The route table: every route, who may call it, what it takes and what it answers.

The handlers are bound to its rows, the API stack makes its routes from it, and the API's description
is generated from it: a route cannot exist in one of them and not in the others.
"""

from collections.abc import Mapping

from msgspec import Struct

from ordering.http import parameters as params
from ordering.http import shapes
from ordering.http.parameters import Parameter
from ordering.http.problems import ProblemType as Problems


class Route(Struct, frozen=True, kw_only=True):
    """One row. `handler` is the module of `lambdas/api` that serves it.

    `scope` is what a caller's token must carry, without the issuer's prefix; None: open to everyone.
    `answers` maps each status that is no problem to the shape of its body; None: no body.
    """

    method: str
    path: str
    handler: str
    summary: str
    scope: str | None
    answers: Mapping[int, type | None]
    body: type | None = None
    parameters: tuple[Parameter, ...] = ()
    headers: tuple[Parameter, ...] = ()
    problems: tuple[Problems, ...] = ()
    media_type: str = "application/json"

    @property
    def key(self) -> str:
        """As the gateway writes it: `POST /orders`."""
        return f"{self.method} {self.path}"

    @property
    def methods(self) -> tuple[str, ...]:
        """Its own, and `HEAD` beside `GET` (RFC 9110, section 9.1: servers must support both)."""
        return ("GET", "HEAD") if self.method == "GET" else (self.method,)

    @property
    def keys(self) -> tuple[str, ...]:
        """The gateway's routes that its handler serves: one for each of its methods."""
        return tuple(f"{method} {self.path}" for method in self.methods)


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
    answers={202: shapes.OrderView},
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
    answers={200: shapes.OrderPage},
    problems=(Problems.INVALID_PARAMETER,),
)
GET_ORDER = Route(
    method="GET",
    path="/orders/{orderId}",
    handler="get_order",
    summary="Read one of your orders, with its history",
    scope="orders:read",
    answers={200: shapes.OrderView},
    problems=(Problems.INVALID_PARAMETER, Problems.ORDER_NOT_FOUND),
)
CANCEL_ORDER = Route(
    method="POST",
    path="/orders/{orderId}/cancel",
    handler="cancel_order",
    summary="Cancel one of your orders, until the carrier is asked",
    scope="orders:write",
    answers={202: shapes.OrderView},
    problems=(Problems.INVALID_PARAMETER, Problems.ORDER_NOT_FOUND, Problems.TOO_LATE_TO_CANCEL),
)
LIST_PRODUCTS = Route(
    method="GET",
    path="/products",
    handler="list_products",
    summary="List the catalogue, by SKU",
    scope=None,
    parameters=(params.limit(50), params.CURSOR),
    answers={200: shapes.ProductPage},
    headers=(params.CACHE_CONTROL, params.VARY),
    problems=(Problems.INVALID_PARAMETER,),
)
GET_PRODUCT = Route(
    method="GET",
    path="/products/{sku}",
    handler="get_product",
    summary="Read a product",
    scope=None,
    parameters=(params.IF_NONE_MATCH,),
    answers={200: shapes.ProductView, 304: None},
    headers=(params.ETAG, params.CACHE_CONTROL, params.VARY),
    problems=(Problems.INVALID_PARAMETER, Problems.PRODUCT_NOT_FOUND),
)
PUT_PRODUCT = Route(
    method="PUT",
    path="/products/{sku}",
    handler="put_product",
    summary="Enter a product, or change it",
    scope="products:write",
    body=shapes.PutProduct,
    parameters=(params.IF_MATCH, params.ONLY_NEW),
    answers={200: shapes.ProductView, 201: shapes.ProductView},
    headers=(params.ETAG,),
    problems=(*_BODY, Problems.INVALID_PARAMETER, *_VERSIONED),
)
DELETE_PRODUCT = Route(
    method="DELETE",
    path="/products/{sku}",
    handler="delete_product",
    summary="Take a product out of the catalogue",
    scope="products:write",
    parameters=(params.IF_MATCH_TO_REMOVE,),
    answers={204: None},
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
    summary="Take units of a product into stock, or put a wrong count right",
    scope="products:write",
    body=shapes.ReceiveStock,
    parameters=(params.REQUIRED_IDEMPOTENCY_KEY,),
    answers={200: shapes.StockView},
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
    summary="Read a product's stock and its ledger, the newest entry first",
    scope="products:write",
    parameters=(params.limit(50), params.CURSOR),
    answers={200: shapes.StockPage},
    problems=(Problems.INVALID_PARAMETER, Problems.PRODUCT_NOT_FOUND),
)
GET_PROFILE = Route(
    method="GET",
    path="/customers/me",
    handler="get_profile",
    summary="Read your profile",
    scope="customers:read",
    parameters=(params.IF_NONE_MATCH,),
    answers={200: shapes.ProfileView, 304: None},
    headers=(params.ETAG,),
    problems=(Problems.INVALID_PARAMETER, Problems.PROFILE_NOT_FOUND),
)
PUT_PROFILE = Route(
    method="PUT",
    path="/customers/me",
    handler="put_profile",
    summary="Enter your profile, or change it",
    scope="customers:write",
    body=shapes.PutProfile,
    parameters=(params.IF_MATCH, params.ONLY_NEW),
    answers={200: shapes.ProfileView, 201: shapes.ProfileView},
    headers=(params.ETAG,),
    problems=(*_BODY, Problems.INVALID_PARAMETER, *_VERSIONED),
)
DELETE_PROFILE = Route(
    method="DELETE",
    path="/customers/me",
    handler="delete_profile",
    summary="Remove your profile, and the addresses of your closed orders",
    scope="customers:write",
    answers={202: None, 204: None},
    problems=(Problems.INVALID_PARAMETER,),
)
ADMIN_LIST_OPEN_ORDERS = Route(
    method="GET",
    path="/admin/orders",
    handler="admin_list_open_orders",
    summary="List open orders that have not moved for a while",
    scope="orders:admin",
    parameters=(params.OPEN_FOR_MINUTES, params.limit(50), params.CURSOR),
    answers={200: shapes.OpenOrders},
    problems=(Problems.INVALID_PARAMETER,),
)
ADMIN_GET_ORDER = Route(
    method="GET",
    path="/admin/orders/{orderId}",
    handler="admin_get_order",
    summary="Read anybody's order",
    scope="orders:admin",
    answers={200: shapes.AnyOrderView},
    problems=(Problems.INVALID_PARAMETER, Problems.ORDER_NOT_FOUND),
)
ADMIN_LIST_ORDERS = Route(
    method="GET",
    path="/admin/customers/{customerId}/orders",
    handler="admin_list_orders",
    summary="List any customer's orders, newest first",
    scope="orders:admin",
    parameters=_ORDERS,
    answers={200: shapes.OrderPage},
    problems=(Problems.INVALID_PARAMETER,),
)
GET_HEALTH = Route(
    method="GET",
    path="/health",
    handler="get_health",
    summary="Whether the API can do its work",
    scope=None,
    answers={200: shapes.HealthView},
    problems=(Problems.INVALID_PARAMETER, Problems.UNAVAILABLE),
)
GET_OPENAPI = Route(
    method="GET",
    path="/openapi.json",
    handler="get_openapi",
    summary="This description",
    scope=None,
    answers={200: dict},
    problems=(Problems.INVALID_PARAMETER,),
)
GET_DOCS = Route(
    method="GET",
    path="/docs",
    handler="get_docs",
    summary="This description, to browse",
    scope=None,
    answers={200: str},
    headers=(params.CONTENT_ENCODING, params.VARY_BY_CODING),
    problems=(Problems.INVALID_PARAMETER, Problems.NOT_ACCEPTABLE),
    media_type="text/html",
)

ROUTES = (
    PLACE_ORDER,
    LIST_ORDERS,
    GET_ORDER,
    CANCEL_ORDER,
    LIST_PRODUCTS,
    GET_PRODUCT,
    PUT_PRODUCT,
    DELETE_PRODUCT,
    RECEIVE_STOCK,
    LIST_STOCK_ENTRIES,
    GET_PROFILE,
    PUT_PROFILE,
    DELETE_PROFILE,
    ADMIN_LIST_OPEN_ORDERS,
    ADMIN_GET_ORDER,
    ADMIN_LIST_ORDERS,
    GET_HEALTH,
    GET_OPENAPI,
    GET_DOCS,
)
