"""Pages of orders, and the sealed cursors between them."""

import msgspec

from ordering.http.problems import ProblemType, invalid_field
from ordering.http.request import Request
from ordering.http.seal import BrokenSeal, seal, unseal
from ordering.http.shapes import OrderPage
from ordering.http.views import summary_view
from ordering.order import CustomerId, Status
from ordering.table.listing import Listing, Position, Wanted


def order_page(listing: Listing, request: Request, customer_id: CustomerId) -> OrderPage:
    """The page of a customer's orders that a request asks for. Raises Problem.

    A cursor is sealed for this customer and these filters: with others it would point nowhere.
    """
    wanted = Wanted(
        status=request.one_of("status", Status),
        created_after=request.time("createdAfter"),
        created_before=request.time("createdBefore"),
    )
    limit = request.whole_number("limit", default=20, least=1, most=100)
    purpose = f"orders {customer_id} {msgspec.json.encode(wanted).decode()}"
    cursor = request.query("cursor")
    after = _opened(cursor, purpose) if cursor is not None else None
    orders, position = listing.orders(customer_id, wanted, limit, after)
    return OrderPage(
        orders=[summary_view(order) for order in orders],
        next=seal(msgspec.json.encode(position), purpose) if position else None,
    )


def _opened(cursor: str, purpose: str) -> Position:
    try:
        return msgspec.json.decode(unseal(cursor, purpose), type=Position)
    except (BrokenSeal, msgspec.DecodeError):
        message = "take it from `next` of the page before, unchanged, and keep the other parameters"
        raise invalid_field(ProblemType.INVALID_PARAMETER, "cursor", message) from None
