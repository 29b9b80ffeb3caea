"""How the client decodes responses."""

import pickle
from datetime import UTC, datetime

import httpx
import pytest

from orders_client import HttpInfo, Line, Money, OrderStatus, Reason
from tests.client.support import ADDRESS, ORDER_ID, order, product, response, serving


def test_an_order_is_decoded_into_typed_values() -> None:
    read = serving(response(order())).client().get_order(ORDER_ID)
    assert read.order_id == ORDER_ID
    assert read.status is OrderStatus.PENDING
    assert read.total == Money(2500, "EUR")
    assert read.lines[0].unit_price == Money(1250, "EUR")
    assert read.created_at == datetime(2026, 11, 21, 12, tzinfo=UTC)
    assert read.payment is None


def test_a_response_has_its_status_and_headers_in_http() -> None:
    headers = {"apigw-requestid": "Gw1=", "etag": '"v3"'}
    read = serving(response(product(), headers=headers)).client().get_product("MUG-RED")
    assert read.http == HttpInfo(status=200, request_id="Gw1=", etag='"v3"', replayed=False)


def test_a_deletion_returns_its_status_and_headers() -> None:
    removed = serving(httpx.Response(204, headers={"apigw-requestid": "Gw1="})).client().delete_profile()
    assert removed == HttpInfo(status=204, request_id="Gw1=")


@pytest.mark.parametrize(("headers", "replayed"), [({"idempotency-replayed": "true"}, True), ({}, False)])
def test_replayed_follows_the_header_of_the_response(headers: dict[str, str], replayed: bool) -> None:
    client = serving(response(order(), 202, headers)).client()
    placed = client.place_order([Line("MUG-RED", 2)], "tok_ok", ADDRESS)
    assert placed.http.replayed is replayed


def test_a_body_field_named_http_is_ignored() -> None:
    read = serving(response(order(http="news"))).client().get_order(ORDER_ID)
    assert read.http == HttpInfo()


def test_unknown_response_fields_are_ignored() -> None:
    line = order()["lines"][0] | {"colour": "red"}
    read = serving(response(order(gift=True, lines=[line]))).client().get_order(ORDER_ID)
    assert read.lines[0].sku == "MUG-RED"


def test_unknown_enum_values_are_kept() -> None:
    history = [{"status": "ON_HOLD", "at": "2026-11-21T12:00:00Z", "reason": "FRAUD_CHECK"}]
    read = serving(response(order(status="ON_HOLD", history=history))).client().get_order(ORDER_ID)
    assert read.status == "ON_HOLD"
    assert f"{read.status}" == "ON_HOLD"
    assert not read.status.is_known
    assert not read.status.is_terminal
    assert read.history[0].reason == "FRAUD_CHECK"
    assert read.history[0].reason is not Reason.OUT_OF_STOCK


def test_responses_can_be_compared_hashed_and_pickled() -> None:
    read = serving(response(order(status="ON_HOLD"))).client().get_order(ORDER_ID)
    copy = pickle.loads(pickle.dumps(read))  # noqa: S301 - our own
    assert copy == read
    assert hash(copy) == hash(read)
    with pytest.raises(AttributeError):
        copy.version = 2


def test_an_unchanged_product_is_not_transferred_again() -> None:
    first = response(product(), headers={"etag": '"v1"', "apigw-requestid": "Gw1="})
    unchanged = httpx.Response(304, headers={"etag": '"v1"', "apigw-requestid": "Gw2="})
    server = serving(first, unchanged)
    client = server.client()
    known = client.get_product("MUG-RED")
    again = client.get_product("MUG-RED", known=known)
    assert server.requests[-1].headers["if-none-match"] == '"v1"'
    assert (again.name, again.version) == (known.name, known.version)
    assert (again.http.status, again.http.etag, again.http.request_id) == (304, '"v1"', "Gw2=")


def test_a_changed_product_is_transferred_again() -> None:
    first = response(product(), headers={"etag": '"v1"'})
    second = response(product(name="Mug", version=2), headers={"etag": '"v2"'})
    client = serving(first, second).client()
    again = client.get_product("MUG-RED", known=client.get_product("MUG-RED"))
    assert (again.name, again.http.status, again.http.etag) == ("Mug", 200, '"v2"')


def test_a_product_from_a_list_has_no_etag_and_is_read_in_full() -> None:
    server = serving(response({"products": [product()]}), response(product()))
    client = server.client()
    (listed,) = client.list_products()
    client.get_product("MUG-RED", known=listed)
    assert "if-none-match" not in server.requests[-1].headers


def test_known_must_be_the_same_product() -> None:
    client = serving(response(product("TEAPOT"), headers={"etag": '"v1"'})).client()
    teapot = client.get_product("TEAPOT")
    with pytest.raises(ValueError, match="known is the product 'TEAPOT', not 'MUG-RED'"):
        client.get_product("MUG-RED", known=teapot)
