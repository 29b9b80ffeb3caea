"""POST /orders. Guarantee 1: at most one order for each customer and `Idempotency-Key`."""

import json
from typing import Any
from uuid import UUID

import pytest

from ordering.domain.order import OrderId
from ordering.repositories.keys import product_keys
from tests.handlers.api.place_order_bodies import address, line, orders_of
from tests.support.aws_calls import AwsCalls, Send, and_then, contended, sent_twice
from tests.support.client_calls import Parameters
from tests.support.refusals import fields_of, kind_of
from tests.support.world import World, order_body


def test_same_key_returns_the_same_order(shop: World) -> None:
    assert shop.place(key="key-1").body == shop.place(key="key-1").body


def test_same_key_creates_one_order(shop: World) -> None:
    for _ in range(3):
        shop.place(key="key-1")
    assert len(orders_of(shop)) == 1


def test_replay_writes_nothing(shop: World) -> None:
    shop.place(key="key-1")
    before = shop.items()
    shop.place(key="key-1")
    assert shop.items() == before


def test_replay_is_marked_by_a_header(shop: World) -> None:
    first, second = shop.place(key="key-1"), shop.place(key="key-1")
    assert [answer.headers.get("idempotency-replayed") for answer in (first, second)] == [None, "true"]


def test_replay_has_the_status_code_of_the_first_response(shop: World) -> None:
    first, second = shop.place(key="key-1"), shop.place(key="key-1")
    assert (first.status, first.headers["location"]) == (second.status, second.headers["location"])


def test_replay_may_format_its_json_differently(shop: World) -> None:
    first = shop.place(key="key-1")
    otherwise = json.dumps(dict(reversed(order_body().items())), indent=4)
    assert shop.place(otherwise, key="key-1").body["orderId"] == first.body["orderId"]


def test_replay_finds_its_order_in_any_status(shop: World) -> None:
    first = shop.place(key="key-1")
    shop.step("reserve_stock", OrderId(first.body["orderId"]))
    assert shop.place(key="key-1").body["orderId"] == first.body["orderId"]


def test_replay_shows_the_price_at_placing(shop: World) -> None:
    first = shop.place(key="key-1")
    shop.stocked(units=0, price=99)
    assert shop.place(key="key-1").body == first.body


def test_replay_finds_its_order_after_the_product_was_removed(shop: World) -> None:
    first = shop.place(key="key-1")
    shop.table.delete(product_keys.product(first.body["lines"][0]["sku"]))
    assert shop.place(key="key-1").body == first.body


@pytest.mark.parametrize(
    "before", [address(country="UK"), address(name="Ada\u2028"), address(postalCode=None)], ids=ascii
)
def test_replay_finds_its_order_after_a_rule_became_stricter(
    shop: World, monkeypatch: pytest.MonkeyPatch, before: Any
) -> None:
    with monkeypatch.context() as earlier_release:
        earlier_release.setattr("lambdas.api.place_order.checked", lambda body: body)
        first = shop.place(before, key="key-1")
    again = shop.place(before, key="key-1")
    assert (again.status, again.headers["idempotency-replayed"]) == (202, "true")
    assert again.body == first.body
    assert shop.place(before, key="key-2").status == 422


def test_address_is_stored_in_unicode_normal_form_c(shop: World) -> None:
    placed = shop.place(address(name="Zoe\u0308", city="Que\u0301bec"))
    kept = shop.details(OrderId(placed.body["orderId"])).address
    assert kept
    assert (kept.name, kept.city) == ("Zo\xeb", "Qu\xe9bec")


def test_replay_is_recognised_by_its_bytes_before_text_is_normalised(shop: World) -> None:
    first, again = (shop.place(address(name="Zoe\u0308"), key="key-1") for _ in range(2))
    assert again.body["orderId"] == first.body["orderId"]


OTHER_BODIES = {
    "another quantity": line(quantity=3),
    "another token": order_body(token="tok_declined"),
    "another country": order_body(country="NL"),
    "a line more of the address": address(line2="Flat 2"),
}


@pytest.mark.parametrize("other", OTHER_BODIES.values(), ids=OTHER_BODIES)
def test_same_key_with_another_body_is_refused(shop: World, other: Any) -> None:
    shop.place(key="key-1")
    refused = shop.place(other, key="key-1")
    assert (refused.status, kind_of(refused), fields_of(refused)) == (
        422,
        "idempotency-key-reused",
        ["Idempotency-Key"],
    )


def test_same_key_with_another_body_writes_nothing(shop: World) -> None:
    shop.place(key="key-1")
    before = shop.items()
    shop.place(order_body(("MUG-RED", 3)), key="key-1")
    assert shop.items() == before


def test_refusal_of_a_reused_key_shows_nothing_of_its_order(shop: World) -> None:
    first = shop.place(key="key-1")
    refused = shop.place(order_body(("MUG-RED", 3)), key="key-1")
    assert first.body["orderId"] not in json.dumps(refused.body)


@pytest.mark.parametrize("sent", ["key-1,key-1", "key-1, key-1", '"key-1","key-1"', "key-1,key-2", '""', ""])
def test_list_of_keys_or_an_empty_key_places_no_order(shop: World, sent: str) -> None:
    """Guarantee 1: a key `K` in two headers arrives as `K,K`, which would be the key of another order."""
    shop.place(key="key-1")
    before = shop.items()
    refused = shop.api("place_order", "POST /orders", order_body(), headers={"Idempotency-Key": sent})
    assert (refused.status, kind_of(refused)) == (400, "invalid-idempotency-key")
    assert shop.items() == before


def test_quoted_key_with_a_comma_is_one_key(shop: World) -> None:
    first, second = shop.place(key='"basket,1"'), shop.place(key='"basket,1"')
    assert (first.status, first.body["orderId"]) == (202, second.body["orderId"])


def test_key_with_and_without_quotes_is_the_same_key(shop: World) -> None:
    first, second = shop.place(key="key-1"), shop.place(key='"key-1"')
    assert (second.body["orderId"], len(orders_of(shop))) == (first.body["orderId"], 1)


def test_another_key_creates_another_order(shop: World) -> None:
    assert shop.place(key="key-1").body["orderId"] != shop.place(key="key-2").body["orderId"]


def test_every_request_without_a_key_creates_an_order(shop: World) -> None:
    shop.place()
    shop.place()
    assert len(orders_of(shop)) == 2


def test_order_placed_without_a_key_has_an_id_with_its_time(shop: World) -> None:
    assert UUID(shop.place().body["orderId"]).version == 7


def test_same_key_of_another_customer_creates_another_order(shop: World) -> None:
    mine, theirs = shop.place(key="key-1"), shop.place(key="key-1", subject="bob")
    assert mine.body["orderId"] != theirs.body["orderId"]


def test_same_key_of_the_same_subject_at_another_issuer_is_another_order(shop: World) -> None:
    here, there = shop.place(key="key-1"), shop.place(key="key-1", issuer="https://other.example.com")
    assert here.body["orderId"] != there.body["orderId"]


def test_another_customer_is_not_told_that_a_key_is_taken(shop: World) -> None:
    shop.place(key="key-1")
    assert "idempotency-replayed" not in shop.place(key="key-1", subject="bob").headers


def test_sdk_retry_is_not_reported_as_a_replay(shop: World, calls: AwsCalls) -> None:
    calls.next("TransactWriteItems", sent_twice)
    placed = shop.place(key="key-1")
    assert (placed.status, placed.headers.get("idempotency-replayed")) == (202, None)


def test_sdk_retry_creates_one_order(shop: World, calls: AwsCalls) -> None:
    calls.next("TransactWriteItems", sent_twice)
    shop.place()
    assert len(orders_of(shop)) == 1


def test_later_of_two_concurrent_requests_finds_the_order_of_the_earlier(
    shop: World, calls: AwsCalls
) -> None:
    calls.next("BatchGetItem", and_then(lambda: shop.place(key="key-1")))
    later = shop.place(key="key-1")
    assert (later.status, later.headers["idempotency-replayed"]) == (202, "true")


def test_later_of_two_concurrent_requests_with_another_body_is_refused(shop: World, calls: AwsCalls) -> None:
    calls.next("BatchGetItem", and_then(lambda: shop.place(order_body(("MUG-RED", 3)), key="key-1")))
    assert kind_of(shop.place(key="key-1")) == "idempotency-key-reused"


def test_two_concurrent_requests_create_one_order(shop: World, calls: AwsCalls) -> None:
    calls.next("BatchGetItem", and_then(lambda: shop.place(key="key-1")))
    shop.place(key="key-1")
    assert len(orders_of(shop)) == 1


def test_concurrent_placing_of_the_same_order_is_waited_for(shop: World, calls: AwsCalls) -> None:
    def rival(parameters: Parameters, send: Send) -> Any:
        shop.place(key="key-1")
        return contended(parameters, send)

    calls.next("TransactWriteItems", rival)
    assert shop.place(key="key-1").headers["idempotency-replayed"] == "true"


def test_order_placed_concurrently_is_found_despite_endless_contention(shop: World, calls: AwsCalls) -> None:
    def rival() -> None:
        shop.place(key="key-1")
        calls.always("TransactWriteItems", contended)

    calls.next("BatchGetItem", and_then(rival))
    assert shop.place(key="key-1").headers["idempotency-replayed"] == "true"
