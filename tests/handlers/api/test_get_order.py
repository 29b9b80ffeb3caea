"""GET /orders/{orderId}. Guarantee 6: a caller reads only their own orders; another's order is 404."""

import json
from uuid import uuid4

import pytest

from ordering.domain.order import OrderId
from tests.support.orders import an_order, cancel_to_the_end, follow
from tests.support.recorded import ISSUER
from tests.support.refusals import kind_of
from tests.support.world import ADDRESS, HandlerResponse, World, order_body


def read(world: World, order_id: str, *, subject: str = "alice", issuer: str = ISSUER) -> HandlerResponse:
    return world.api(
        "get_order", "GET /orders/{orderId}", path={"orderId": order_id}, subject=subject, issuer=issuer
    )


def history(world: World, order_id: OrderId) -> list[str]:
    return [each["status"] for each in read(world, order_id).body["history"]]


# -- one's own -----------------------------------------------------------------------------------------


def test_customer_reads_their_own_order(world: World) -> None:
    order_id = an_order(world)
    answer = read(world, order_id)
    assert (answer.status, answer.body["orderId"]) == (200, order_id)


def test_new_order_has_neither_payment_nor_shipment(world: World) -> None:
    assert not {"payment", "shipment", "reason"} & read(world, an_order(world)).body.keys()


def test_an_order_shows_its_payment(world: World) -> None:
    payment = read(world, an_order(world, "authorised")).body["payment"]
    assert (payment["status"], payment["attempt"], payment["amount"]) == (
        "AUTHORISED",
        1,
        {"amount": 2500, "currency": "EUR"},
    )


def test_order_shows_why_its_payment_was_declined(world: World) -> None:
    order_id = an_order(world, "authorised", token="tok_insufficient_funds")
    assert read(world, order_id).body["payment"]["reason"] == "insufficient_funds"


def test_an_order_shows_its_shipment(world: World) -> None:
    shipment = read(world, an_order(world, "booked")).body["shipment"]
    assert (shipment["status"], shipment["trackingNumber"][:3]) == ("BOOKED", "SBX")


def test_order_shows_the_last_payment_attempt(world: World) -> None:
    order_id = an_order(world, "confirmed", token="tok_capture_refused")
    follow(world, order_id, "capture_payment", "reauthorise_payment")
    assert read(world, order_id).body["payment"]["attempt"] == 2


def test_order_shows_its_whole_history(world: World) -> None:
    assert history(world, an_order(world, "fulfilled")) == ["PENDING", "CONFIRMED", "FULFILLED"]


@pytest.mark.slow
def test_cancelled_order_shows_its_whole_history(world: World) -> None:
    order_id = an_order(world, "confirmed")
    cancel_to_the_end(world, order_id)
    assert history(world, order_id) == ["PENDING", "CONFIRMED", "CANCELLING", "CANCELLED"]


def test_order_that_was_not_fulfilled_has_its_reason(world: World) -> None:
    order_id = an_order(world, "confirmed")
    cancel_to_the_end(world, order_id)
    assert read(world, order_id).body["reason"] == "CUSTOMER_REQUEST"


def test_each_transition_of_an_order_makes_a_new_version(world: World) -> None:
    assert read(world, an_order(world, "fulfilled")).body["version"] == 3


def test_order_shows_no_private_field(world: World) -> None:
    order_id = an_order(world, "booked")
    answer = json.dumps(read(world, order_id).body)
    order = world.details(order_id).order
    inside = [order.fingerprint, order.nonce, order.customer_id, "tok_ok", "pay_", *ADDRESS.values()]
    assert [secret for secret in inside if secret in answer] == []


def test_order_response_is_not_cached(world: World) -> None:
    assert read(world, an_order(world)).headers["cache-control"] == "no-store"


# -- whatever is not one's own -------------------------------------------------------------------------


def test_order_of_another_customer_is_404(world: World) -> None:
    refused = read(world, an_order(world), subject="bob")
    assert (refused.status, kind_of(refused)) == (404, "order-not-found")


def test_order_of_the_same_subject_at_another_issuer_is_404(world: World) -> None:
    assert read(world, an_order(world), issuer="https://other.example.com").status == 404


def test_order_of_another_customer_gets_the_same_response_as_an_unknown_one(world: World) -> None:
    theirs = read(world, an_order(world), subject="bob")
    assert theirs == read(world, str(uuid4()), subject="bob")


@pytest.mark.parametrize(
    "order_id",
    ["1", "%", "ORDER", "67AC7C2F-9402-853B-AEB2-E3A1FE83D8FC", "é", "x" * 2000],
    ids=lambda i: i[:9],
)
def test_malformed_order_id_is_404(world: World, order_id: str) -> None:
    assert kind_of(read(world, order_id)) == "order-not-found"


@pytest.mark.slow
def test_order_id_may_be_written_in_capitals(world: World) -> None:
    """As some programs write every UUID (RFC 9562, section 4)."""
    order_id = an_order(world)
    answer = read(world, order_id.upper())
    assert (answer.status, answer.body["orderId"]) == (200, order_id)
    theirs = world.api("admin_get_order", "GET /admin/orders/{orderId}", path={"orderId": order_id.upper()})
    assert theirs.body["orderId"] == order_id


def test_product_is_not_readable_as_an_order(world: World) -> None:
    world.stocked()
    assert read(world, "MUG-RED").status == 404


def test_order_can_be_read_as_soon_as_it_was_placed(world: World) -> None:
    placed = world.stocked().place(order_body(), key="key-1")
    assert read(world, placed.body["orderId"]).status == 200
