"""Calls made, and their answers as values."""

from collections.abc import Callable, Sequence
from math import inf
from typing import TypeVar

import httpx
import msgspec
from msgspec.structs import replace

from orders_client._errors import request_id
from orders_client._transport import Call, Sender
from orders_client.answers import Answer, HttpInfo
from orders_client.errors import UnexpectedAnswer
from orders_client.listing import Page

T = TypeVar("T")
A = TypeVar("A", bound=Answer)


class Reader:
    """Makes calls. Its methods raise ApiError, NoAnswer, and UnexpectedAnswer for what is not the API's."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def answer(self, call: Call, shape: type[A], within: float = inf) -> A:
        """The answer to a call, of this shape; fields that the shape does not have are ignored."""
        response = self._sender.send(call, within)
        return replace(_decoded(call, response, shape), http=_info(response))

    def get_if_modified(self, call: Call, shape: type[A], known: A | None) -> A:
        """The answer to a call; `known` again if it is still the newest there is."""
        if known is None or known.http.etag is None:
            return self.answer(call, shape)
        response = self._sender.send(replace(call, headers={"If-None-Match": known.http.etag}))
        answer = known if response.status_code == 304 else _decoded(call, response, shape)
        return replace(answer, http=_info(response))

    def page(
        self, call: Call, shape: type[T], items: Callable[[T], tuple[Sequence[A], str | None]]
    ) -> Page[A]:
        """A page of a list; `items` takes the body apart, into what it lists and the next cursor."""
        response = self._sender.send(call)
        info = _info(response)
        listed, following = items(_decoded(call, response, shape))
        return Page(items=tuple(replace(each, http=info) for each in listed), next=following, http=info)

    def done(self, call: Call) -> HttpInfo:
        """What came with an answer that has no body."""
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
        raise _unexpected(call, response, f"but its body is not what it should be: {error}") from error


def _require_success(call: Call, response: httpx.Response) -> None:
    if not response.is_success:
        raise _unexpected(call, response, "which no route answers: is base_url the API's?")


def _unexpected(call: Call, response: httpx.Response, why: str) -> UnexpectedAnswer:
    message = f"{call} was answered {response.status_code}, {why}"
    return UnexpectedAnswer(message, idempotency_key=call.idempotency_key)
