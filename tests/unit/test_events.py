"""Guarantee 5: an event is derived from the change itself and contains no private field."""

import contextlib
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ordering.domain.events import Event, MalformedChange
from ordering.domain.order import Reason, Status
from ordering.domain.payment import PaymentStatus
from ordering.domain.shipment import ShipmentStatus
from ordering.domain.stock import ReservationStatus
from ordering.repositories.stream import event_of_images
from tests.support.builders import (
    LATER,
    ORDER_ID,
    image,
    order,
    payment,
    product,
    reservation,
    shipment,
    stock,
)

Image = dict[str, Any]

ORDERS = {
    Status.PENDING: "OrderPlaced",
    Status.CONFIRMED: "OrderConfirmed",
    Status.FULFILLED: "OrderFulfilled",
    Status.REJECTING: "OrderRejecting",
    Status.REJECTED: "OrderRejected",
    Status.CANCELLING: "OrderCancelling",
    Status.CANCELLED: "OrderCancelled",
}
PAYMENTS = {
    PaymentStatus.PREPARED: "PaymentPrepared",
    PaymentStatus.AUTHORISED: "PaymentAuthorised",
    PaymentStatus.DECLINED: "PaymentDeclined",
    PaymentStatus.CAPTURED: "PaymentCaptured",
    PaymentStatus.CAPTURE_REFUSED: "PaymentCaptureRefused",
    PaymentStatus.VOIDED: "PaymentVoided",
    PaymentStatus.REFUNDED: "PaymentRefunded",
}
SHIPMENTS = {
    ShipmentStatus.INTENDED: "ShipmentIntended",
    ShipmentStatus.BOOKED: "ShipmentBooked",
    ShipmentStatus.REFUSED: "ShipmentRefused",
    ShipmentStatus.DISPATCHED: "ShipmentDispatched",
    ShipmentStatus.CANCELLED: "ShipmentCancelled",
}
RESERVATIONS = {
    ReservationStatus.HELD: "StockReserved",
    ReservationStatus.COMMITTED: "StockCommitted",
    ReservationStatus.RELEASED: "StockReleased",
}

# One image of every kind of item that events are derived from.
IMAGES: dict[str, Image] = {
    "order": image(order()),
    "payment": image(payment()),
    "shipment": image(shipment()),
    "reservation": image(reservation()),
    "product": image(product()),
    "stock": image(stock(available=10)),
}
kinds = pytest.mark.parametrize("now", IMAGES.values(), ids=IMAGES)


def happened(old: Image | None, new: Image | None) -> Event:
    event = event_of_images(old, new)
    assert event is not None
    return event


def next_version(present: Image, **changed: Any) -> Image:
    return present | {"version": present["version"] + 1, "updatedAt": LATER} | changed


# -- types ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", Status)
def test_each_status_of_an_order_has_its_event(status: Status) -> None:
    old, new = image(order()), image(order(status, version=2))
    assert happened(old, new).type == ORDERS[status]


@pytest.mark.parametrize("status", PaymentStatus)
def test_each_status_of_a_payment_has_its_event(status: PaymentStatus) -> None:
    old, new = image(payment()), image(payment(status, version=2))
    assert happened(old, new).type == PAYMENTS[status]


@pytest.mark.parametrize("status", ShipmentStatus)
def test_each_status_of_a_shipment_has_its_event(status: ShipmentStatus) -> None:
    old, new = image(shipment()), image(shipment(status, version=2))
    assert happened(old, new).type == SHIPMENTS[status]


@pytest.mark.parametrize("status", ReservationStatus)
def test_each_status_of_a_reservation_has_its_event(status: ReservationStatus) -> None:
    old, new = image(reservation()), image(reservation(status, version=2))
    assert happened(old, new).type == RESERVATIONS[status]


@pytest.mark.parametrize("reason", [each for each in Reason if each is not Reason.CUSTOMER_REQUEST])
def test_order_cancelled_by_the_system_is_published_as_cancelling(reason: Reason) -> None:
    new = image(order(Status.CANCELLING, reason=reason, version=2))
    assert happened(image(order()), new).type == "OrderCancelling"


def test_order_cancelled_by_its_customer_has_an_event_that_drives_it() -> None:
    new = image(order(Status.CANCELLING, reason=Reason.CUSTOMER_REQUEST, version=2))
    assert happened(image(order()), new).type == "OrderCancelRequested"


def test_end_of_an_order_cancelled_by_its_customer_is_published() -> None:
    new = image(order(Status.CANCELLED, reason=Reason.CUSTOMER_REQUEST, version=3))
    assert happened(image(order(version=2)), new).type == "OrderCancelled"


def test_new_product_is_published_as_added() -> None:
    assert happened(None, IMAGES["product"]).type == "ProductAdded"


def test_product_with_another_price_is_published_as_changed() -> None:
    new = next_version(IMAGES["product"], price={"amount": 1, "currency": "EUR"})
    assert happened(IMAGES["product"], new).type == "ProductChanged"


def test_product_that_was_deleted_is_published_as_removed() -> None:
    assert happened(IMAGES["product"], None).type == "ProductRemoved"


def test_stock_movement_is_published_as_changed() -> None:
    assert happened(IMAGES["stock"], next_version(IMAGES["stock"])).type == "StockChanged"


def test_first_receipt_of_stock_is_published_as_changed() -> None:
    assert happened(None, IMAGES["stock"]).type == "StockChanged"


def test_stock_adjustment_event_has_the_quantity_but_not_the_reason() -> None:
    before = IMAGES["stock"]
    published = happened(before, next_version(before, adjusted=-3, available=int(before["available"]) - 3))
    assert published.new
    assert (published.new["adjusted"], "reason" in published.new) == (-3, False)
    assert {"adjusted", "available"} <= set(published.changed)


# -- ids -----------------------------------------------------------------------------------------------


def test_event_id_contains_item_version_and_type() -> None:
    assert happened(None, IMAGES["order"]).event_id == f"ORDER#{ORDER_ID}/ORDER#1#OrderPlaced"


@kinds
def test_same_change_always_has_the_same_event_id(now: Image) -> None:
    assert happened(None, now).event_id == happened(None, dict(now)).event_id


def test_different_changes_have_different_event_ids() -> None:
    every_status = [
        *(image(order(status, version=version)) for status in Status for version in (1, 2)),
        *(image(payment(paid, attempt=n, version=n)) for paid in PaymentStatus for n in (1, 2)),
        *(image(payment(paid, attempt=1, version=2)) for paid in PaymentStatus),
        *(image(shipment(sent, version=version)) for sent in ShipmentStatus for version in (1, 2)),
        *(image(reservation(held, version=version)) for held in ReservationStatus for version in (1, 2)),
        *(image(stock(version=version)) for version in (1, 2, 11, 12)),
        *(image(product(sku)) for sku in ("A", "A1", "A-1", "A.1")),
    ]
    ids = [happened(None, each).event_id for each in every_status]
    assert len(set(ids)) == len(ids)


def test_events_of_different_orders_have_different_ids() -> None:
    other = image(replace(order(), order_id="00000000-0000-8000-8000-000000000000"))
    assert happened(None, other).event_id != happened(None, IMAGES["order"]).event_id


def test_removal_has_a_higher_sequence_than_the_last_version() -> None:
    assert happened(IMAGES["product"], None).version == IMAGES["product"]["version"] + 1


@given(st.lists(st.integers(1, 10**9), unique=True, min_size=2, max_size=2))
def test_each_version_of_an_item_has_its_own_event_id(versions: list[int]) -> None:
    one, other = (happened(None, image(stock(version=version))).event_id for version in versions)
    assert one != other


# -- the content of an event ---------------------------------------------------------------------------


@kinds
def test_event_of_a_new_item_has_no_old_values(now: Image) -> None:
    assert happened(None, now).old is None


def test_event_of_a_removed_item_has_no_new_values() -> None:
    assert happened(IMAGES["product"], None).new is None


@kinds
def test_event_has_the_time_of_the_change(now: Image) -> None:
    assert happened(now, next_version(now)).at == LATER


@kinds
def test_event_has_the_version_that_the_change_made(now: Image) -> None:
    assert happened(now, next_version(now)).version == now["version"] + 1


@kinds
def test_event_names_the_changed_fields(now: Image) -> None:
    assert happened(now, next_version(now)).changed == ("updatedAt", "version")


def test_removed_field_is_named_as_changed() -> None:
    old = IMAGES["product"] | {"description": "Hand-made"}
    assert "description" in happened(old, next_version(IMAGES["product"])).changed


@pytest.mark.parametrize("kind", ["order", "payment", "shipment", "reservation"])
def test_subject_of_an_order_event_is_the_order(kind: str) -> None:
    assert happened(None, IMAGES[kind]).order_id == ORDER_ID


@pytest.mark.parametrize("kind", ["product", "stock"])
def test_subject_of_a_product_event_is_the_sku(kind: str) -> None:
    assert happened(None, IMAGES[kind]).sku == "MUG-RED"


def test_order_event_has_its_lines_at_the_prices_at_placing() -> None:
    published = happened(None, IMAGES["order"]).new
    assert published
    assert published["lines"] == [{"sku": "MUG-RED", "name": "The MUG-RED", "quantity": 2, "unitPrice": 1250}]


def test_rejection_event_has_its_reason() -> None:
    published = happened(None, image(order(Status.REJECTED, reason=Reason.OUT_OF_STOCK))).new
    assert published
    assert published["reason"] == "OUT_OF_STOCK"


@pytest.mark.parametrize("secret", ["paymentToken", "fingerprint", "nonce", "history", "address", "attempts"])
@pytest.mark.parametrize("side", ["old", "new"])
@kinds
def test_private_field_is_in_no_event(now: Image, side: str, secret: str) -> None:
    hidden = now | {secret: "private value"}
    images = (hidden, next_version(now)) if side == "old" else (now, next_version(hidden))
    assert "private value" not in repr(happened(*images))


@kinds
def test_index_key_is_in_no_event(now: Image) -> None:
    published = happened(None, now).new
    assert published
    assert [name for name in published if name.startswith(("GSI", "PK", "SK", "schema"))] == []


# -- changes without an event ------------------------------------------------------------------------------


@kinds
def test_note_without_a_new_version_is_no_event(now: Image) -> None:
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


# -- malformed -----------------------------------------------------------------------------------------

Break = Callable[[Image], Image]


def without(name: str) -> Break:
    return lambda item: {key: value for key, value in item.items() if key != name}


def with_value(name: str, value: Any) -> Break:
    return lambda item: item | {name: value}


BREAKS: dict[str, Break] = {
    "no version": without("version"),
    "a version that is text": with_value("version", "new"),
    "a version that is nothing": with_value("version", None),
    "no time": without("updatedAt"),
    "a time that is no time": with_value("updatedAt", "yesterday"),
    "a time that is nothing": with_value("updatedAt", None),
    "no partition key": without("PK"),
    "no sort key": without("SK"),
}
BROKEN_STATUSES: dict[str, Break] = {
    "no status": without("status"),
    "a status that is a number": with_value("status", 5),
    "a status that is nothing": with_value("status", None),
    "a status that is a list": with_value("status", ["PENDING"]),
}


@pytest.mark.parametrize("breaking", BREAKS.values(), ids=BREAKS)
@kinds
def test_item_that_no_release_wrote_is_malformed(now: Image, breaking: Break) -> None:
    with pytest.raises(MalformedChange):
        event_of_images(now, breaking(next_version(now)))


@pytest.mark.parametrize("breaking", BROKEN_STATUSES.values(), ids=BROKEN_STATUSES)
@pytest.mark.parametrize("kind", ["order", "payment", "shipment", "reservation"])
def test_an_item_without_a_status_is_malformed(kind: str, breaking: Break) -> None:
    with pytest.raises(MalformedChange):
        event_of_images(IMAGES[kind], breaking(next_version(IMAGES[kind])))


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
    st.sampled_from(["ORDER", "RESERVATION", "SHIPMENT", "PAYMENT#01", "PRODUCT", "STOCK"]),
)
def test_change_of_an_arbitrary_item_is_an_event_or_malformed(item: Image, sort: str) -> None:
    with contextlib.suppress(MalformedChange):
        event_of_images(None, {"SK": sort} | item)


# -- the ids of the order ------------------------------------------------------------------------------

TRACE = {"correlationId": "id", "traceparent": f"00-{'4b' * 16}-{'0f' * 8}-01"}


@kinds
def test_ids_are_in_the_envelope_and_are_no_published_field(now: Image) -> None:
    event = happened(None, now | {"trace": TRACE})
    assert (event.correlation_id, event.traceparent) == (TRACE["correlationId"], TRACE["traceparent"])
    assert event.new == happened(None, now).new
    assert event.changed == happened(None, now).changed


@kinds
@pytest.mark.parametrize("trace", [None, "", 7, b"", {}, [TRACE], TRACE | {"traceparent": "00"}])
def test_ids_that_cannot_be_read_are_left_out_of_the_event(now: Image, trace: Any) -> None:
    assert happened(None, now | {"trace": trace}) == happened(None, now)


@kinds
def test_change_of_the_ids_alone_is_no_event(now: Image) -> None:
    assert event_of_images(now, now | {"trace": TRACE}) is None


def test_event_of_an_earlier_release_has_no_ids() -> None:
    sent = msgspec.to_builtins(happened(None, image(order())))
    del sent["correlationId"], sent["traceparent"]
    event = msgspec.convert(sent, Event)
    assert event.ids is None
