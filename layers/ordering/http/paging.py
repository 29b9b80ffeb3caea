"""Pages of orders, and the sealed cursors between them."""

from typing import Any, TypeVar

import msgspec

from ordering.domain.order import CustomerId, Status
from ordering.http.problems import ProblemType, invalid_field
from ordering.http.request import Request
from ordering.http.seal import BrokenSeal, seal, unseal
from ordering.http.shapes import OrderPage
from ordering.http.views import summary_view
from ordering.repositories.customer_orders import CustomerOrders, OrderCursor, OrderFilter

P = TypeVar("P")


def order_page(listing: CustomerOrders, request: Request, customer_id: CustomerId) -> OrderPage:
    """The page of a customer's orders that a request asks for. Raises Problem.

    A cursor is sealed for this customer and these filters: with others it would point nowhere.
    """
    wanted = OrderFilter(
        status=request.one_of("status", Status),
        created_after=request.time("createdAfter"),
        created_before=request.time("createdBefore", round_up=True),
    )
    limit = request.whole_number("limit", default=20, least=1, most=100)
    purpose = f"orders {customer_id} {msgspec.json.encode(wanted).decode()}"
    after = position_of(request, purpose, OrderCursor)
    orders, position = listing.orders(customer_id, wanted, limit, after)
    return OrderPage(
        orders=[summary_view(order) for order in orders],
        next=cursor_to(position, purpose) if position else None,
    )


def cursor_to(position: Any, purpose: str) -> str:
    """The cursor of the page that begins there; `purpose` says which list it is good for."""
    return seal(msgspec.json.encode(position), purpose)


def position_of(request: Request, purpose: str, shape: type[P]) -> P | None:
    """Where a request's `cursor` leads to, if it has one.

    Raises Problem for one that the API did not give, or gave for another list.
    """
    cursor = request.query("cursor")
    if cursor is None:
        return None
    try:
        return msgspec.json.decode(unseal(cursor, purpose), type=shape)
    except (BrokenSeal, ValueError, RecursionError):
        message = "take it from `next` of the page before, unchanged, and keep the other parameters"
        raise invalid_field(ProblemType.INVALID_PARAMETER, "cursor", message) from None
