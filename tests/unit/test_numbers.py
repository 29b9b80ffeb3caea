"""Integers in a body. In JSON Schema, `1.0` is an integer."""

import json
import time
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from ordering.domain.money import Price
from ordering.http.request import MAX_BODY_BYTES
from ordering.http.shapes.placing import PlaceOrder
from ordering.http.shapes.products import PutProduct
from ordering.http.shapes.stock import ReceiveStock
from tests.support.bodies import PRODUCT, order_of, problem_of, request, sent

WHOLE = ["2", "2.0", "2.000", "2e0", "0.2e1", "20E-1", "2.0e+00", "0.0000002e7"]


@pytest.mark.parametrize("written", WHOLE)
def test_integer_field_accepts_every_notation_of_a_whole_number(written: str) -> None:
    """JSON Schema draft 2020-12, Core, section 4.2.3. All notations give the same decoded body."""
    text = json.dumps(order_of(quantity="@")).replace('"@"', written)
    plain = request(order_of(quantity=2)).body(PlaceOrder)
    assert sent(text).body(PlaceOrder) == plain
    assert msgspec.json.encode(sent(text).body(PlaceOrder)) == msgspec.json.encode(plain)


@given(
    st.decimals(allow_nan=False, allow_infinity=False, min_value=-3, max_value=12, places=2)
    | st.floats(0, 12)
)
def test_number_is_accepted_exactly_if_its_schema_accepts_it(number: Decimal | float) -> None:
    schema = {"type": "integer", "minimum": 1, "maximum": 1_000_000}
    text = json.dumps({"received": "@"}).replace('"@"', str(number).replace("E", "e"))
    valid = Draft202012Validator(schema).is_valid(json.loads(text)["received"])
    assert (problem_of(sent(text), ReceiveStock) is None) == valid


def test_numbers_within_a_string_are_not_changed() -> None:
    name = '1.0 and "2.0", \\'
    text = json.dumps(PRODUCT | {"name": name, "price": {"amount": 1250.0, "currency": "EUR"}})
    assert sent(text).body(PutProduct) == PutProduct(name=name, price=Price(amount=1250, currency="EUR"))


@pytest.mark.parametrize("unit", ['"', '"\\', '"a\\"', "1e9,", "1.0e", "-", "\\u", "[1.0,"], ids=ascii)
def test_reading_a_body_takes_linear_time(unit: str) -> None:
    text = ('{"received":1.0,"x":' + unit * MAX_BODY_BYTES)[:MAX_BODY_BYTES]
    started = time.process_time()
    assert problem_of(sent(text), ReceiveStock) is not None
    assert time.process_time() - started < 2
