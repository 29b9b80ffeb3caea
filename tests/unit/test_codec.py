"""Items are read from the table as they were written, and attributes of other writers do no harm."""

import contextlib
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from boto3.dynamodb.types import TypeSerializer
from hypothesis import given
from hypothesis import strategies as st

from ordering.domain.events.deriving import MalformedChange
from ordering.domain.order import Order, Reason, Status
from ordering.domain.payment import Payment, PaymentStatus
from ordering.domain.product import Product
from ordering.domain.shipment import Shipment
from ordering.domain.stock import Reservation, Stock
from ordering.dynamodb.codec import UnreadableValue, decode, decode_item, encode, encode_item
from ordering.repositories.items import SCHEMA_VERSION, UnreadableRecord, item_of, record_of
from ordering.repositories.stream import event_of_images
from tests.support.attributes import attributes, sprinkled
from tests.support.builders import image, order, payment, product, reservation, shipment, stock

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)
# DynamoDB's numbers have 38 digits.
numbers = st.integers(-(10**38) + 1, 10**38 - 1)
values = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, texts),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


RECORDS: list[Order | Payment | Shipment | Reservation | Product | Stock] = [
    *(order(status) for status in Status),
    *(order(Status.REJECTED, reason=reason) for reason in Reason),
    *(payment(status) for status in PaymentStatus),
    shipment(),
    reservation(),
    product(),
    stock(available=3, held=2, shipped=1),
]
records = st.sampled_from(RECORDS)


@given(values)
def test_a_value_is_read_as_it_was_written(value: Any) -> None:
    assert decode(encode(value)) == value


@pytest.mark.slow
@given(st.dictionaries(texts, values, max_size=5))
def test_an_item_is_read_as_it_was_written(item: dict[str, Any]) -> None:
    assert decode_item(encode_item(item)) == item


@given(values)
def test_written_values_equal_those_of_the_sdk(value: Any) -> None:
    assert encode(value) == TypeSerializer().serialize(value)


@pytest.mark.parametrize("value", [True, False])
def test_booleans_read_back_as_booleans(value: bool) -> None:
    assert decode(encode(value)) is value


def test_enum_member_is_written_as_plain_text() -> None:
    assert type(encode(Status.PENDING)["S"]) is str


def test_a_tuple_is_read_as_a_list() -> None:
    assert decode(encode(("a", 1))) == ["a", 1]


UNSUPPORTED = {
    "a float": 1.5,
    "NaN": float("nan"),
    "a decimal": Decimal("1.5"),
    "bytes": b"bytes",
    "a set": {"set"},
    "a time": datetime(2026, 11, 21, tzinfo=UTC),
    "an object": object(),
    "a function": len,
}


@pytest.mark.parametrize("value", UNSUPPORTED.values(), ids=UNSUPPORTED)
def test_value_of_an_unsupported_type_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        encode([value])


# -- attributes of other writers -----------------------------------------------------------------------

UNREADABLE: list[dict[str, Any]] = [
    {"N": "0.35"},
    {"N": "1E+3"},
    {"N": "NaN"},
    {"B": b"\xff"},
    {"SS": ["x"]},
    {"NS": ["1"]},
    {"BS": [b"x"]},
]


@pytest.mark.parametrize("attribute", UNREADABLE, ids=str)
def test_attribute_of_an_unsupported_type_is_read_as_unreadable(attribute: dict[str, Any]) -> None:
    assert isinstance(decode(attribute), UnreadableValue)


@pytest.mark.parametrize("attribute", UNREADABLE, ids=str)
def test_unreadable_value_is_neither_written_nor_shown(attribute: dict[str, Any]) -> None:
    with pytest.raises(TypeError) as raised:
        encode(decode({"L": [attribute]}))
    assert "0.35" not in str(raised.value)
    with pytest.raises(TypeError):
        msgspec.json.encode(decode(attribute))


@given(attributes, records)
def test_record_ignores_an_unknown_attribute_of_any_type(unknown: dict[str, Any], record: Any) -> None:
    """The attribute has any type of DynamoDB, at any depth of the item."""
    item = sprinkled(encode_item(image(record)), unknown)
    assert record_of(decode_item(item), type(record)) == record


@pytest.mark.slow
@given(attributes, records)
def test_known_attribute_of_a_wrong_type_makes_the_record_unreadable(
    unknown: dict[str, Any], record: Any
) -> None:
    item = encode_item(image(record))
    for name in msgspec.structs.fields(type(record)):
        with contextlib.suppress(UnreadableRecord):
            record_of(decode_item(item | {name.encode_name: unknown}), type(record))


@given(attributes, records)
def test_event_of_an_item_with_unknown_attributes_is_unchanged(unknown: dict[str, Any], record: Any) -> None:
    item = encode_item(image(record))
    before, after = (
        event_of_images(None, decode_item(item)),
        event_of_images(None, decode_item(sprinkled(item, unknown))),
    )
    # Some statuses, and stock, have no event.
    assert after == before


@given(attributes, records)
def test_change_with_any_attribute_of_any_type_is_publishable_or_malformed(
    unknown: dict[str, Any], record: Any
) -> None:
    item = encode_item(image(record))
    for name in item:
        with contextlib.suppress(MalformedChange):
            msgspec.json.encode(event_of_images(None, decode_item(item | {name: unknown})))


# -- records -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)
def test_a_record_is_read_as_it_was_written(
    record: Order | Payment | Shipment | Reservation | Product | Stock,
) -> None:
    assert record_of(image(record), type(record)) == record


def test_every_item_carries_its_schema_version() -> None:
    assert item_of(order())["schemaVersion"] == SCHEMA_VERSION


def test_every_item_carries_its_own_version() -> None:
    assert [record for record in RECORDS if image(record)["version"] != record.version] == []


def test_absent_field_is_not_written() -> None:
    assert "reason" not in image(order())


def test_field_of_a_later_release_is_ignored() -> None:
    assert record_of(image(order()) | {"giftWrap": True}, Order) == order()


@pytest.mark.parametrize("fact", ["status", "total", "version", "lines", "createdAt"])
def test_item_without_a_required_field_is_unreadable(fact: str) -> None:
    item = {name: value for name, value in image(order()).items() if name != fact}
    with pytest.raises(UnreadableRecord, match=fact):
        record_of(item, Order)


def test_item_of_an_unknown_status_is_unreadable() -> None:
    with pytest.raises(UnreadableRecord, match="status"):
        record_of(image(order()) | {"status": "LOST"}, Order)
