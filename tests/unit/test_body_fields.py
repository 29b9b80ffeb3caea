"""A request body with a wrong field is refused, and the problem names the field."""

import json
from typing import Any

import pytest

from ordering.domain.customer import EMAIL_IN_WORDS
from ordering.http.problems import ProblemType
from ordering.http.shapes.customers import PutProfile
from ordering.http.shapes.placing import MAX_PAYMENT_TOKEN, PlaceOrder
from ordering.http.shapes.products import PutProduct
from ordering.http.shapes.stock import ReceiveStock
from tests.support.bodies import (
    PRODUCT,
    order_of,
    order_to,
    order_with,
    priced,
    problem_of,
    profile_of,
    refused,
    request,
    sent,
)
from tests.support.refusals import field_of, message_of
from tests.support.world import order_body

WRONG: dict[str, tuple[type[Any], Any, str]] = {
    "a field that is missing": (PlaceOrder, {"lines": [{"sku": "A", "quantity": 1}]}, "paymentToken"),
    "a field that is unknown": (PlaceOrder, order_with(total=1), "total"),
    "a field that is misspelt": (PlaceOrder, order_with(payment_token="tok_ok"), "payment_token"),
    "lines that are text": (PlaceOrder, order_with(lines="MUG-RED"), "lines"),
    "lines that are null": (PlaceOrder, order_with(lines=None), "lines"),
    "no lines": (PlaceOrder, order_with(lines=[]), "lines"),
    "too many lines": (PlaceOrder, order_with(lines=[{"sku": "A", "quantity": 1}] * 51), "lines"),
    "a line that is text": (PlaceOrder, order_with(lines=["MUG-RED"]), "lines[0]"),
    "a line without a quantity": (PlaceOrder, order_with(lines=[{"sku": "A"}]), "lines[0].quantity"),
    "a line with a price": (PlaceOrder, order_of(unitPrice=1), "lines[1].unitPrice"),
    "a quantity of zero": (PlaceOrder, order_of(quantity=0), "lines[1].quantity"),
    "a negative quantity": (PlaceOrder, order_of(quantity=-1), "lines[1].quantity"),
    "a quantity above the limit": (PlaceOrder, order_of(quantity=1001), "lines[1].quantity"),
    "a quantity of 31 digits": (PlaceOrder, order_of(quantity=10**30), "lines[1].quantity"),
    "half a unit": (PlaceOrder, order_of(quantity=1.5), "lines[1].quantity"),
    "a float close to an integer": (
        PlaceOrder,
        order_of(quantity=2 + 1e-15),
        "lines[1].quantity",
    ),
    "a whole float above the limit": (PlaceOrder, order_of(quantity=1001.0), "lines[1].quantity"),
    "a whole float of 301 digits": (PlaceOrder, order_of(quantity=1e300), "lines[1].quantity"),
    "a whole float as text": (PlaceOrder, order_of(quantity="2.0"), "lines[1].quantity"),
    "a quantity that is text": (PlaceOrder, order_of(quantity="2"), "lines[1].quantity"),
    "a quantity that is true": (PlaceOrder, order_of(quantity=True), "lines[1].quantity"),
    "a quantity that is null": (PlaceOrder, order_of(quantity=None), "lines[1].quantity"),
    "a SKU that is a number": (PlaceOrder, order_of(sku=5), "lines[1].sku"),
    "a SKU with a space": (PlaceOrder, order_of(sku="MUG RED"), "lines[1].sku"),
    "a SKU with a line feed": (PlaceOrder, order_of(sku="MUG-RED\n"), "lines[1].sku"),
    "a SKU with a separator": (PlaceOrder, order_of(sku="MUG#RED"), "lines[1].sku"),
    "a SKU that is too long": (PlaceOrder, order_of(sku="M" * 65), "lines[1].sku"),
    "a SKU that is empty": (PlaceOrder, order_of(sku=""), "lines[1].sku"),
    "a token that is empty": (PlaceOrder, order_with(paymentToken=""), "paymentToken"),
    "a token with a space": (PlaceOrder, order_with(paymentToken="tok ok"), "paymentToken"),
    "a token that is too long": (
        PlaceOrder,
        order_with(paymentToken="t" * (MAX_PAYMENT_TOKEN + 1)),
        "paymentToken",
    ),
    "a token with a line feed": (PlaceOrder, order_with(paymentToken="tok_ok\n"), "paymentToken"),
    "a token that is an object": (PlaceOrder, order_with(paymentToken={}), "paymentToken"),
    "an address that is text": (PlaceOrder, order_with(shippingAddress="London"), "shippingAddress"),
    "an address without a city": (
        PlaceOrder,
        order_with(shippingAddress={"name": "Ada", "line1": "12 St James's Square"}),
        "shippingAddress.city",
    ),
    "an address with an unknown field": (PlaceOrder, order_to(phone="1"), "shippingAddress.phone"),
    "a name that is blank": (PlaceOrder, order_to(name="  "), "shippingAddress.name"),
    "a name on two lines": (PlaceOrder, order_to(name="Ada\nLovelace"), "shippingAddress.name"),
    "a name without visible characters": (PlaceOrder, order_to(name="\u200b\u00a0"), "shippingAddress.name"),
    "a line with a separator": (PlaceOrder, order_to(line1="1\u2028Total 0"), "shippingAddress.line1"),
    "a second line with a NEL character": (PlaceOrder, order_to(line2="a\x85b"), "shippingAddress.line2"),
    "a city with a direction override": (PlaceOrder, order_to(city="Lon\u202edon"), "shippingAddress.city"),
    "a region with a direction isolate": (PlaceOrder, order_to(region="\u2067GL"), "shippingAddress.region"),
    "a region that was not UTF-8": (PlaceOrder, order_to(region="Z\ufffdrich"), "shippingAddress.region"),
    "a noncharacter": (PlaceOrder, order_to(name="Ada\ufffe"), "shippingAddress.name"),
    "a post code on two lines": (PlaceOrder, order_to(postalCode="EH2\n2PR"), "shippingAddress.postalCode"),
    "a post code of another country": (
        PlaceOrder,
        order_to(postalCode="10115"),
        "shippingAddress.postalCode",
    ),
    "a post code that is missing": (PlaceOrder, order_to(postalCode=None), "shippingAddress.postalCode"),
    "a country that is not assigned": (PlaceOrder, order_to(country="UK"), "shippingAddress.country"),
    "a country code that was withdrawn": (PlaceOrder, order_to(country="AN"), "shippingAddress.country"),
    "a country code for private use": (PlaceOrder, order_to(country="ZZ"), "shippingAddress.country"),
    "a product's name with a direction override": (PutProduct, PRODUCT | {"name": "a\u202eb"}, "name"),
    "a description without visible characters": (
        PutProduct,
        PRODUCT | {"description": "\u2800"},
        "description",
    ),
    "a description of two lines": (PutProduct, PRODUCT | {"description": "a\u2029b"}, "description"),
    "a profile's name that is blank": (PutProfile, profile_of(name="\u3164"), "address.name"),
    "a profile's country": (PutProfile, profile_of(country="XX"), "address.country"),
    "a profile's post code": (PutProfile, profile_of(postalCode="1"), "address.postalCode"),
    "a name that is too long": (PlaceOrder, order_to(name="A" * 121), "shippingAddress.name"),
    "a country in small letters": (PlaceOrder, order_to(country="gb"), "shippingAddress.country"),
    "a country by its name": (PlaceOrder, order_to(country="Britain"), "shippingAddress.country"),
    "a post code that is a number": (PlaceOrder, order_to(postalCode=1011), "shippingAddress.postalCode"),
    "a product without a name": (PutProduct, {"price": PRODUCT["price"]}, "name"),
    "a price that is a number": (PutProduct, PRODUCT | {"price": 1250}, "price"),
    "a price of zero": (PutProduct, priced(amount=0), "price.amount"),
    "a price with a decimal point": (PutProduct, priced(amount=12.5), "price.amount"),
    "a price without currency": (PutProduct, PRODUCT | {"price": {"amount": 1}}, "price.currency"),
    "a currency in small letters": (PutProduct, priced(currency="eur"), "price.currency"),
    "a description that is empty": (PutProduct, PRODUCT | {"description": ""}, "description"),
    "a product that sets its SKU": (PutProduct, PRODUCT | {"sku": "MUG-BLUE"}, "sku"),
    "a product that sets its stock": (PutProduct, PRODUCT | {"available": 5}, "available"),
    "a receipt of zero units": (ReceiveStock, {"received": 0}, "received"),
    "a receipt of a negative number": (ReceiveStock, {"received": -5}, "received"),
    "a receipt above the limit": (ReceiveStock, {"received": 1_000_001}, "received"),
    "a receipt of half a unit": (ReceiveStock, {"received": 0.5}, "received"),
    "a receipt that is missing": (ReceiveStock, {}, "received"),
}

wrong = pytest.mark.parametrize(("shape", "body", "field"), WRONG.values(), ids=WRONG)


@wrong
def test_body_that_does_not_match_the_schema_is_invalid(shape: type[Any], body: Any, field: str) -> None:
    assert refused(request(body), shape).kind is ProblemType.INVALID_BODY


@wrong
def test_refusal_names_the_wrong_field(shape: type[Any], body: Any, field: str) -> None:
    assert field_of(refused(request(body), shape)) == field


@wrong
def test_detail_of_a_refusal_begins_with_the_field(shape: type[Any], body: Any, field: str) -> None:
    assert refused(request(body), shape).detail.startswith(f"{field}: ")


def test_currency_not_in_iso_4217_is_named_in_the_refusal() -> None:
    problem = refused(request(priced(currency="XXX")), PutProduct)
    assert problem.detail == "price.currency: `XXX` is not a currency code of ISO 4217"
    assert field_of(problem) == "price.currency"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (order_of(sku="MUG RED"), "letters, digits, dots, dashes and underscores"),
        (order_with(paymentToken="tok ok"), "visible ASCII characters"),
        (order_to(name=" "), "at least one visible character"),
        (order_to(postalCode="\t"), "on one line, without U+0009"),
        (order_to(postalCode="1011"), "a postal code of GB, such as EC1Y 8SY"),
        (order_to(country="UK"), "did you mean GB?"),
        (order_to(country="gb"), "two capital letters"),
    ],
    ids=["SKU", "token", "name", "post code", "post code of a country", "unassigned country", "country"],
)
def test_refusal_describes_a_field_in_words_and_not_as_a_pattern(body: Any, words: str) -> None:
    assert words in message_of(refused(request(body)))


@pytest.mark.parametrize(
    "email", ["ada", "ada@example.com,eve@example.com", "ada@bücher.example", "a..b@c.de"]
)
def test_refusal_describes_the_form_of_an_email_address_in_words(email: str) -> None:
    assert message_of(refused(request({"email": email}), PutProfile)) == EMAIL_IN_WORDS


ADDRESSED = json.dumps(order_body()["shippingAddress"])

TWICE = {
    "a field": ('{"received":5,"received":50}', ReceiveStock, "received"),
    "a field, once escaped": (r'{"received":5,"r\u0065ceived":50}', ReceiveStock, "received"),
    "the same value": ('{"received":5,"received":5}', ReceiveStock, "received"),
    "a field of an object": (
        '{"name":"Mug","price":{"amount":1,"currency":"EUR","amount":1000}}',
        PutProduct,
        "price.amount",
    ),
    "a field of a line": (
        f'{{"lines":[{{"sku":"A","quantity":1}},{{"sku":"B","quantity":1,"quantity":9}}],'
        f'"paymentToken":"tok_ok","shippingAddress":{ADDRESSED}}}',
        PlaceOrder,
        "lines[1].quantity",
    ),
}


@pytest.mark.parametrize(("text", "shape", "field"), TWICE.values(), ids=TWICE)
def test_duplicate_field_is_refused(text: str, shape: type[Any], field: str) -> None:
    """Some JSON parsers keep the first value and some the last, so the client's intention is unknown."""
    problem = refused(sent(text), shape)
    assert (problem.kind, field_of(problem)) == (ProblemType.INVALID_BODY, field)


@pytest.mark.parametrize("body", [body for _, body, _ in WRONG.values()], ids=WRONG)
def test_refusal_quotes_no_pattern(body: Any) -> None:
    for shape in (PlaceOrder, PutProduct, ReceiveStock):
        assert "regex" not in refused(request(body), shape).detail


RIGHT = {
    "no second line": order_to(line2=None, region=None),
    "every line of an address": order_to(line2="Flat 2", region="Greater London"),
    "a name of any script": order_to(name="Ñandú 王 🐘"),
    "a name with joiners": order_to(name="क्\u200dष 👩\u200d👧"),
    "a place without post codes": order_to(country="HK", postalCode=None),
    "a place without post codes, and one": order_to(country="AE", postalCode="00000"),
    "a wallet's token": order_with(
        paymentToken='{"signature":"' + "MEUCIQ" * 1000 + '","signedMessage":"{}"}'
    ),
    "the most units": order_of(quantity=1000),
    "an odd SKU": order_of(sku="m.U_g-9"),
    "the longest SKU": order_of(sku="9" * 64),
    "the longest token": order_with(paymentToken="!" + "~" * (MAX_PAYMENT_TOKEN - 1)),
    "the most lines": order_with(lines=[{"sku": f"S{n}", "quantity": 1} for n in range(50)]),
}


@pytest.mark.parametrize("body", RIGHT.values(), ids=RIGHT)
def test_value_within_its_limits_is_accepted(body: Any) -> None:
    assert problem_of(request(body), PlaceOrder) is None
