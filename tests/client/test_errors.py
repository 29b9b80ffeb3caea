"""How the client converts error responses into exceptions."""

import pickle
from typing import Any

import httpx
import pytest

import orders_client
from orders_client import (
    ApiError,
    FieldError,
    Forbidden,
    GatewayError,
    IdempotencyKeyReused,
    Line,
    Money,
    OrdersError,
    OrderStillOpen,
    PriceChanged,
    ProblemError,
    ProblemType,
    RetryPolicy,
    TooManyRequests,
    Unauthorised,
    UnexpectedResponse,
    Unprocessable,
)
from tests.client.support import ADDRESS, ORDER_ID, gateway, order, problem, response, serving

ONCE = RetryPolicy(attempts=1)
EACH, BOTH = {"amount": 1390, "currency": "EUR"}, {"amount": 2780, "currency": "EUR"}
PRESENT: dict[str, Any] = {
    "lines": [{"sku": "MUG-RED", "name": "Mug", "quantity": 2, "unitPrice": EACH, "total": BOTH}],
    "total": BOTH,
}


def refused(response: httpx.Response) -> ApiError:
    with pytest.raises(ApiError) as error:
        serving(response).client(retries=ONCE).get_order(ORDER_ID)
    return error.value


def test_an_error_contains_the_whole_problem() -> None:
    wrong = {"field": "lines[0].sku", "message": "the catalogue has no product `X`"}
    error = refused(
        problem(422, "unknown-sku", "lines[0].sku: the catalogue has no product `X`", errors=[wrong])
    )
    assert isinstance(error, Unprocessable)
    assert error.status == 422
    assert error.type is ProblemType.UNKNOWN_SKU
    assert error.title == "What"
    assert error.detail == "lines[0].sku: the catalogue has no product `X`"
    assert error.errors == (FieldError("lines[0].sku", "the catalogue has no product `X`"),)
    assert error.request_id == "Rq1="
    assert str(error) == "422 unknown-sku: lines[0].sku: the catalogue has no product `X` (request Rq1=)"


@pytest.mark.parametrize(
    ("status", "slug", "name"),
    [
        (400, "malformed-body", "BadRequest"),
        (400, "missing-idempotency-key", "BadRequest"),
        (404, "order-not-found", "NotFound"),
        (409, "too-late-to-cancel", "TooLateToCancel"),
        (409, "stock-is-held", "StockIsHeld"),
        (412, "precondition-failed", "PreconditionFailed"),
        (413, "body-too-large", "ProblemError"),
        (422, "invalid-body", "Unprocessable"),
        (422, "idempotency-key-reused", "IdempotencyKeyReused"),
        (428, "precondition-required", "PreconditionRequired"),
        (500, "internal", "ServerFault"),
        (503, "busy", "ServerFault"),
    ],
)
def test_each_problem_has_its_own_class(status: int, slug: str, name: str) -> None:
    assert type(refused(problem(status, slug))) is getattr(orders_client, name)


@pytest.mark.parametrize(("status", "name"), [(409, "Conflict"), (418, "ProblemError"), (507, "ServerFault")])
def test_an_unknown_problem_has_the_class_of_its_status(status: int, name: str) -> None:
    error = refused(problem(status, "of-a-later-release", news=[1, 2, 3]))
    assert type(error) is getattr(orders_client, name)
    assert isinstance(error, ProblemError)
    assert error.type == "urn:problem-type:of-a-later-release"
    assert (error.type.slug, error.type.is_known) == ("of-a-later-release", False)


def test_price_changed_has_the_present_prices() -> None:
    error = refused(problem(409, "price-changed", **PRESENT))
    assert isinstance(error, PriceChanged)
    assert error.total == Money(2780, "EUR")
    assert [(each.sku, each.unit_price.amount) for each in error.lines] == [("MUG-RED", 1390)]


@pytest.mark.parametrize("missing", ["lines", "total"])
def test_price_changed_without_the_present_prices_is_a_conflict(missing: str) -> None:
    members = {name: value for name, value in PRESENT.items() if name != missing}
    assert type(refused(problem(409, "price-changed", **members))) is orders_client.Conflict


def test_every_member_of_a_problem_may_be_absent() -> None:
    error = refused(response({}, 404, {"content-type": "application/problem+json; charset=utf-8"}))
    assert isinstance(error, ProblemError)
    assert (error.type, error.title, error.errors, error.request_id) == ("about:blank", "", (), None)


@pytest.mark.parametrize(
    ("status", "kind"), [(401, Unauthorised), (403, Forbidden), (404, GatewayError), (429, TooManyRequests)]
)
def test_gateway_responses_are_distinguished_from_problems(status: int, kind: type[ApiError]) -> None:
    error = refused(gateway(status, "Because.", **{"apigw-requestid": "Gw1="}))
    assert type(error) is kind
    assert (error.status, error.request_id) == (status, "Gw1=")
    assert str(error) == f"{status}: Because. (request Gw1=)"


@pytest.mark.parametrize(
    "body", [b"<html>Bad Gateway</html>", b"", b"\xff\xfe", b"[]", b'{"type": null}', b'"text"']
)
@pytest.mark.parametrize("media_type", ["text/html", "application/json", "application/problem+json"])
def test_any_error_response_of_a_proxy_is_a_gateway_error(body: bytes, media_type: str) -> None:
    error = refused(httpx.Response(502, headers={"content-type": media_type}, content=body))
    assert type(error) is GatewayError
    assert str(error) == "502: Bad Gateway"


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(302, headers={"location": "https://elsewhere.example.com"}),
        httpx.Response(304),
        httpx.Response(200, text="<html>Sign in</html>"),
        response({"orders": []}),
        response(order(status=5)),
    ],
    ids=["redirection", "not modified", "a page", "another shape", "another type"],
)
def test_a_response_that_is_not_the_apis_is_unexpected(response: httpx.Response) -> None:
    server = serving(response)
    with pytest.raises(UnexpectedResponse, match=f"GET /orders/{ORDER_ID} was {response.status_code}"):
        server.client().get_order(ORDER_ID)
    assert len(server.requests) == 1


def test_an_unexpected_response_to_an_order_has_its_key() -> None:
    with pytest.raises(UnexpectedResponse) as error:
        serving(response({}, 202)).client().place_order(
            [Line("A", 1)], "tok_ok", ADDRESS, idempotency_key="basket-7"
        )
    assert error.value.idempotency_key == "basket-7"


@pytest.mark.parametrize(
    "response",
    [problem(422, "idempotency-key-reused"), gateway(401), problem(409, "price-changed", **PRESENT)],
    ids=["problem", "gateway", "with members of its own"],
)
def test_errors_can_be_pickled(response: httpx.Response) -> None:
    error = refused(response)
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert vars(copy) == vars(error)


def test_order_still_open_can_be_pickled() -> None:
    read = serving(response(order())).client().get_order(ORDER_ID)
    copy = pickle.loads(pickle.dumps(OrderStillOpen(read, 60)))  # noqa: S301 - our own
    assert str(copy) == f"order {ORDER_ID} is still PENDING after 60 s"
    assert copy.order == read


def test_every_error_is_an_orders_error() -> None:
    names = [getattr(orders_client, name) for name in orders_client.__all__]
    errors = [each for each in names if isinstance(each, type) and issubclass(each, Exception)]
    assert IdempotencyKeyReused in errors
    assert all(issubclass(each, OrdersError) for each in errors)
