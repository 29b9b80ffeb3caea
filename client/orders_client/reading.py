"""Answers below 400, as values."""

from typing import TypeVar

import httpx
import msgspec

from orders_client.answers import Answer, HttpInfo
from orders_client.errors import UnexpectedAnswer
from orders_client.refusals import request_id
from orders_client.sending import Call

T = TypeVar("T")
A = TypeVar("A", bound=Answer)


def info(response: httpx.Response) -> HttpInfo:
    """What came with the answer beside its body."""
    return HttpInfo(
        status=response.status_code,
        request_id=request_id(response),
        etag=response.headers.get("etag"),
        replayed=response.headers.get("idempotency-replayed") == "true",
    )


def with_info(answer: A, response: httpx.Response) -> A:
    """The answer, telling what came with it."""
    return msgspec.structs.replace(answer, http=info(response))


def decoded(call: Call, response: httpx.Response, shape: type[T]) -> T:
    """The body, of this shape; more than the shape asks for is left aside. Raises UnexpectedAnswer."""
    require_success(call, response)
    try:
        return msgspec.json.decode(response.content, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _unexpected(call, response, f"its body is not what it should be: {error}") from error


def require_success(call: Call, response: httpx.Response) -> None:
    """Raise UnexpectedAnswer for an answer that none of the API's routes gives, such as a redirection."""
    if not response.is_success:
        raise _unexpected(call, response, "which no route answers; is base_url the API's?")


def _unexpected(call: Call, response: httpx.Response, why: str) -> UnexpectedAnswer:
    return UnexpectedAnswer(
        f"{call} was answered {response.status_code}, {why}", idempotency_key=call.idempotency_key
    )
