"""The event of each change: it is derived from the change itself and contains no private field."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ordering.domain.events.orders import OrderConfirmed, OrderPlaced, OrderRejected
from ordering.domain.events.payments import PaymentCaptured
from ordering.domain.events.products import ProductChanged, ProductRemoved
from ordering.domain.events.shapes import SHAPES
from ordering.domain.events.stock import StockLow
from ordering.domain.events.types import EventType
from ordering.domain.events.webhooks import WebhookDisabled
from ordering.domain.order import Reason, Status
from ordering.domain.payment import PaymentStatus
from ordering.domain.refund import RefundStatus
from ordering.domain.shipment import ShipmentStatus
from ordering.domain.stock import ReservationStatus
from ordering.repositories.keys import event_keys
from ordering.repositories.stream import event_of_images
from tests.support.builders import (
    LATER,
    ORDER_ID,
    image,
    order,
    payment,
    product,
    refund,
    reservation,
    shipment,
    stock,
)
from tests.unit.changed_items import IMAGES, Image, happened, kinds, next_change, next_version, type_of

# The types of the events by the new status; None for a status that is bookkeeping.
ORDERS = {
    Status.PENDING: "OrderPlaced",
    Status.CONFIRMED: "OrderConfirmed",
    Status.FULFILLED: "OrderFulfilled",
    Status.REJECTING: None,
    Status.REJECTED: "OrderRejected",
    Status.CANCELLING: None,
    Status.CANCELLED: "OrderCancelled",
}

PAYMENTS = {
    PaymentStatus.PREPARED: None,
    PaymentStatus.AUTHORISED: "PaymentAuthorised",
    PaymentStatus.DECLINED: "PaymentDeclined",
    PaymentStatus.CAPTURED: "PaymentCaptured",
    PaymentStatus.CAPTURE_REFUSED: None,
    PaymentStatus.VOIDED: None,
    PaymentStatus.REFUNDED: "PaymentRefunded",
}

SHIPMENTS = {
    ShipmentStatus.INTENDED: None,
    ShipmentStatus.BOOKED: "ShipmentBooked",
    ShipmentStatus.REFUSED: None,
    ShipmentStatus.DISPATCHED: "ShipmentDispatched",
    ShipmentStatus.CANCELLED: None,
}

REFUNDS = {
    RefundStatus.REQUESTED: "OrderRefundRequested",
    RefundStatus.REFUNDED: "OrderRefunded",
}
RESERVATIONS = {
    ReservationStatus.HELD: "StockReserved",
    ReservationStatus.COMMITTED: None,
    ReservationStatus.RELEASED: "StockReleased",
}


@pytest.mark.parametrize("status", [each for each in Status if each is not Status.PENDING])
def test_order_status_has_its_event_or_is_bookkeeping(status: Status) -> None:
    assert type_of(image(order()), image(order(status, version=2))) == ORDERS[status]


def test_new_order_is_published_as_placed() -> None:
    assert type_of(None, image(order())) == "OrderPlaced"


@pytest.mark.parametrize("status", PaymentStatus)
def test_payment_status_has_its_event_or_is_bookkeeping(status: PaymentStatus) -> None:
    before = image(payment(PaymentStatus.PREPARED))
    assert type_of(before, image(payment(status, version=2))) == PAYMENTS[status]


@pytest.mark.parametrize("status", ShipmentStatus)
def test_shipment_status_has_its_event_or_is_bookkeeping(status: ShipmentStatus) -> None:
    before = image(shipment(ShipmentStatus.INTENDED))
    assert type_of(before, image(shipment(status, version=2))) == SHIPMENTS[status]


@pytest.mark.parametrize("status", RefundStatus)
def test_each_status_of_a_refund_has_its_event(status: RefundStatus) -> None:
    before = None if status is RefundStatus.REQUESTED else image(refund())
    assert type_of(before, image(refund(status, version=2))) == REFUNDS[status]


@pytest.mark.parametrize("status", ReservationStatus)
def test_reservation_status_has_its_event_or_is_bookkeeping(status: ReservationStatus) -> None:
    before = None if status is ReservationStatus.HELD else image(reservation())
    assert type_of(before, image(reservation(status, version=2))) == RESERVATIONS[status]


@pytest.mark.parametrize("kind", [kind for kind in IMAGES if kind != "product"])
def test_change_that_keeps_the_status_is_not_published(kind: str) -> None:
    assert event_of_images(IMAGES[kind], next_version(IMAGES[kind])) is None


@pytest.mark.parametrize("reason", [each for each in Reason if each is not Reason.CUSTOMER_REQUEST])
def test_order_that_the_system_cancels_is_published_at_its_end_only(reason: Reason) -> None:
    new = image(order(Status.CANCELLING, reason=reason, version=2))
    assert event_of_images(image(order()), new) is None


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


def test_stock_figures_are_not_published() -> None:
    """Each order would publish them twice for each product; StockReserved and StockReleased say the same."""
    before = image(stock(available=10))
    assert event_of_images(None, before) is None
    assert event_of_images(before, next_version(before, available=8, held=2)) is None


@pytest.mark.parametrize(
    ("before", "after", "threshold", "published"),
    [
        (10, 6, 5, False),
        (6, 5, 5, True),
        (6, 4, 5, True),
        (10, 0, 5, True),
        (5, 4, 5, False),
        (4, 6, 5, False),
        (1, 0, 0, True),
        (2, 1, 0, False),
    ],
)
def test_stock_low_is_published_when_the_threshold_is_reached_from_above(
    before: int, after: int, threshold: int, published: bool
) -> None:
    old = image(stock(available=before, low_stock_at=threshold))
    new = next_version(old, available=after)
    assert type_of(old, new) == ("StockLow" if published else None)


def test_stock_low_has_the_product_its_units_and_its_threshold() -> None:
    old = image(stock(available=7, low_stock_at=5))
    event = happened(old, next_version(old, available=3))
    assert isinstance(event, StockLow)
    assert (event.subject, event.sku, event.available, event.low_stock_at) == ("MUG-RED", "MUG-RED", 3, 5)
    assert event.sequence == old["version"] + 1


def test_stock_that_recovers_and_falls_again_has_an_event_of_its_own() -> None:
    low = image(stock(available=5, low_stock_at=5))
    first = happened(next_version(low, available=6, version=1), next_version(low, version=2))
    second = happened(next_version(low, available=9, version=3), next_version(low, version=4))
    assert (first.type, second.type) == ("StockLow", "StockLow")
    assert first.id != second.id


def test_threshold_raised_to_the_available_units_is_published_as_low() -> None:
    old = image(stock(available=7, low_stock_at=5))
    assert type_of(old, next_version(old, lowStockAt=7)) == "StockLow"
    without = image(stock(available=7))
    assert type_of(without, next_version(without, lowStockAt=7)) == "StockLow"


@pytest.mark.parametrize("figures", [{"lowStockAt": 5}, {"lowStockAt": 0}])
def test_product_that_never_had_stock_is_not_published_as_low(figures: dict[str, Any]) -> None:
    """PUT of a product with a threshold creates its stock item, without any figures."""
    new = (
        {key: image(stock())[key] for key in ("PK", "SK", "sku", "version")} | {"updatedAt": LATER} | figures
    )
    assert event_of_images(None, new) is None
    assert event_of_images(new, next_version(new, lowStockAt=9)) is None


@pytest.mark.parametrize(("received", "published"), [(3, True), (5, True), (6, False)])
def test_first_receipt_that_leaves_a_product_at_its_threshold_is_published(
    received: int, published: bool
) -> None:
    """Its units have not fallen, but no other event would say that it is low."""
    never = {key: image(stock())[key] for key in ("PK", "SK", "sku", "version")} | {"lowStockAt": 5}
    never |= {"updatedAt": LATER}
    first = next_version(never, available=received, received=received, held=0, shipped=0, adjusted=0)
    event = event_of_images(never, first)
    assert (event.type if event else None) == ("StockLow" if published else None)
    later_receipt = next_version(first, available=received + 1, received=received + 1)
    assert event_of_images(first, later_receipt) is None


def test_threshold_that_is_removed_has_no_event() -> None:
    old = image(stock(available=9, low_stock_at=5))
    new = {name: value for name, value in next_version(old, available=2).items() if name != "lowStockAt"}
    assert event_of_images(old, new) is None


def test_every_type_has_a_class_of_its_name() -> None:
    assert {type: shape.__name__ for type, shape in SHAPES.items()} == {
        type: type.value for type in EventType
    }


def test_every_type_is_derived_from_a_change() -> None:
    tables: list[Mapping[Any, str | None]] = [ORDERS, PAYMENTS, SHIPMENTS, RESERVATIONS, REFUNDS]
    published = {type for table in tables for type in table.values()}
    others = {"OrderCancelRequested", "ProductAdded", "ProductChanged", "ProductRemoved", "StockLow"}
    assert (published | others) - {None} == set(EventType) - {EventType.WEBHOOK_DISABLED}


def webhook(**changes: Any) -> Image:
    """Returns the image of a webhook endpoint of the second version."""
    key = {"PK": "WEBHOOKS#alice", "SK": "ENDPOINT#hook"}
    known = {"webhookId": "hook", "customerId": "alice", "url": "https://partner.example/secret-path"}
    return {**key, **known, "status": "ENABLED", "version": 2, "updatedAt": LATER, **changes}


@pytest.mark.parametrize("reason", ["GONE", "NOT_ACKNOWLEDGED", "A_LATER_REASON"])
def test_endpoint_that_is_disabled_has_an_event_without_its_url(reason: str) -> None:
    event = happened(webhook(), webhook(version=3, status="DISABLED", disabledReason=reason))
    assert isinstance(event, WebhookDisabled)
    assert (event.subject, event.webhook_id, event.customer_id) == ("hook", "hook", "alice")
    assert (event.sequence, event.reason) == (3, reason)
    assert "secret-path" not in str(event)
    assert event_keys.changed_item(event) == "WEBHOOKS#alice/ENDPOINT#hook"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (None, webhook()),
        (webhook(), webhook(version=3, failingSince=LATER)),
        (webhook(status="DISABLED"), webhook(version=3)),
        (webhook(status="DISABLED"), webhook(version=3, status="DISABLED", salt="other")),
        (webhook(), None),
    ],
)
def test_no_other_change_of_an_endpoint_has_an_event(old: Image | None, new: Image | None) -> None:
    assert event_of_images(old, new) is None


@kinds
def test_event_id_contains_no_part_of_the_change(now: Image) -> None:
    event = happened(None, now)
    assert re.fullmatch("[0-9a-f]{32}", event.id)
    assert not [part for part in (ORDER_ID, "ORDER", "MUG", event.type.value) if part in event.id]


def test_event_id_stays_the_same_in_later_releases() -> None:
    """A release that computes another id for a change makes every consumer handle the change again."""
    assert happened(None, IMAGES["order"]).id == "fe4c5cd3e34751bc6418c414cfe5f064"


@kinds
def test_same_change_always_has_the_same_event_id(now: Image) -> None:
    assert happened(None, now).id == happened(None, dict(now)).id


def test_different_changes_have_different_event_ids() -> None:
    every_status = [
        *(image(order(status, version=version)) for status in Status for version in (1, 2)),
        *(image(payment(paid, attempt=n, version=n)) for paid in PaymentStatus for n in (1, 2)),
        *(image(payment(paid, attempt=1, version=2)) for paid in PaymentStatus),
        *(image(shipment(sent, version=version)) for sent in ShipmentStatus for version in (1, 2)),
        *(image(reservation(held, version=version)) for held in ReservationStatus for version in (1, 2)),
        *(image(product(sku)) for sku in ("A", "A1", "A-1", "A.1")),
    ]
    ids = [event.id for each in every_status if (event := event_of_images(None, each))]
    assert len(set(ids)) == len(ids) > 25


def test_events_of_different_orders_have_different_ids() -> None:
    other = image(replace(order(), order_id="00000000-0000-8000-8000-000000000000"))
    assert happened(None, other).id != happened(None, IMAGES["order"]).id


def test_removal_has_a_higher_sequence_than_the_last_version() -> None:
    assert happened(IMAGES["product"], None).sequence == IMAGES["product"]["version"] + 1


@given(st.lists(st.integers(1, 10**9), unique=True, min_size=2, max_size=2))
def test_each_version_of_an_item_has_its_own_event_id(versions: list[int]) -> None:
    one, other = (happened(None, IMAGES["product"] | {"version": version}).id for version in versions)
    assert one != other


@kinds
def test_event_of_a_new_item_has_no_old_status(now: Image) -> None:
    assert not getattr(happened(None, now), "old_status", None)


def test_event_of_a_transition_has_the_old_and_the_new_status() -> None:
    event = happened(IMAGES["order"], image(order(Status.CONFIRMED, version=2)))
    assert isinstance(event, OrderConfirmed)
    assert (event.old_status, event.new_status) == (Status.PENDING, "CONFIRMED")


def test_event_of_a_removed_product_describes_the_product_as_it_was() -> None:
    event = happened(IMAGES["product"], None)
    assert isinstance(event, ProductRemoved)
    assert (event.name, event.price.amount) == ("The MUG-RED", 1250)


def test_event_of_a_changed_product_describes_the_product_as_it_is() -> None:
    event = happened(
        IMAGES["product"], next_version(IMAGES["product"], price={"amount": 1, "currency": "EUR"})
    )
    assert isinstance(event, ProductChanged)
    assert event.price.amount == 1


@kinds
def test_event_has_the_time_of_the_change(now: Image) -> None:
    assert happened(now, next_change(now)).time == LATER


@kinds
def test_event_has_the_version_that_the_change_made_as_sequence(now: Image) -> None:
    assert happened(now, next_change(now)).sequence == now["version"] + 1


@pytest.mark.parametrize("kind", ["order", "payment", "shipment", "reservation", "refund"])
def test_subject_of_an_order_event_is_the_order(kind: str) -> None:
    assert happened(None, IMAGES[kind]).subject == ORDER_ID


def test_subject_of_a_product_event_is_the_sku() -> None:
    assert happened(None, IMAGES["product"]).subject == "MUG-RED"


def test_order_event_has_its_lines_at_the_prices_at_placing() -> None:
    event = happened(None, IMAGES["order"])
    assert isinstance(event, OrderPlaced)
    price = {"amount": 1250, "currency": "EUR"}
    assert msgspec.to_builtins(event.lines) == [
        {"sku": "MUG-RED", "name": "The MUG-RED", "quantity": 2, "unitPrice": price}
    ]


def test_rejection_event_has_its_reason() -> None:
    event = happened(None, image(order(Status.REJECTED, reason=Reason.OUT_OF_STOCK)))
    assert isinstance(event, OrderRejected)
    assert event.reason == "OUT_OF_STOCK"


def test_payment_event_has_the_amount_and_the_id_of_the_provider() -> None:
    event = happened(IMAGES["payment"], image(payment(PaymentStatus.CAPTURED, version=2)))
    assert isinstance(event, PaymentCaptured)
    assert (event.amount.amount, event.amount.currency, event.payment_id) == (2500, "EUR", "pay_1")


@pytest.mark.parametrize("secret", ["paymentToken", "fingerprint", "nonce", "history", "address", "attempts"])
@pytest.mark.parametrize("side", ["old", "new"])
@kinds
def test_private_field_is_in_no_event(now: Image, side: str, secret: str) -> None:
    hidden = now | {secret: "private value"}
    images = (hidden, next_change(now)) if side == "old" else (now, next_change(hidden))
    assert "private value" not in repr(happened(*images))


TRACE = {"correlationId": "id", "traceparent": f"00-{'4b' * 16}-{'0f' * 8}-01"}


@kinds
def test_event_has_the_ids_of_the_order(now: Image) -> None:
    event = happened(None, now | {"trace": TRACE})
    assert (event.correlation_id, event.traceparent) == (TRACE["correlationId"], TRACE["traceparent"])


@kinds
@pytest.mark.parametrize("trace", [None, "", 7, b"", {}, [TRACE], TRACE | {"traceparent": "00"}])
def test_ids_that_cannot_be_read_are_left_out_of_the_event(now: Image, trace: Any) -> None:
    assert happened(None, now | {"trace": trace}) == happened(None, now)


@kinds
def test_change_of_the_ids_alone_is_no_event(now: Image) -> None:
    assert event_of_images(now, now | {"trace": TRACE}) is None


def test_event_of_an_order_without_ids_has_none() -> None:
    assert happened(None, image(order())).ids is None
