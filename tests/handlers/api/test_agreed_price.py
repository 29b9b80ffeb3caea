"""POST /orders with `expectedTotal`. Guarantee 7: the total is the one agreed to, or there is no order."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordering.domain.identity import fingerprint
from ordering.domain.money import MAX_AMOUNT, Money
from ordering.domain.pricing import PriceChanged, accept
from ordering.http.problems import PriceChangedBody
from ordering.http.shapes.placing import PlaceOrder
from tests.support.aws_calls import AwsCalls, and_then
from tests.support.builders import CUSTOMER_ID, NOON, ORDER_ID, line
from tests.support.refusals import fields_of, kind_of
from tests.support.world import HandlerResponse, World, order_body

SHOWN = 2500
"""What two red mugs cost when the customer saw them."""


def agreed(amount: Any = SHOWN, currency: Any = "EUR", *lines: tuple[str, int]) -> dict[str, Any]:
    """Returns the body of an order at an agreed total."""
    return order_body(*lines) | {"expectedTotal": {"amount": amount, "currency": currency}}


def orders_of(world: World) -> list[dict[str, Any]]:
    return [item for item in world.items() if item["SK"] == "ORDER"]


def price(world: World, amount: int) -> None:
    world.stocked(units=0, price=amount)


# -- as agreed -----------------------------------------------------------------------------------------


def test_order_is_placed_at_the_agreed_total(shop: World) -> None:
    placed = shop.place(agreed())
    assert (placed.status, placed.body["total"]) == (202, {"amount": 2500, "currency": "EUR"})


def test_expected_total_is_compared_with_the_sum_of_all_lines(shop: World) -> None:
    shop.stocked("MUG-BLUE", price=999)
    lines = (("MUG-RED", 2), ("MUG-BLUE", 3))
    assert shop.place(agreed(2 * 1250 + 3 * 999, "EUR", *lines)).status == 202


def test_order_without_expected_total_has_the_total_of_the_catalogue(shop: World) -> None:
    price(shop, 9900)
    assert shop.place().body["total"]["amount"] == 2 * 9900


# -- otherwise -----------------------------------------------------------------------------------------

CHANGES: dict[str, Callable[[World], object]] = {
    "dearer": lambda shop: price(shop, 9900),
    "dearer by the least there is": lambda shop: price(shop, 1251),
    "cheaper": lambda shop: price(shop, 1),
}
changed = pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)


@changed
def test_order_with_another_total_than_expected_is_refused(
    shop: World, change: Callable[[World], object]
) -> None:
    change(shop)
    refused = shop.place(agreed())
    assert (refused.status, kind_of(refused), fields_of(refused)) == (409, "price-changed", ["expectedTotal"])


@changed
def test_order_refused_for_its_total_writes_nothing(shop: World, change: Callable[[World], object]) -> None:
    change(shop)
    before = shop.items()
    shop.place(agreed(), key="basket-1")
    assert shop.items() == before


def test_expected_total_in_another_currency_is_refused(shop: World) -> None:
    assert kind_of(shop.place(agreed(SHOWN, "USD"))) == "price-changed"


def test_expected_total_of_zero_is_compared_too(shop: World) -> None:
    assert kind_of(shop.place(agreed(0))) == "price-changed"


def test_refusal_of_a_total_shows_the_current_lines_and_total(shop: World) -> None:
    shop.stocked("MUG-BLUE", price=999)
    price(shop, 9900)
    refused = shop.place(agreed(SHOWN + 3 * 999, "EUR", ("MUG-RED", 2), ("MUG-BLUE", 3)))
    problem = msgspec.convert(refused.body, PriceChangedBody)
    assert problem.total == Money(amount=2 * 9900 + 3 * 999, currency="EUR")
    assert [
        (each.sku, each.quantity, each.unit_price.amount, each.total.amount) for each in problem.lines
    ] == [
        ("MUG-RED", 2, 9900, 19800),
        ("MUG-BLUE", 3, 999, 2997),
    ]


def test_order_at_the_current_total_is_placed_with_the_same_key(shop: World) -> None:
    price(shop, 9900)
    total = shop.place(agreed(), key="basket-1").body["total"]
    placed = shop.place(order_body() | {"expectedTotal": total}, key="basket-1")
    assert (placed.status, placed.body["total"]) == (202, total)


# -- repeats -------------------------------------------------------------------------------------------


def test_replay_of_an_agreed_order_ignores_the_current_price(shop: World) -> None:
    first = shop.place(agreed(), key="basket-1")
    price(shop, 9900)
    again = shop.place(agreed(), key="basket-1")
    assert (again.status, again.headers["idempotency-replayed"]) == (202, "true")
    assert again.body == first.body


@pytest.mark.parametrize(
    "other", [order_body(), agreed(2501), agreed(SHOWN, "USD")], ids=["none", "another", "another currency"]
)
def test_same_key_with_another_expected_total_is_refused(shop: World, other: dict[str, Any]) -> None:
    shop.place(agreed(), key="basket-1")
    refused = shop.place(other, key="basket-1")
    assert (refused.status, kind_of(refused)) == (422, "idempotency-key-reused")


def test_order_without_expected_total_keeps_its_fingerprint() -> None:
    """It was written beside orders by releases that knew of no such field: their keys must find them."""
    body = msgspec.json.decode(msgspec.json.encode(order_body()), type=PlaceOrder)
    assert fingerprint(msgspec.json.encode(body)) == (
        "c8131f78008823f3865e5e034e901ca89c1eaaa999d941e8991cd6ee8814ac33"
    )


def _slower_attempt(shop: World, then: Callable[[], object]) -> Callable[[], object]:
    """The first attempt of the request is written while the second one is looking; and then…"""

    def happens() -> None:
        assert shop.place(agreed(), key="basket-1").status == 202
        then()

    return happens


def test_concurrent_first_attempt_is_found_before_the_price_is_refused(shop: World, calls: AwsCalls) -> None:
    """One call read the order before it was written, and the price after that had changed."""
    # What the second one sees: no order yet, and a price that the first one did not.
    price(shop, 9900)

    def placed_before_the_price_changed() -> None:
        price(shop, 1250)
        _slower_attempt(shop, lambda: price(shop, 9900))()

    calls.next("BatchGetItem", and_then(placed_before_the_price_changed))
    answered = shop.place(agreed(), key="basket-1")
    assert (answered.status, answered.headers.get("idempotency-replayed")) == (202, "true")
    assert len(orders_of(shop)) == 1


def test_concurrent_first_attempt_is_found_before_the_product_is_unknown(
    world: World, calls: AwsCalls
) -> None:
    def sold_and_removed() -> None:
        world.stocked()
        assert world.place(key="basket-1").status == 202
        etag = world.api("get_product", "GET /products/{sku}", path={"sku": "MUG-RED"}).headers["etag"]
        path, match = {"sku": "MUG-RED"}, {"If-Match": etag}
        assert world.api("delete_product", "DELETE /products/{sku}", path=path, headers=match).status == 204

    calls.next("BatchGetItem", and_then(sold_and_removed))
    assert world.place(key="basket-1").status == 202
    assert len(orders_of(world)) == 1


def test_price_restored_before_the_second_read_is_accepted(shop: World, calls: AwsCalls) -> None:
    price(shop, 9900)
    calls.next("BatchGetItem", and_then(lambda: price(shop, 1250)))
    placed = shop.place(agreed())
    assert (placed.status, placed.body["total"]["amount"]) == (202, SHOWN)


# -- what is sent --------------------------------------------------------------------------------------

BAD: dict[str, tuple[Any, str]] = {
    "a number": (2500, "expectedTotal"),
    "text": ("25.00 EUR", "expectedTotal"),
    "nothing": (None, "expectedTotal"),
    "no currency": ({"amount": 2500}, "expectedTotal.currency"),
    "no amount": ({"currency": "EUR"}, "expectedTotal.amount"),
    "a currency of no country": ({"amount": 2500, "currency": "ZZZ"}, "expectedTotal.currency"),
    "a currency in small letters": ({"amount": 2500, "currency": "eur"}, "expectedTotal.currency"),
    "less than nothing": ({"amount": -1, "currency": "EUR"}, "expectedTotal.amount"),
    "half a cent": ({"amount": 2500.5, "currency": "EUR"}, "expectedTotal.amount"),
    "an amount as text": ({"amount": "2500", "currency": "EUR"}, "expectedTotal.amount"),
    "more than JSON can count": ({"amount": MAX_AMOUNT + 1, "currency": "EUR"}, "expectedTotal.amount"),
    "more than 64 bits": ({"amount": 10**40, "currency": "EUR"}, "expectedTotal.amount"),
    "an unknown member": ({"amount": 1, "currency": "EUR", "tax": 1}, "expectedTotal.tax"),
}


@pytest.mark.parametrize(("sent", "field"), BAD.values(), ids=BAD)
def test_malformed_expected_total_is_refused_by_field(shop: World, sent: Any, field: str) -> None:
    before = shop.items()
    refused: HandlerResponse = shop.place(order_body() | {"expectedTotal": sent}, key="basket-1")
    assert (refused.status, kind_of(refused), fields_of(refused)) == (422, "invalid-body", [field])
    assert shop.items() == before


# -- by itself -----------------------------------------------------------------------------------------

amounts = st.integers(0, 10_000)


@pytest.mark.slow
@given(st.integers(1, 100), st.integers(1, 100), amounts)
def test_order_costs_its_agreed_total_or_is_not_placed(quantity: int, unit_price: int, amount: int) -> None:
    lines = (line(quantity=quantity, unit_price=unit_price),)
    total = quantity * unit_price

    def accepted(agreed_to: Money | None) -> int:
        return accept(
            order_id=ORDER_ID,
            customer_id=CUSTOMER_ID,
            lines=lines,
            currency="EUR",
            payment_token="tok_ok",
            fingerprint="f",
            nonce="n",
            at=NOON,
            agreed=agreed_to,
        ).total

    assert accepted(None) == accepted(Money(amount=total, currency="EUR")) == total
    if amount != total:
        with pytest.raises(PriceChanged) as error:
            accepted(Money(amount=amount, currency="EUR"))
        assert (error.value.lines, error.value.total.amount) == (lines, total)
