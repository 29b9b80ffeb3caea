"""The links of each response to the operations that may follow it (OpenAPI, "Link Object")."""

from collections.abc import Mapping
from typing import Any

import msgspec

from ordering.http import routes
from ordering.http.routes import Route
from tools.openapi.examples import REQUESTS


class Link(msgspec.Struct, frozen=True):
    """A link to `target`, with parameters and body from the response (OpenAPI, "Runtime Expressions")."""

    name: str
    target: Route
    parameters: Mapping[str, str]
    description: str
    body: Any = None


def _order_product(product: str) -> Link:
    """Returns the link that orders one unit of the product at the location `product`, at its price."""
    body = msgspec.to_builtins(REQUESTS[routes.PLACE_ORDER.handler]["two-mugs"])
    body["lines"] = [{"sku": f"{product}/sku", "quantity": 1}]
    body["expectedTotal"] = f"{product}/price"
    return Link("orderIt", routes.PLACE_ORDER, {}, "Order one unit.", body)


_THE_ORDER = {"orderId": "$response.body#/orderId"}
_FIRST_ORDER = {"orderId": "$response.body#/orders/0/orderId"}
_THE_PRODUCT = {"sku": "$response.body#/sku"}
_THE_VERSION = {"header.If-Match": "$response.header.ETag"}
_NEXT_PAGE = {"cursor": "$response.body#/next"}

_READ_ORDER = Link("readOrder", routes.GET_ORDER, _THE_ORDER, "Get the current state of the order.")
_CANCEL_ORDER = Link("cancelOrder", routes.CANCEL_ORDER, _THE_ORDER, "Cancel the order.")
_READ_PRODUCT = Link("readProduct", routes.GET_PRODUCT, _THE_PRODUCT, "Get the product.")
_RECEIVE_STOCK = Link("receiveStock", routes.RECEIVE_STOCK, _THE_PRODUCT, "Receive units of the product.")
_READ_LEDGER = Link(
    "readLedger", routes.LIST_STOCK_ENTRIES, _THE_PRODUCT, "List the entries of the stock ledger."
)
_CHANGE_PRODUCT = Link(
    "changeProduct", routes.PUT_PRODUCT, _THE_PRODUCT | _THE_VERSION, "Update this version of the product."
)
_REMOVE_PRODUCT = Link(
    "removeProduct", routes.DELETE_PRODUCT, _THE_PRODUCT | _THE_VERSION, "Delete this version of the product."
)
_CHANGE_PROFILE = Link(
    "changeProfile", routes.PUT_PROFILE, _THE_VERSION, "Update this version of the profile."
)

_LINKS: Mapping[tuple[str, int], tuple[Link, ...]] = {
    (routes.PLACE_ORDER.handler, 202): (_READ_ORDER, _CANCEL_ORDER),
    (routes.GET_ORDER.handler, 200): (_CANCEL_ORDER,),
    (routes.CANCEL_ORDER.handler, 202): (_READ_ORDER,),
    (routes.LIST_ORDERS.handler, 200): (
        Link("readOrder", routes.GET_ORDER, _FIRST_ORDER, "Get the newest order, with its history."),
        Link("nextPage", routes.LIST_ORDERS, _NEXT_PAGE, "List older orders, with the same filters."),
    ),
    (routes.LIST_PRODUCTS.handler, 200): (
        Link(
            "readProduct",
            routes.GET_PRODUCT,
            {"sku": "$response.body#/products/0/sku"},
            "Get the first product.",
        ),
        Link("nextPage", routes.LIST_PRODUCTS, _NEXT_PAGE, "List the next products."),
        _order_product("$response.body#/products/0"),
    ),
    (routes.GET_PRODUCT.handler, 200): (
        _CHANGE_PRODUCT,
        _REMOVE_PRODUCT,
        _RECEIVE_STOCK,
        _order_product("$response.body#"),
    ),
    (routes.PUT_PRODUCT.handler, 200): (_READ_PRODUCT, _RECEIVE_STOCK),
    (routes.PUT_PRODUCT.handler, 201): (_READ_PRODUCT, _RECEIVE_STOCK, _REMOVE_PRODUCT),
    (routes.RECEIVE_STOCK.handler, 200): (_READ_PRODUCT, _READ_LEDGER),
    (routes.LIST_STOCK_ENTRIES.handler, 200): (
        Link(
            "nextPage",
            routes.LIST_STOCK_ENTRIES,
            {"sku": "$request.path.sku"} | _NEXT_PAGE,
            "List older entries.",
        ),
    ),
    (routes.GET_PROFILE.handler, 200): (_CHANGE_PROFILE,),
    (routes.PUT_PROFILE.handler, 201): (_CHANGE_PROFILE,),
    (routes.ADMIN_LIST_OPEN_ORDERS.handler, 200): (
        Link("readOrder", routes.ADMIN_GET_ORDER, _FIRST_ORDER, "Get the least recently changed order."),
        Link("nextPage", routes.ADMIN_LIST_OPEN_ORDERS, _NEXT_PAGE, "List the next orders."),
    ),
    (routes.ADMIN_GET_ORDER.handler, 200): (
        Link(
            "ordersOfCustomer",
            routes.ADMIN_LIST_ORDERS,
            {"customerId": "$response.body#/customerId"},
            "List the orders of this customer.",
        ),
    ),
    (routes.ADMIN_LIST_ORDERS.handler, 200): (
        Link("readOrder", routes.ADMIN_GET_ORDER, _FIRST_ORDER, "Get the newest order, with its history."),
        Link(
            "nextPage",
            routes.ADMIN_LIST_ORDERS,
            {"customerId": "$request.path.customerId"} | _NEXT_PAGE,
            "List older orders, with the same filters.",
        ),
    ),
}


def operation_id(route: Route) -> str:
    """Returns the operation's id: `placeOrder` for the handler `place_order`."""
    first, *rest = route.handler.split("_")
    return first + "".join(word.capitalize() for word in rest)


def links_from(route: Route, status: int) -> dict[str, Any]:
    """Returns the links of a response, by name."""
    return {
        link.name: {
            "operationId": operation_id(link.target),
            **({"parameters": link.parameters} if link.parameters else {}),
            **({"requestBody": link.body} if link.body else {}),
            "description": link.description,
        }
        for link in _LINKS.get((route.handler, status), ())
    }
