"""Converts responses with a status of 400 or above into errors."""

from typing import Any

import httpx
import msgspec

from orders_client.enums import ProblemType
from orders_client.errors import (
    ApiError,
    BadRequest,
    Conflict,
    FieldError,
    Forbidden,
    GatewayError,
    IdempotencyKeyReused,
    NotEnoughStock,
    NotFound,
    PreconditionFailed,
    PreconditionRequired,
    PriceChanged,
    ProblemError,
    ServerFault,
    StockIsHeld,
    TooLateToCancel,
    TooManyRequests,
    Unauthorised,
    Unprocessable,
)
from orders_client.responses import OrderLine
from orders_client.values import Money

_BY_TYPE: dict[ProblemType, type[ProblemError]] = {
    ProblemType.IDEMPOTENCY_KEY_REUSED: IdempotencyKeyReused,
    ProblemType.NOT_ENOUGH_STOCK: NotEnoughStock,
    ProblemType.PRICE_CHANGED: PriceChanged,
    ProblemType.STOCK_IS_HELD: StockIsHeld,
    ProblemType.TOO_LATE_TO_CANCEL: TooLateToCancel,
}
_BY_STATUS: dict[int, type[ProblemError]] = {
    400: BadRequest,
    404: NotFound,
    409: Conflict,
    412: PreconditionFailed,
    422: Unprocessable,
    428: PreconditionRequired,
}
_OF_THE_GATEWAY: dict[int, type[GatewayError]] = {
    401: Unauthorised,
    403: Forbidden,
    429: TooManyRequests,
}
_REQUEST = "urn:request:"
_NO_REASON = "no reason given"


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a problem. Every member may be absent (RFC 9457, section 3.1)."""

    type: ProblemType = ProblemType("about:blank")
    title: str = ""
    detail: str = ""
    instance: str = ""
    errors: tuple[FieldError, ...] = ()


class PresentPrices(msgspec.Struct, frozen=True, kw_only=True):
    """The members that only a problem of PriceChanged has."""

    lines: tuple[OrderLine, ...]
    total: Money


class PresentStock(msgspec.Struct, frozen=True, kw_only=True):
    """The members that only a problem of NotEnoughStock has."""

    available: int
    held: int


_MEMBERS: dict[type[ProblemError], type[msgspec.Struct]] = {
    NotEnoughStock: PresentStock,
    PriceChanged: PresentPrices,
}


class _Message(msgspec.Struct, frozen=True):
    message: str


def request_id(response: httpx.Response) -> str | None:
    """Return the id of the request, as in the logs of the gateway and the API."""
    found: str | None = response.headers.get("apigw-requestid")
    return found


def problem_of(response: httpx.Response) -> Problem | None:
    """Return the problem in a response. None means that the response is not from the API."""
    media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/problem+json":
        return None
    try:
        return msgspec.json.decode(response.content, type=Problem)
    except (ValueError, RecursionError):
        return None


def refusal(response: httpx.Response, idempotency_key: str | None) -> ApiError:
    """Return the error for a response with a status of 400 or above."""
    status, problem = response.status_code, problem_of(response)
    if problem is None:
        number = request_id(response)
        return _OF_THE_GATEWAY.get(status, GatewayError)(
            _worded(f"{status}: {_message_of(response)}", number),
            status=status,
            request_id=number,
            idempotency_key=idempotency_key,
        )
    kind, members = _BY_TYPE.get(problem.type), {}
    if kind in _MEMBERS:
        members = _members(response, _MEMBERS[kind])
        kind = kind if members else None
    kind = kind or _BY_STATUS.get(status)
    number = problem.instance.removeprefix(_REQUEST) or request_id(response)
    return (kind or (ServerFault if status >= 500 else ProblemError))(
        _worded(f"{status} {problem.type.slug}: {problem.detail or problem.title or _NO_REASON}", number),
        type=problem.type,
        title=problem.title,
        detail=problem.detail,
        errors=problem.errors,
        status=status,
        request_id=number,
        idempotency_key=idempotency_key,
        **members,
    )


def _members(response: httpx.Response, shape: type[msgspec.Struct]) -> dict[str, Any]:
    """Return the additional members of a problem; an empty dict if it does not have this shape."""
    try:
        return msgspec.structs.asdict(msgspec.json.decode(response.content, type=shape))
    except msgspec.ValidationError:
        return {}


def _message_of(response: httpx.Response) -> str:
    try:
        return msgspec.json.decode(response.content, type=_Message).message
    except (ValueError, RecursionError):
        # Probably the page of a proxy, which has no useful text.
        return response.reason_phrase or _NO_REASON


def _worded(what: str, number: str | None) -> str:
    return f"{what} (request {number})" if number else what
