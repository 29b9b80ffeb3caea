"""Decisions of the saga, derived from the order's details."""

import pytest

from ordering.domain.order import Reason, Status
from ordering.domain.order_details import OrderDetails
from ordering.domain.payment import MAX_PAYMENT_ATTEMPTS, Payment, PaymentStatus
from ordering.domain.shipment import Shipment, ShipmentStatus
from tests.support.builders import order, payment, reservation, shipment

UNCAPTURABLE = [status for status in PaymentStatus if status.cannot_be_captured]
CAPTURABLE = [status for status in PaymentStatus if not status.cannot_be_captured]
DECLINED = payment(PaymentStatus.DECLINED)
REFUSED = payment(PaymentStatus.CAPTURE_REFUSED)


def pending(*payments: Payment, reserved: bool = True) -> OrderDetails:
    return OrderDetails(order=order(), reservation=reservation() if reserved else None, payments=payments)


def confirmed(*payments: Payment, sent: Shipment | None = None) -> OrderDetails:
    return OrderDetails(
        order=order(Status.CONFIRMED), reservation=reservation(), payments=payments, shipment=sent
    )


def attempts(*statuses: PaymentStatus) -> tuple[Payment, ...]:
    return tuple(payment(status, attempt=number) for number, status in enumerate(statuses, start=1))


# -- the current payment attempt -----------------------------------------------------------------------


def test_order_without_a_payment_attempt_has_no_payment() -> None:
    assert pending().payment is None


def test_payment_of_an_order_is_the_last_attempt() -> None:
    last = pending(*attempts(PaymentStatus.VOIDED, PaymentStatus.AUTHORISED)).payment
    assert last
    assert last.attempt == 2


@pytest.mark.parametrize("tried", range(MAX_PAYMENT_ATTEMPTS + 1))
def test_payment_attempts_are_numbered_from_1(tried: int) -> None:
    assert pending(*attempts(*[PaymentStatus.VOIDED] * tried)).next_attempt == tried + 1


@pytest.mark.parametrize("tried", range(MAX_PAYMENT_ATTEMPTS + 2))
def test_payment_attempts_are_spent_after_the_last_allowed_one(tried: int) -> None:
    details = pending(*attempts(*[PaymentStatus.VOIDED] * tried))
    assert details.attempts_are_spent == (tried >= MAX_PAYMENT_ATTEMPTS)


def test_order_has_at_most_two_payment_attempts() -> None:
    assert MAX_PAYMENT_ATTEMPTS == 2


# -- why an order cannot be confirmed ------------------------------------------------------------------


def test_order_with_stock_and_no_payment_yet_is_not_rejected() -> None:
    assert pending().reason_to_reject is None


@pytest.mark.parametrize("status", [each for each in PaymentStatus if each is not PaymentStatus.DECLINED])
def test_order_whose_payment_was_not_declined_is_not_rejected(status: PaymentStatus) -> None:
    assert pending(payment(status)).reason_to_reject is None


def test_order_without_stock_is_rejected_as_out_of_stock() -> None:
    assert pending(reserved=False).reason_to_reject is Reason.OUT_OF_STOCK


def test_order_with_a_declined_payment_is_rejected_for_it() -> None:
    assert pending(DECLINED).reason_to_reject is Reason.PAYMENT_DECLINED


def test_declined_payment_takes_precedence_over_missing_stock() -> None:
    assert pending(DECLINED, reserved=False).reason_to_reject is Reason.PAYMENT_DECLINED


@pytest.mark.parametrize("status", [each for each in Status if each is not Status.PENDING])
def test_only_a_pending_order_can_be_rejected(status: Status) -> None:
    assert OrderDetails(order=order(status), payments=(DECLINED,)).reason_to_reject is None


# -- why the saga cancels a confirmed order ------------------------------------------------------------


def test_refused_shipment_cancels_a_confirmed_order() -> None:
    details = confirmed(payment(), sent=shipment(ShipmentStatus.REFUSED))
    assert details.system_cancel_reason is Reason.SHIPMENT_REFUSED


def test_refused_shipment_takes_precedence_over_a_failed_payment() -> None:
    details = confirmed(*attempts(*UNCAPTURABLE[:2]), sent=shipment(ShipmentStatus.REFUSED))
    assert details.system_cancel_reason is Reason.SHIPMENT_REFUSED


@pytest.mark.parametrize("status", [each for each in ShipmentStatus if each is not ShipmentStatus.REFUSED])
def test_shipment_that_was_not_refused_cancels_no_order(status: ShipmentStatus) -> None:
    assert confirmed(payment(), sent=shipment(status)).system_cancel_reason is None


def test_first_refused_capture_does_not_cancel_the_order() -> None:
    assert confirmed(REFUSED).system_cancel_reason is None


@pytest.mark.parametrize("status", [PaymentStatus.CAPTURE_REFUSED, PaymentStatus.VOIDED])
def test_failed_last_payment_attempt_cancels_the_order(status: PaymentStatus) -> None:
    details = confirmed(*attempts(PaymentStatus.VOIDED, status))
    assert details.system_cancel_reason is Reason.CAPTURE_REFUSED


def test_declined_second_authorisation_cancels_the_order() -> None:
    details = confirmed(*attempts(PaymentStatus.VOIDED, PaymentStatus.DECLINED))
    assert details.system_cancel_reason is Reason.PAYMENT_DECLINED


@pytest.mark.parametrize("status", CAPTURABLE)
def test_last_payment_attempt_that_may_succeed_cancels_no_order(status: PaymentStatus) -> None:
    assert confirmed(*attempts(PaymentStatus.VOIDED, status)).system_cancel_reason is None


def test_confirmed_order_without_any_payment_is_not_cancelled() -> None:
    assert confirmed().system_cancel_reason is None


@pytest.mark.parametrize("status", [each for each in Status if each is not Status.CONFIRMED])
def test_saga_cancels_only_a_confirmed_order(status: Status) -> None:
    details = OrderDetails(order=order(status), shipment=shipment(ShipmentStatus.REFUSED))
    assert details.system_cancel_reason is None
