"""The business figures: the measurements that each event adds."""

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from ordering.domain.measurements import (
    IN_TIME_SECONDS,
    NO_REASON,
    OTHER,
    OUTCOMES,
    Figure,
    Measurement,
    measurements,
)
from ordering.domain.order import Order, Reason, Status
from ordering.domain.payment import Payment, PaymentStatus
from ordering.domain.product import Product
from ordering.domain.shipment import Shipment
from ordering.domain.stock import Reservation, Stock
from ordering.repositories.stream import event_of_images
from tests.support.builders import LATER, image, order, payment, product, reservation, shipment, stock

Item = Order | Payment | Product | Reservation | Shipment | Stock


def measured(old: Item | None, new: Item | None) -> list[Measurement]:
    """Returns the measurements of a change of an item."""
    event = event_of_images(image(old) if old else None, image(new) if new else None)
    return list(measurements(event)) if event else []


def ended(status: Status, reason: Reason | None = None, *, at: str = LATER) -> Order:
    return replace(order(status, reason=reason, version=3), updated_at=at)


def paid(status: PaymentStatus, *, amount: int = 2500, currency: str = "EUR") -> Payment:
    return replace(payment(status, version=2), amount=amount, currency=currency)


def test_placed_order_is_counted() -> None:
    assert measured(None, order()) == [Measurement(Figure.ORDERS_PLACED, 1)]


def test_ended_order_is_counted_by_outcome_and_timed_from_its_placing() -> None:
    assert measured(order(Status.CONFIRMED, version=2), ended(Status.FULFILLED)) == [
        Measurement(Figure.ORDERS_ENDED, 1, ("FULFILLED", NO_REASON)),
        Measurement(Figure.TIME_TO_END, 7.25),
        Measurement(Figure.ENDED_IN_TIME, 1),
    ]


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        (Status.REJECTING, Status.REJECTED, Reason.OUT_OF_STOCK),
        (Status.REJECTING, Status.REJECTED, Reason.PAYMENT_DECLINED),
        (Status.CANCELLING, Status.CANCELLED, Reason.CUSTOMER_REQUEST),
        (Status.CANCELLING, Status.CANCELLED, Reason.CAPTURE_REFUSED),
        (Status.CANCELLING, Status.CANCELLED, Reason.SHIPMENT_REFUSED),
    ],
)
def test_order_that_was_not_fulfilled_is_counted_by_reason(
    before: Status, after: Status, reason: Reason
) -> None:
    first, *_ = measured(order(before, reason=reason, version=2), ended(after, reason))
    assert first == Measurement(Figure.ORDERS_ENDED, 1, (after.value, reason.value))


def test_every_reason_belongs_to_an_outcome() -> None:
    assert {reason for reasons in OUTCOMES.values() for reason in reasons} == {*Reason, NO_REASON, OTHER}
    assert set(OUTCOMES) == {status for status in Status if status.is_terminal}


def test_unknown_reason_is_counted_as_other() -> None:
    """A later release may write it. An unbounded dimension would create a metric for each value."""
    old, new = order(Status.CANCELLING, version=2), ended(Status.CANCELLED)
    event = event_of_images(image(old), image(new) | {"reason": "LATER_RELEASE"})
    assert event
    first, *_ = measurements(event)
    assert first.values == ("CANCELLED", OTHER)


@pytest.mark.parametrize(
    ("after", "in_time"), [("12:01:00.000", 1), ("12:01:00.001", 0), ("13:00:00.000", 0)]
)
def test_order_ends_in_time_within_a_minute(after: str, in_time: int) -> None:
    assert IN_TIME_SECONDS == 60
    *_, last = measured(
        order(Status.CONFIRMED, version=2), ended(Status.FULFILLED, at=f"2026-11-21T{after}Z")
    )
    assert last == Measurement(Figure.ENDED_IN_TIME, in_time)


def test_time_is_never_negative_although_clocks_differ() -> None:
    _, time, _ = measured(
        order(Status.CONFIRMED, version=2), ended(Status.FULFILLED, at="2026-11-21T11:59:59.000Z")
    )
    assert time == Measurement(Figure.TIME_TO_END, 0)


def test_ended_order_is_counted_once() -> None:
    """A tool or a later release may change an order that has ended; it is not counted again."""
    assert measured(ended(Status.FULFILLED), replace(ended(Status.FULFILLED), version=4)) == []


def test_captured_and_refunded_money_is_summed_by_currency_in_minor_units() -> None:
    captured, refunded = paid(PaymentStatus.CAPTURED), paid(PaymentStatus.REFUNDED)
    assert measured(payment(), captured) == [Measurement(Figure.MONEY_CAPTURED, 2500, ("EUR",))]
    assert measured(captured, replace(refunded, version=3)) == [
        Measurement(Figure.MONEY_REFUNDED, 2500, ("EUR",))
    ]


def test_refund_of_a_capture_that_the_ledger_missed_counts_both() -> None:
    """Otherwise more money would be refunded than was ever captured."""
    assert [each.figure for each in measured(payment(), paid(PaymentStatus.REFUNDED))] == [
        Figure.MONEY_CAPTURED,
        Figure.MONEY_REFUNDED,
    ]


def test_money_of_an_unlisted_currency_is_counted_as_other() -> None:
    (captured,) = measured(payment(), paid(PaymentStatus.CAPTURED, currency="XXX"))
    assert captured.values == (OTHER,)


def nothing_measured() -> Iterator[tuple[Item | None, Item]]:
    yield order(), order(Status.CONFIRMED, version=2)
    yield order(), order(Status.CANCELLING, reason=Reason.CUSTOMER_REQUEST, version=2)
    yield None, payment(PaymentStatus.PREPARED)
    for status in (PaymentStatus.DECLINED, PaymentStatus.VOIDED, PaymentStatus.CAPTURE_REFUSED):
        yield payment(), paid(status)
    yield paid(PaymentStatus.CAPTURED), replace(paid(PaymentStatus.CAPTURED), version=3)
    others: list[Item] = [reservation(), shipment(), product(), stock()]
    for record in others:
        yield None, record


@pytest.mark.parametrize(("old", "new"), [*nothing_measured()], ids=lambda record: type(record).__name__)
def test_other_changes_add_nothing(old: Item | None, new: Item) -> None:
    assert measured(old, new) == []


def test_every_measurement_has_a_value_for_each_of_its_dimensions() -> None:
    changes: list[tuple[Item | None, Item]] = [
        (None, order()),
        (order(Status.CONFIRMED, version=2), ended(Status.FULFILLED)),
        (payment(), paid(PaymentStatus.REFUNDED)),
    ]
    seen = [each for old, new in changes for each in measured(old, new)]
    assert {each.figure for each in seen} == set(Figure)
    for each in seen:
        assert len(each.values) == len(each.figure.dimensions)
