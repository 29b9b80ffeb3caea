"""Everything that can go wrong, as one family. No error shows a token, a payment token or an address."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from orders_client.answers import Order, OrderLine
from orders_client.enums import ProblemType
from orders_client.values import Money

# Whatever an error is told beside its message has a default, so that errors can be pickled.
_NO_MONEY = Money(0, "XXX")


class OrdersError(Exception):
    """The parent of all. With an `idempotency_key`: what the request carried, to repeat it with."""

    def __init__(self, message: str, *, idempotency_key: str | None = None) -> None:
        super().__init__(message)
        self.idempotency_key = idempotency_key


class NoAnswer(OrdersError):
    """No answer came, however often it was tried; `__cause__` is what happened last.

    Whether the request took effect is unknown, unless the message says that it never left.
    """


class UnexpectedAnswer(OrdersError):
    """The answer has not the form of the API's: most often `base_url` is not the API's."""


class OrderStillOpen(OrdersError):
    """The order did not come to its end within the deadline; `order` is how it stood last."""

    def __init__(self, order: Order, deadline: float) -> None:
        super().__init__(f"order {order.order_id} is still {order.status} after {deadline:g} s")
        self.args = (order, deadline)
        self.order = order

    def __str__(self) -> str:
        return f"order {self.order.order_id} is still {self.order.status} after {self.args[1]:g} s"


class ApiError(OrdersError):
    """The request was refused. `status` is HTTP's; `request_id` is the id that the API's logs know it by."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 0,
        request_id: str | None = None,
        idempotency_key: str | None = None,
    ) -> None:
        super().__init__(message, idempotency_key=idempotency_key)
        self.status = status
        self.request_id = request_id


class GatewayError(ApiError):
    """Refused by what stands before the API, which says `{"message": ...}` and no more."""


class Unauthorised(GatewayError):
    """401: the token is missing, expired, or not one of the API's issuer."""


class Forbidden(GatewayError):
    """403: the token does not carry the scope that the route asks for."""


class TooManyRequests(GatewayError):
    """429: more requests than the API admits."""


class FieldError(Struct, frozen=True):
    """What is wrong with one field: its path in the body (`lines[0].quantity`), and how to mend it."""

    field: str
    message: str


class ProblemError(ApiError):
    """Refused by the API itself, as `application/problem+json` (RFC 9457)."""

    def __init__(
        self,
        message: str,
        *,
        type: ProblemType = ProblemType.INTERNAL,
        title: str = "",
        detail: str = "",
        errors: Sequence[FieldError] = (),
        status: int = 0,
        request_id: str | None = None,
        idempotency_key: str | None = None,
    ) -> None:
        super().__init__(message, status=status, request_id=request_id, idempotency_key=idempotency_key)
        self.type = type
        self.title = title
        self.detail = detail
        self.errors = tuple(errors)


class BadRequest(ProblemError):
    """400: a parameter, a header or the JSON is not of its form."""


class NotFound(ProblemError):
    """404: there is no such order, product or profile, or it is not yours to see."""


class Conflict(ProblemError):
    """409: it does not allow that as it stands now."""


class PriceChanged(Conflict):
    """The order costs something else than `expected_total`: `total`, for `lines` at the present prices.

    Nothing was placed. If the customer agrees to that total, send it with the same `idempotency_key`, so that
    an attempt that is still on its way cannot make a second order.
    """

    def __init__(
        self,
        message: str,
        *,
        lines: Sequence[OrderLine] = (),
        total: Money = _NO_MONEY,
        **problem: Any,
    ) -> None:
        super().__init__(message, **problem)
        self.lines = tuple(lines)
        self.total = total


class TooLateToCancel(Conflict):
    """The order has gone too far to be cancelled."""


class NotEnoughStock(Conflict):
    """Fewer units are `available` than were to be taken out, beside those `held` for open orders."""

    def __init__(self, message: str, *, available: int = 0, held: int = 0, **problem: Any) -> None:
        super().__init__(message, **problem)
        self.available = available
        self.held = held


class StockIsHeld(Conflict):
    """Open orders hold stock of the product."""


class PreconditionFailed(ProblemError):
    """412: it has changed since you read it. Read it again, then decide again."""


class Unprocessable(ProblemError):
    """422: the body does not say what it must; `errors` says where."""


class IdempotencyKeyReused(Unprocessable):
    """The key came before, with another body: a new order needs a new key."""


class PreconditionRequired(ProblemError):
    """428: it is there already; say with `if_match` which version you mean to change."""


class ServerFault(ProblemError):
    """500 and above: a fault of the API's, or too much at once."""
