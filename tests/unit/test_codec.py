"""Items survive the table: what is written is what is read."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from boto3.dynamodb.types import TypeSerializer
from hypothesis import given
from hypothesis import strategies as st

from ordering.order import Order, Reason, Status
from ordering.payment import Payment, PaymentStatus
from ordering.product import Product
from ordering.shipping import Shipment
from ordering.stock import Reservation, Stock
from ordering.table.codec import decode, decode_item, encode, encode_item
from ordering.table.items import SCHEMA_VERSION, item_of, record_of
from tests.support.builders import image, order, payment, product, reservation, shipment, stock

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)
# DynamoDB's numbers have 38 digits.
numbers = st.integers(-(10**38) + 1, 10**38 - 1)
values = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, texts),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@given(values)
def test_a_value_is_read_as_it_was_written(value: Any) -> None:
    assert decode(encode(value)) == value


@given(st.dictionaries(texts, values, max_size=5))
def test_an_item_is_read_as_it_was_written(item: dict[str, Any]) -> None:
    assert decode_item(encode_item(item)) == item


@given(values)
def test_values_are_written_as_the_sdk_would_write_them(value: Any) -> None:
    assert encode(value) == TypeSerializer().serialize(value)


@pytest.mark.parametrize("value", [True, False])
def test_yes_and_no_stay_what_they_are(value: bool) -> None:
    assert decode(encode(value)) is value


def test_a_word_of_ours_is_written_as_plain_text() -> None:
    assert type(encode(Status.PENDING)["S"]) is str


def test_a_tuple_is_read_as_a_list() -> None:
    assert decode(encode(("a", 1))) == ["a", 1]


STRANGERS = {
    "a float": 1.5,
    "NaN": float("nan"),
    "a decimal": Decimal("1.5"),
    "bytes": b"bytes",
    "a set": {"set"},
    "a time": datetime(2026, 11, 21, tzinfo=UTC),
    "an object": object(),
    "a function": len,
}


@pytest.mark.parametrize("value", STRANGERS.values(), ids=STRANGERS)
def test_what_an_item_never_holds_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        encode([value])


@pytest.mark.parametrize("attribute", [{"B": b"x"}, {"SS": ["x"]}, {"NS": ["1"]}, {"BS": [b"x"]}])
def test_an_attribute_of_a_type_that_we_never_write_is_refused(attribute: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        decode(attribute)


@pytest.mark.parametrize("number", ["1.5", "1E+3", "NaN", ""])
def test_a_number_that_is_not_whole_is_refused(number: str) -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        decode({"N": number})


# -- records -------------------------------------------------------------------------------------------

RECORDS: list[Order | Payment | Shipment | Reservation | Product | Stock] = [
    *(order(status) for status in Status),
    *(order(Status.REJECTED, reason=reason) for reason in Reason),
    *(payment(status) for status in PaymentStatus),
    shipment(),
    reservation(),
    product(),
    stock(available=3, held=2, shipped=1),
]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)
def test_a_record_is_read_as_it_was_written(
    record: Order | Payment | Shipment | Reservation | Product | Stock,
) -> None:
    assert record_of(image(record), type(record)) == record


def test_every_item_carries_the_version_of_its_schema() -> None:
    assert item_of(order())["schemaVersion"] == SCHEMA_VERSION


def test_every_item_carries_its_own_version() -> None:
    assert [record for record in RECORDS if image(record)["version"] != record.version] == []


def test_a_fact_that_is_absent_takes_no_room() -> None:
    assert "reason" not in image(order())


def test_a_field_that_a_later_release_wrote_does_not_disturb() -> None:
    assert record_of(image(order()) | {"giftWrap": True}, Order) == order()


@pytest.mark.parametrize("fact", ["status", "total", "version", "lines", "createdAt"])
def test_an_item_that_lacks_a_fact_is_no_record(fact: str) -> None:
    item = {name: value for name, value in image(order()).items() if name != fact}
    with pytest.raises(msgspec.ValidationError, match=fact):
        record_of(item, Order)


def test_an_item_of_a_status_that_nobody_knows_is_no_record() -> None:
    with pytest.raises(msgspec.ValidationError, match="status"):
        record_of(image(order()) | {"status": "LOST"}, Order)
