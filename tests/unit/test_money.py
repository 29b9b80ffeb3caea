"""Guarantee 7: money is an integer of minor units with an ISO 4217 code, priced by the catalogue."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordering.domain.money import CURRENCIES, MAX_PRICE, ExpectedTotal, Money, Price, UnknownCurrency
from ordering.domain.order import MAX_LINES, MAX_QUANTITY, OrderLine, Status
from ordering.domain.pricing import MixedCurrencies, UnknownSku, price_lines
from ordering.domain.product import Product, Sku
from tests.support.builders import line, order, product

amounts = st.integers(1, MAX_PRICE)
quantities = st.integers(1, MAX_QUANTITY)
lines = st.lists(st.builds(line, quantity=quantities, unit_price=amounts), min_size=1, max_size=MAX_LINES)
catalogues = st.dictionaries(
    st.from_regex(r"[A-Z]{1,4}", fullmatch=True), amounts, min_size=1, max_size=8
).map(lambda prices: {Sku(sku): product(sku, amount) for sku, amount in prices.items()})


def price(amount: Any = 1250, currency: Any = "EUR") -> Price:
    return msgspec.convert({"amount": amount, "currency": currency}, Price)


# -- totals --------------------------------------------------------------------------------------------


@pytest.mark.slow
@given(lines)
def test_order_total_is_the_sum_of_its_lines(lines: list[OrderLine]) -> None:
    assert order(Status.PENDING, *lines).total == sum(each.quantity * each.unit_price for each in lines)


@given(lines, st.randoms(use_true_random=False))
def test_order_total_does_not_depend_on_the_sequence_of_lines(lines: list[OrderLine], chance: Any) -> None:
    shuffled = lines.copy()
    chance.shuffle(shuffled)
    assert order(Status.PENDING, *shuffled).total == order(Status.PENDING, *lines).total


@given(lines)
def test_order_total_is_the_sum_of_its_parts(lines: list[OrderLine]) -> None:
    placed = order(Status.PENDING, *lines)
    assert placed.total == placed.subtotal + placed.tax + placed.shipping - placed.discount


@given(lines)
def test_order_price_is_its_total_in_its_currency(lines: list[OrderLine]) -> None:
    placed = order(Status.PENDING, *lines)
    assert placed.price == Money(amount=placed.total, currency=placed.currency)


def test_largest_order_total_is_exact_as_a_json_number() -> None:
    assert MAX_LINES * MAX_QUANTITY * MAX_PRICE <= 2**53


# -- prices are the catalogue's ------------------------------------------------------------------------


@given(catalogues, st.data())
def test_each_line_has_the_name_and_price_of_the_catalogue(
    catalogue: dict[Sku, Product], data: st.DataObject
) -> None:
    wanted = data.draw(st.lists(st.tuples(st.sampled_from(sorted(catalogue)), quantities), max_size=8))
    taken = [(each.sku, each.quantity, each.unit_price, each.name) for each in price_lines(wanted, catalogue)]
    assert taken == [(sku, units, catalogue[sku].price.amount, catalogue[sku].name) for sku, units in wanted]


@pytest.mark.slow
@given(catalogues, st.data())
def test_unknown_sku_error_has_the_index_of_its_line(
    catalogue: dict[Sku, Product], data: st.DataObject
) -> None:
    known = data.draw(st.lists(st.tuples(st.sampled_from(sorted(catalogue)), quantities), max_size=5))
    with pytest.raises(UnknownSku, match="`no-such-thing`") as refused:
        price_lines([*known, (Sku("no-such-thing"), 1)], catalogue)
    assert refused.value.index == len(known)


def test_error_of_an_order_in_two_currencies_names_both() -> None:
    catalogue = {Sku("A"): product("A", currency="USD"), Sku("B"): product("B", currency="EUR")}
    with pytest.raises(MixedCurrencies, match="EUR, USD"):
        price_lines([(Sku("A"), 1), (Sku("B"), 1)], catalogue)


def test_currency_that_no_line_uses_is_ignored() -> None:
    catalogue = {Sku("A"): product("A", currency="USD"), Sku("B"): product("B", currency="EUR")}
    assert [each.sku for each in price_lines([(Sku("B"), 1)], catalogue)] == ["B"]


# -- the form of money ---------------------------------------------------------------------------------


@pytest.mark.parametrize("amount", [0, -1, MAX_PRICE + 1, 12.5, 12.0, "1250", True, None, float("nan")])
def test_price_must_be_a_positive_integer_of_minor_units(amount: Any) -> None:
    with pytest.raises(msgspec.ValidationError):
        price(amount)


@pytest.mark.parametrize("amount", [1, MAX_PRICE])
def test_smallest_and_largest_price_are_accepted(amount: int) -> None:
    assert price(amount).amount == amount


@pytest.mark.parametrize("currency", ["eur", "EURO", "E", "", "EUR\n", " EUR", "ÉUR", "XXX", "XTS", None])
def test_currency_must_be_a_listed_iso_4217_code(currency: Any) -> None:
    with pytest.raises(msgspec.ValidationError):
        price(currency=currency)


@pytest.mark.parametrize("currency", ["EUR", "USD", "GBP", "JPY", "KWD", "CLP"])
def test_currencies_with_any_number_of_decimals_are_accepted(currency: str) -> None:
    assert price(currency=currency).currency == currency


def test_every_listed_currency_has_three_capital_letters() -> None:
    assert [code for code in CURRENCIES if not (len(code) == 3 and code.isascii() and code.isupper())] == []


@pytest.mark.parametrize("currency", ["BGN", "HRK", "CUC", "ANG", "SLL", "ZWL"])
def test_withdrawn_currency_is_not_listed(currency: str) -> None:
    assert currency not in CURRENCIES


def test_money_must_not_be_negative() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"amount": -1, "currency": "EUR"}, Money)


@pytest.mark.parametrize(
    ("amount", "currency", "written"),
    [
        (1250, "EUR", "12.50 EUR"),
        (5, "EUR", "0.05 EUR"),
        (0, "EUR", "0.00 EUR"),
        (1250, "JPY", "1250 JPY"),
        (1250, "KWD", "1.250 KWD"),
        (100_000_000_000, "USD", "1000000000.00 USD"),
    ],
)
def test_money_is_formatted_with_the_decimals_of_its_currency(
    amount: int, currency: str, written: str
) -> None:
    assert str(Money(amount=amount, currency=currency)) == written


@pytest.mark.parametrize("kind", [Price, ExpectedTotal])
def test_unlisted_currency_is_named(kind: type[Price | ExpectedTotal]) -> None:
    with pytest.raises(UnknownCurrency, match="`ZZZ` is not a currency code of ISO 4217"):
        kind(amount=1, currency="ZZZ")
