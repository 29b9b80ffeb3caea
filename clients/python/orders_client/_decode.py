"""Makes calls and decodes the responses."""

from collections.abc import Callable, Sequence
from math import inf
from typing import TypeVar

import httpx
import msgspec
from msgspec.structs import replace

from orders_client._errors import request_id
from orders_client._transport import Call, Sender
from orders_client.errors import UnexpectedResponse
from orders_client.listing import Page
from orders_client.responses import ApiResponse, HttpInfo

T = TypeVar("T")
A = TypeVar("A", bound=ApiResponse)


class Reader:
    """Makes calls and decodes the responses.

    Its methods raise ApiError, NoResponse, and UnexpectedResponse for a response that is not from the API.
    """

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def call(self, call: Call, shape: type[A], within: float = inf) -> A:
        """Return the response to a call as an object of this shape. Unknown fields are ignored."""
        response = self._sender.send(call, within)
        return replace(_decoded(call, response, shape), http=_info(response))

    def get_if_modified(self, call: Call, shape: type[A], known: A | None) -> A:
        """Return the response to a call, or `known` if the resource has not changed."""
        if known is None or known.http.etag is None:
            return self.call(call, shape)
        response = self._sender.send(replace(call, headers={"If-None-Match": known.http.etag}))
        decoded = known if response.status_code == 304 else _decoded(call, response, shape)
        return replace(decoded, http=_info(response))

    def page(
        self,
        call: Call,
        shape: type[T],
        items: Callable[[T], tuple[Sequence[A], str | None, tuple[str, ...]]],
    ) -> Page[A]:
        """Return a page of a list.

        `items` splits the body into its items, the next cursor, and the ids of what cannot be read.
        """
        response = self._sender.send(call)
        info = _info(response)
        listed, following, unreadable = items(_decoded(call, response, shape))
        return Page(
            items=tuple(replace(each, http=info) for each in listed),
            next=following,
            unreadable=unreadable,
            http=info,
        )

    def done(self, call: Call) -> HttpInfo:
        """Return the status and the headers of a response that has no body."""
        response = self._sender.send(call)
        _require_success(call, response)
        return _info(response)


def _info(response: httpx.Response) -> HttpInfo:
    return HttpInfo(
        status=response.status_code,
        request_id=request_id(response),
        etag=response.headers.get("etag"),
        replayed=response.headers.get("idempotency-replayed") == "true",
    )


def _decoded(call: Call, response: httpx.Response, shape: type[T]) -> T:
    _require_success(call, response)
    try:
        return msgspec.json.decode(response.content, type=shape)
    except (ValueError, RecursionError) as error:
        raise _unexpected(call, response, f"but the body does not match the schema: {error}") from error


def _require_success(call: Call, response: httpx.Response) -> None:
    if not response.is_success:
        raise _unexpected(call, response, "which no route returns: check base_url")


def _unexpected(call: Call, response: httpx.Response, why: str) -> UnexpectedResponse:
    message = f"the response to {call} was {response.status_code}, {why}"
    return UnexpectedResponse(message, idempotency_key=call.idempotency_key)
