"""Which requests the client retries, and when."""

import random
from collections.abc import Callable

import httpx
import pytest

from orders_client import (
    ApiError,
    Line,
    Money,
    NoResponse,
    OrdersClient,
    PreconditionFailed,
    RetryPolicy,
    ServerFault,
)
from tests.client.support import (
    ADDRESS,
    ORDER_ID,
    Server,
    Step,
    gateway,
    order,
    problem,
    product,
    response,
    serving,
)

Act = Callable[[OrdersClient], object]


def _place(client: OrdersClient) -> object:
    return client.place_order([Line("MUG-RED", 2)], "tok_ok", ADDRESS)


def _receive(client: OrdersClient) -> object:
    return client.receive_stock("MUG-RED", 5, idempotency_key="delivery-1")


def _change(client: OrdersClient) -> object:
    return client.put_product("MUG-RED", "Mug", Money(1250, "EUR"), if_match='"v1"')


def _enter(client: OrdersClient) -> object:
    return client.put_profile("ada@example.com")


def _remove(client: OrdersClient) -> object:
    return client.delete_product("MUG-RED", if_match='"v1"')


STOCK = {"sku": "MUG-RED", "received": 5, "available": 5, "held": 0, "shipped": 0}
PROFILE = {
    "email": "ada@example.com",
    "createdAt": "2026-11-21T12:00:00Z",
    "updatedAt": "2026-11-21T12:00:00Z",
    "version": 1,
}
REPEATABLE: dict[str, tuple[Act, httpx.Response]] = {
    "a read": (lambda client: client.get_order(ORDER_ID), response(order())),
    "an order with its key": (_place, response(order(), 202)),
    "stock with its key": (_receive, response(STOCK)),
    "a cancellation": (lambda client: client.cancel_order(ORDER_ID), response(order(), 202)),
    "deleting the profile": (lambda client: client.delete_profile(), httpx.Response(204)),
}
CONDITIONAL: dict[str, tuple[Act, httpx.Response]] = {
    "a change": (_change, response(product())),
    "a creation": (_enter, response(PROFILE, 201)),
    "a deletion": (_remove, httpx.Response(204)),
}
NEVER_SENT = [httpx.ConnectError("refused"), httpx.ConnectTimeout("slow"), httpx.PoolTimeout("busy")]
UNANSWERED = [
    httpx.ReadTimeout("slow"),
    httpx.WriteTimeout("slow"),
    httpx.ReadError("reset"),
    httpx.RemoteProtocolError("hung up"),
]
BUSY = problem(503, "busy", "Nothing was changed.")


def _named(step: Step) -> str:
    return str(step.status_code) if isinstance(step, httpx.Response) else type(step).__name__


def _copied(response: httpx.Response) -> httpx.Response:
    return httpx.Response(response.status_code, headers=response.headers, content=response.content)


@pytest.mark.parametrize("what", REPEATABLE)
@pytest.mark.parametrize(
    "fault", [*NEVER_SENT, *UNANSWERED, *map(gateway, (429, 500, 502, 503, 504)), BUSY], ids=_named
)
def test_repeatable_request_is_retried_after_any_transient_fault(what: str, fault: Step) -> None:
    act, good = REPEATABLE[what]
    server = serving(fault, _copied(good))
    act(server.client())
    assert len(server.requests) == 2


@pytest.mark.parametrize("what", CONDITIONAL)
@pytest.mark.parametrize("fault", [*NEVER_SENT, gateway(429), BUSY], ids=_named)
def test_a_conditional_change_that_had_no_effect_is_retried(what: str, fault: Step) -> None:
    act, good = CONDITIONAL[what]
    server = serving(fault, _copied(good))
    act(server.client())
    assert len(server.requests) == 2


@pytest.mark.parametrize("what", CONDITIONAL)
@pytest.mark.parametrize("fault", [*UNANSWERED, *map(gateway, (500, 502, 503, 504))], ids=_named)
def test_a_conditional_change_that_may_have_taken_effect_is_not_retried(what: str, fault: Step) -> None:
    server = serving(fault)
    with pytest.raises((NoResponse, ApiError)):
        CONDITIONAL[what][0](server.client())
    assert len(server.requests) == 1


@pytest.mark.parametrize("what", REPEATABLE | CONDITIONAL)
@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 412, 413, 422, 428, 501])
def test_refused_request_is_not_retried(what: str, status: int) -> None:
    server = serving(problem(status, "whatever"))
    with pytest.raises(ApiError):
        (REPEATABLE | CONDITIONAL)[what][0](server.client())
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "error", [httpx.UnsupportedProtocol("?"), httpx.ProxyError("407"), httpx.DecodingError("?")]
)
def test_permanent_error_is_not_retried(error: Exception) -> None:
    server = serving(error)
    with pytest.raises(NoResponse):
        server.client().get_order(ORDER_ID)
    assert len(server.requests) == 1


def test_every_retry_carries_the_same_key_and_the_same_body() -> None:
    server = serving(httpx.ReadTimeout("slow"), gateway(503), gateway(500), response(order(), 202))
    _place(server.client())
    assert len({request.headers["idempotency-key"] for request in server.requests}) == 1
    assert len({request.content for request in server.requests}) == 1


def test_a_retry_requests_the_token_again() -> None:
    tokens = iter(["first", "second"])
    server = serving(gateway(503), response(order()))
    server.client(token=lambda: next(tokens)).get_order(ORDER_ID)
    assert server.requests[-1].headers["authorization"] == "Bearer second"


def test_the_number_of_attempts_is_limited() -> None:
    server = serving(*(gateway(503) for _ in range(3)))
    with pytest.raises(ApiError, match="503"):
        server.client(retries=RetryPolicy(attempts=3)).get_order(ORDER_ID)
    assert len(server.requests) == 3


def test_pauses_grow_with_full_jitter_up_to_a_ceiling(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[float, float]] = []

    def uniform(least: float, most: float) -> float:
        asked.append((least, most))
        return most / 2

    monkeypatch.setattr(random, "uniform", uniform)
    server = serving(*(gateway(503) for _ in range(4)), response(order()))
    server.client(retries=RetryPolicy(first_pause=1.0, longest_pause=3.0)).get_order(ORDER_ID)
    assert asked == [(0, 1.0), (0, 2.0), (0, 3.0), (0, 3.0)]
    assert server.clock.slept == [0.5, 1.0, 1.5, 1.5]


@pytest.mark.parametrize(
    ("headers", "least"),
    [
        ({"retry-after": "7"}, 7.0),
        (
            {
                "date": "Sat, 21 Nov 2026 12:00:00 GMT",
                "retry-after": "Sat, 21 Nov 2026 12:00:09 GMT",
            },
            9.0,
        ),
        ({"date": "Sat, 21 Nov 2026 12:00:00 GMT", "retry-after": "Fri, 20 Nov 2026 12:00:00 GMT"}, 0.0),
        ({"retry-after": "Sat, 21 Nov 2026 12:00:09 GMT"}, 0.0),
        ({"retry-after": "soon"}, 0.0),
        ({"retry-after": "-1"}, 0.0),
    ],
)
def test_retry_after_is_honoured(headers: dict[str, str], least: float) -> None:
    server = serving(gateway(429, **headers), response(order()))
    server.client(retries=RetryPolicy(first_pause=0.5)).get_order(ORDER_ID)
    (slept,) = server.clock.slept
    assert least <= slept <= least + 0.5


def test_a_retry_after_beyond_the_deadline_ends_the_call() -> None:
    server = serving(gateway(429, **{"retry-after": "60"}))
    with pytest.raises(ApiError, match="429"):
        server.client(retries=RetryPolicy(deadline=30)).get_order(ORDER_ID)
    assert server.clock.slept == []


def test_no_attempt_begins_after_the_deadline() -> None:
    server = serving(*(httpx.ReadTimeout("slow") for _ in range(3)), seconds=10)
    with pytest.raises(NoResponse):
        server.client(retries=RetryPolicy(attempts=9, deadline=25, longest_pause=1)).get_order(ORDER_ID)
    assert len(server.requests) == 3


def test_an_attempt_waits_no_longer_than_the_remaining_time() -> None:
    server = serving(httpx.ReadTimeout("slow"), response(order()), seconds=8)
    server.client(timeout=8, retries=RetryPolicy(deadline=10, first_pause=0)).get_order(ORDER_ID)
    waits = [request.extensions["timeout"]["read"] for request in server.requests]
    assert waits == [8, 2]


def _no_response(act: Act, *steps: Step) -> NoResponse:
    server = serving(*steps)
    with pytest.raises(NoResponse) as error:
        act(server.client(retries=RetryPolicy(attempts=len(steps))))
    return error.value


def test_no_response_has_the_key_for_a_retry() -> None:
    error = _no_response(_place, httpx.ConnectError("refused"), httpx.ReadTimeout("slow"))
    assert error.idempotency_key is not None
    assert f"retry with idempotency_key='{error.idempotency_key}'" in str(error)
    assert isinstance(error.__cause__, httpx.ReadTimeout)


def test_an_error_response_has_the_key_for_a_retry() -> None:
    server = serving(problem(500, "internal"))
    with pytest.raises(ServerFault) as error:
        _place(server.client(retries=RetryPolicy(attempts=1)))
    assert error.value.idempotency_key == server.request.headers["idempotency-key"]


@pytest.mark.parametrize(
    ("act", "fault", "advice"),
    [
        (_place, httpx.ConnectError("refused"), "It was never sent."),
        (_change, httpx.ReadTimeout("slow"), "read the resource before you retry"),
        (lambda client: client.get_order(ORDER_ID), httpx.ReadTimeout("slow"), "It can be retried safely."),
    ],
)
def test_the_message_of_no_response_says_what_to_do(act: Act, fault: Step, advice: str) -> None:
    assert advice in str(_no_response(act, fault))


def test_a_retried_change_reports_a_concurrent_change() -> None:
    server = serving(gateway(429), problem(412, "precondition-failed"))
    with pytest.raises(PreconditionFailed):
        _change(server.client())


def test_the_client_sleeps_only_with_the_given_clock() -> None:
    server: Server = serving(gateway(503), response(order()))
    server.client().get_order(ORDER_ID)
    assert len(server.clock.slept) == 1
