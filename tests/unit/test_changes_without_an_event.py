"""Changes that cause no event, and changes that are malformed because no release writes such items."""

import contextlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordering.domain.events.deriving import MalformedChange
from ordering.repositories.stream import event_of_images
from tests.support.builders import (
    LATER,
    ORDER_ID,
)
from tests.unit.changed_items import IMAGES, Image, kinds, next_version


@kinds
def test_write_without_a_new_version_causes_no_event(now: Image) -> None:
    noted = now | {"nudgedAt": LATER, "attempts": 3, "parkedAt": LATER, "GSI2SK": LATER}
    assert event_of_images(now, noted) is None


@pytest.mark.parametrize(
    ("partition", "sort"),
    [
        (f"ORDER#{ORDER_ID}", "ADDRESS"),
        ("PRODUCT#MUG-RED", "RECEIPT#key-1"),
        ("CUSTOMER#0f3c1d2b", "PROFILE"),
        ("CONSUMER#mail", f"ORDER#{ORDER_ID}/ORDER#1#OrderPlaced"),
        (f"CONSUMER#mail#ORDER#{ORDER_ID}/ORDER", f"ORDER#{ORDER_ID}/ORDER#1#OrderPlaced"),
        ("CONSUMER#mail", "PRODUCT#MUG-RED/STOCK#4#StockChanged"),
    ],
)
def test_internal_items_cause_no_event(partition: str, sort: str) -> None:
    item = {"PK": partition, "SK": sort, "schemaVersion": 1, "version": 1, "expiresAt": 1_795_262_400}
    assert event_of_images(None, item) is None


@pytest.mark.parametrize("kind", [kind for kind in IMAGES if kind != "product"])
def test_only_the_removal_of_a_product_is_published(kind: str) -> None:
    assert event_of_images(IMAGES[kind], None) is None


Damage = Callable[[Image], Image]


def without(name: str) -> Damage:
    return lambda item: {key: value for key, value in item.items() if key != name}


def with_value(name: str, value: Any) -> Damage:
    return lambda item: item | {name: value}


DAMAGES: dict[str, Damage] = {
    "no version": without("version"),
    "a version that is text": with_value("version", "new"),
    "a version that is null": with_value("version", None),
    "no time": without("updatedAt"),
    "a time that is not a time": with_value("updatedAt", "yesterday"),
    "a time that is null": with_value("updatedAt", None),
    "no partition key": without("PK"),
    "no sort key": without("SK"),
}

DAMAGED_STATUSES: dict[str, Damage] = {
    "no status": without("status"),
    "a status that is a number": with_value("status", 5),
    "a status that is null": with_value("status", None),
    "a status that is a list": with_value("status", ["PENDING"]),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
@kinds
def test_item_that_no_release_wrote_is_malformed(now: Image, damage: Damage) -> None:
    with pytest.raises(MalformedChange):
        event_of_images(now, damage(next_version(now)))


@pytest.mark.parametrize("damage", DAMAGED_STATUSES.values(), ids=DAMAGED_STATUSES)
@pytest.mark.parametrize("kind", ["order", "payment", "shipment", "reservation", "refund"])
def test_an_item_without_a_status_is_malformed(kind: str, damage: Damage) -> None:
    with pytest.raises(MalformedChange):
        event_of_images(IMAGES[kind], damage(next_version(IMAGES[kind])))


@kinds
def test_change_of_an_item_without_a_version_is_malformed(now: Image) -> None:
    with pytest.raises(MalformedChange):
        event_of_images(without("version")(now), now)


def test_a_change_without_any_image_is_malformed() -> None:
    with pytest.raises(MalformedChange):
        event_of_images(None, None)


attributes = st.sampled_from(["PK", "SK", "status", "version", "updatedAt", "orderId", "lines", "price"])

facts = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.lists(st.text(), max_size=2)
)


@given(
    st.dictionaries(attributes, facts),
    st.sampled_from(["ORDER", "RESERVATION", "SHIPMENT", "REFUND", "PAYMENT#01", "PRODUCT", "STOCK"]),
)
def test_change_of_an_arbitrary_item_is_an_event_or_malformed(item: Image, sort: str) -> None:
    with contextlib.suppress(MalformedChange):
        event_of_images(None, {"SK": sort} | item)
