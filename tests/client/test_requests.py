"""What the client sends."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest

from ordering.http.idempotency import parse_key
from orders_client import Line, Money, OrdersClient, OrderStatus, RetryPolicy, __version__
from tests.client.support import ADDRESS, ORDER_ID, TOKEN, order, product, response, serving


def test_an_order_is_sent_in_the_format_of_the_api() -> None:
    server = serving(response(order(), 202))
    server.client().place_order([Line("MUG-RED", 2)], "tok_ok", ADDRESS, idempotency_key="basket-7")
    request = server.request
    assert (request.method, request.url.path) == ("POST", "/orders")
    assert json.loads(request.content) == {
        "lines": [{"sku": "MUG-RED", "quantity": 2}],
        "paymentToken": "tok_ok",
        "shippingAddress": {
            "name": "Ada Lovelace",
            "line1": "12 St James's Square",
            "city": "London",
            "postalCode": "SW1Y 4JH",
            "country": "GB",
        },
    }
    assert request.headers["content-type"] == "application/json"
    assert request.headers["idempotency-key"] == "basket-7"
    assert request.headers["user-agent"] == f"orders-client/{__version__}"


@pytest.mark.parametrize(
    ("key", "sent"),
    [("a,b", '"a,b"'), ('"a,b"', '"a,b"'), ('"a"', '"a"'), ('a"b', 'a"b'), ("!" * 255, "!" * 255)],
)
def test_a_key_with_a_comma_is_sent_in_quotes(key: str, sent: str) -> None:
    """Without quotes, the API would read it as a list."""
    server = serving(response(order(), 202))
    server.client().place_order([Line("MUG-RED", 2)], "tok_ok", ADDRESS, idempotency_key=key)
    assert server.request.headers["idempotency-key"] == sent
    assert parse_key(sent) == key.strip('"')


@pytest.mark.parametrize("key", ["", '""', "a b", "a" * 256, 'a,"b', '"a","b"', "a,\\", "é"])
def test_a_key_that_the_api_would_refuse_raises_value_error(key: str) -> None:
    with pytest.raises(ValueError, match="idempotency_key"):
        serving().client().place_order([Line("MUG-RED", 2)], "tok_ok", ADDRESS, idempotency_key=key)


def test_an_order_without_a_key_gets_a_new_one() -> None:
    server = serving(response(order(), 202), response(order(), 202))
    client = server.client()
    for _ in range(2):
        client.place_order([Line("MUG-RED", 2)], "tok_ok", ADDRESS)
    first, second = (UUID(request.headers["idempotency-key"]) for request in server.requests)
    assert first != second


def test_the_token_is_sent_only_with_requests_that_need_it() -> None:
    server = serving(response(order()), response(product()))
    client = server.client()
    client.get_order(ORDER_ID)
    client.get_product("MUG-RED")
    own, public = server.requests
    assert own.headers["authorization"] == f"Bearer {TOKEN}"
    assert "authorization" not in public.headers


def test_a_token_function_is_called_for_every_request() -> None:
    tokens = iter(["first", "second"])
    server = serving(response(order()), response(order()))
    client = server.client(token=lambda: next(tokens))
    client.get_order(ORDER_ID)
    client.get_order(ORDER_ID)
    assert [request.headers["authorization"] for request in server.requests] == [
        "Bearer first",
        "Bearer second",
    ]


@pytest.mark.parametrize("slash", ["", "/"])
def test_the_base_url_may_have_a_path(slash: str) -> None:
    server = serving(response(order()))
    server.client(f"http://127.0.0.1:4566/_aws/execute-api/abc/$default{slash}").get_order(ORDER_ID)
    assert server.request.url.path == f"/_aws/execute-api/abc/$default/orders/{ORDER_ID}"


def test_an_id_stays_one_segment_of_the_path() -> None:
    server = serving(response(order()))
    server.client().get_order("a/../b?c#d")
    assert server.request.url.raw_path == b"/orders/a%2F..%2Fb%3Fc%23d"


@pytest.mark.parametrize("nothing", ["", ".", ".."])
def test_an_id_that_would_name_another_route_is_not_sent(nothing: str) -> None:
    with pytest.raises(ValueError, match="order_id must be an id"):
        serving().client().get_order(nothing)


def test_filters_are_sent_in_the_format_of_the_api() -> None:
    server = serving(response({"orders": []}))
    noon = datetime(2026, 11, 21, 12, tzinfo=timezone(timedelta(hours=1)))
    list(
        server.client().list_orders(
            status=OrderStatus.FULFILLED,
            created_after=noon,
            created_before=datetime(2026, 11, 22, tzinfo=UTC),
            limit=10,
            cursor="abc",
        )
    )
    assert dict(server.request.url.params) == {
        "status": "FULFILLED",
        "createdAfter": "2026-11-21T11:00:00Z",
        "createdBefore": "2026-11-22T00:00:00Z",
        "limit": "10",
        "cursor": "abc",
    }


def test_arguments_that_are_left_out_are_not_sent() -> None:
    server = serving(response({"orders": []}), response(product(), 201))
    client = server.client()
    list(client.list_orders())
    client.put_product("MUG-RED", "Enamel mug, red", Money(1250, "EUR"))
    listing, put = server.requests
    assert listing.url.query == b""
    assert json.loads(put.content) == {
        "name": "Enamel mug, red",
        "price": {"amount": 1250, "currency": "EUR"},
    }
    assert "if-match" not in put.headers


def test_an_update_names_the_version_that_was_read() -> None:
    read = response(product(), headers={"etag": '"v7"'})
    server = serving(read, response(product()))
    client = server.client()
    mug = client.get_product("MUG-RED")
    client.put_product("MUG-RED", mug.name, Money(1350, "EUR"), if_match=mug.http.etag)
    assert server.requests[-1].headers["if-match"] == '"v7"'


_WRONG_CALLS: dict[str, Callable[[OrdersClient], object]] = {
    "idempotency_key must be 1 to 255": lambda client: client.place_order(
        [Line("A", 1)], "tok_ok", ADDRESS, idempotency_key="two words"
    ),
    "if_match must be the `http.etag`": lambda client: client.delete_product("A", if_match="v7"),
    "including the quotes: None": lambda client: client.delete_product("A", if_match=None),
    "created_after must have a time zone": lambda client: client.list_orders(
        created_after=datetime(2026, 11, 21)  # noqa: DTZ001 - it is the mistake
    ),
    "deadline must be more than 0 seconds": lambda client: client.wait_for_order(ORDER_ID, deadline=0),
}


@pytest.mark.parametrize("message", _WRONG_CALLS)
def test_a_wrong_argument_raises_before_anything_is_sent(message: str) -> None:
    with pytest.raises(ValueError, match=message):
        _WRONG_CALLS[message](serving().client())


def test_a_missing_token_raises_value_error() -> None:
    with pytest.raises(ValueError, match=r"needs a token: OrdersClient\(base_url, token\)"):
        serving().client(token=None).get_order(ORDER_ID)


@pytest.mark.parametrize("address", ["api.example.com", "ftp://api.example.com", "", "https://"])
def test_base_url_must_be_complete(address: str) -> None:
    with pytest.raises(ValueError, match="base_url must be the API's complete URL"):
        OrdersClient(address)


def test_base_url_must_not_contain_credentials() -> None:
    with pytest.raises(ValueError, match="must not contain a user or a password") as error:
        OrdersClient("https://ada:secret@api.example.com")
    assert "secret" not in str(error.value)


@pytest.mark.parametrize("wrong", [{"attempts": 0}, {"deadline": 0}, {"first_pause": -1}])
def test_an_invalid_retry_policy_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must be"):
        RetryPolicy(**wrong)  # type: ignore[arg-type] # the numbers are what is wrong
