"""All errors of the client. No error contains a token, a payment token or an address."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from orders_client.enums import ProblemType
from orders_client.responses import Order, OrderLine
from orders_client.values import Money

# All arguments except the message have a default, so that errors can be pickled.
_NO_MONEY = Money(0, "XXX")


class OrdersError(Exception):
    """The parent of all errors. `idempotency_key` is the key to retry the request with; None without one."""

    def __init__(self, message: str, *, idempotency_key: str | None = None) -> None:
        super().__init__(message)
        self.idempotency_key = idempotency_key


class NoResponse(OrdersError):
    """No attempt got a response. `__cause__` is the last error.

    It is unknown whether the request took effect, unless the message says that it was never sent.
    """


class UnexpectedResponse(OrdersError):
    """The response does not come from the API. The most common cause is a wrong `base_url`."""


class OrderStillOpen(OrdersError):
    """The order did not end before the deadline. `order` is the order as it was read last."""

    def __init__(self, order: Order, deadline: float) -> None:
        super().__init__(f"order {order.order_id} is still {order.status} after {deadline:g} s")
        self.args = (order, deadline)
        self.order = order

    def __str__(self) -> str:
        return f"order {self.order.order_id} is still {self.order.status} after {self.args[1]:g} s"


class ApiError(OrdersError):
    """The request was refused. `status` is the HTTP status, `request_id` the id in the API's logs."""

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
    """Refused by the gateway in front of the API, whose errors are only `{"message": ...}`."""


class Unauthorised(GatewayError):
    """401: the token is missing, expired, or not from the API's issuer."""


class Forbidden(GatewayError):
    """403: the token does not have the scope that the route requires."""


class TooManyRequests(GatewayError):
    """429: there were too many requests."""


class FieldError(Struct, frozen=True):
    """What is wrong with one field: its path in the body (`lines[0].quantity`), and how to fix it."""

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
    """400: a parameter, a header or the JSON is malformed."""


class NotFound(ProblemError):
    """404: the order, product, image or profile does not exist, or belongs to another customer."""


class Conflict(ProblemError):
    """409: the current state of the resource does not allow the request."""


class PriceChanged(Conflict):
    """The order does not cost `expected_total`. `lines` and `total` are at the current prices.

    Nothing was placed. If the customer agrees to the new total, send it with the same `idempotency_key`, so
    that an earlier attempt that arrives late cannot place a second order.
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
    """The order can no longer be cancelled."""


class NotEnoughStock(Conflict):
    """Only `available` units can be removed, which is too few. Open orders hold another `held` units."""

    def __init__(self, message: str, *, available: int = 0, held: int = 0, **problem: Any) -> None:
        super().__init__(message, **problem)
        self.available = available
        self.held = held


class StockIsHeld(Conflict):
    """Open orders hold stock of the product."""


class PreconditionFailed(ProblemError):
    """412: the resource has changed since you read it. Read it again before you repeat the change."""


class Unprocessable(ProblemError):
    """422: the body does not match the schema or the rules; `errors` names the fields."""


class IdempotencyKeyReused(Unprocessable):
    """The key was already used with another body. Use a new key for a new order."""


class PreconditionRequired(ProblemError):
    """428: the resource exists; pass the version to change as `if_match`."""


class ServerFault(ProblemError):
    """500 and above: a fault of the API, or overload."""
