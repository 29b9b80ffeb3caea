"""How each update interprets a cancelled transaction.

A failed condition on the order counts first, then one on an item that another execution may have written,
then all others.
"""

from collections.abc import Callable
from typing import Any

import pytest

from ordering.domain.order import Order, Reason, Status
from ordering.domain.order_details import OrderDetails
from ordering.domain.payment import Payment, PaymentStatus
from ordering.domain.shipment import Shipment
from ordering.domain.step_outcome import StepOutcome
from ordering.domain.stock import Reservation
from ordering.dynamodb.client import Table, TransactionCancelled
from ordering.dynamodb.codec import encode_item
from ordering.repositories.ledger import Ledger
from ordering.repositories.order_transitions import NotSettled, OrderTransitions
from tests.support.aws_calls import AwsCalls, cancelled
from tests.support.builders import NOON, image, line, order, payment, reservation, shipment

FAILED, CONFLICT, THROTTLED = "ConditionalCheckFailed", "TransactionConflict", "ThrottlingError"


def pending() -> Order:
    return order(Status.PENDING)


@pytest.fixture
def ledger() -> Ledger:
    return Ledger(Table("orders"))


@pytest.fixture
def transitions() -> OrderTransitions:
    return OrderTransitions(Table("orders"))


# -- reserving: the order, the reservation, then one action for each line --------------------------------


@pytest.mark.parametrize(
    ("codes", "outcome"),
    [
        ((FAILED,), StepOutcome.STALE),
        ((FAILED, FAILED), StepOutcome.STALE),
        ((FAILED, None, FAILED), StepOutcome.STALE),
        ((FAILED, None, CONFLICT), StepOutcome.STALE),
        ((FAILED, FAILED, THROTTLED), StepOutcome.STALE),
        ((None, FAILED), StepOutcome.RESERVED),
        ((None, FAILED, FAILED), StepOutcome.RESERVED),
        ((None, FAILED, CONFLICT), StepOutcome.RESERVED),
        ((CONFLICT, FAILED, None), StepOutcome.RESERVED),
        ((None, None, FAILED), StepOutcome.OUT_OF_STOCK),
    ],
)
def test_outcome_of_reserving_depends_on_the_first_failed_condition(
    codes: tuple[str | None, ...], outcome: StepOutcome, ledger: Ledger, calls: AwsCalls
) -> None:
    calls.next("TransactWriteItems", cancelled(*codes))
    calls.always("GetItem", lambda parameters, send: {})
    assert ledger.reserve(pending(), NOON) is outcome


@pytest.mark.parametrize(
    "codes",
    [(None, None, CONFLICT), (CONFLICT,), (None, THROTTLED), (None, None, FAILED, CONFLICT)],
    ids=str,
)
def test_contention_over_stock_is_not_out_of_stock(
    codes: tuple[str | None, ...], ledger: Ledger, calls: AwsCalls
) -> None:
    two_lines = order(Status.PENDING, line("MUG-RED"), line("MUG-BLUE"))
    calls.always("TransactWriteItems", cancelled(*codes))
    with pytest.raises(TransactionCancelled):
        ledger.reserve(two_lines, NOON)


def test_order_is_not_out_of_stock_because_of_units_it_holds_itself(ledger: Ledger, calls: AwsCalls) -> None:
    calls.next("TransactWriteItems", cancelled(None, None, FAILED))
    calls.always("GetItem", lambda parameters, send: {"Item": _attributes(reservation())})
    assert ledger.reserve(pending(), NOON) is StepOutcome.RESERVED


def test_reservation_is_read_consistently_before_stock_is_reported_short(
    ledger: Ledger, calls: AwsCalls
) -> None:
    calls.next("TransactWriteItems", cancelled(None, None, FAILED))
    calls.always("GetItem", lambda parameters, send: {})
    ledger.reserve(pending(), NOON)
    assert [call["ConsistentRead"] for call in calls.made("GetItem")] == [True]


# -- opening a payment or a shipment: the order, then the new item ---------------------------------------


@pytest.mark.parametrize("codes", [(FAILED,), (FAILED, FAILED), (FAILED, CONFLICT)], ids=str)
def test_payment_is_not_opened_for_an_order_that_changed(
    codes: tuple[str | None, ...], ledger: Ledger, calls: AwsCalls
) -> None:
    calls.next("TransactWriteItems", cancelled(*codes, items={1: _attributes(payment())}))
    assert ledger.open_payment(pending(), 1, "pay_1", NOON) is None


def test_payment_opened_first_by_another_execution_is_used(ledger: Ledger, calls: AwsCalls) -> None:
    calls.next("TransactWriteItems", cancelled(None, FAILED, items={1: _attributes(payment())}))
    assert ledger.open_payment(pending(), 1, "pay_of_mine", NOON) == payment()


@pytest.mark.parametrize("codes", [(CONFLICT,), (None, CONFLICT), (None, THROTTLED)], ids=str)
def test_contention_over_opening_a_payment_is_a_retryable_fault(
    codes: tuple[str | None, ...], ledger: Ledger, calls: AwsCalls
) -> None:
    calls.always("TransactWriteItems", cancelled(*codes))
    with pytest.raises(TransactionCancelled):
        ledger.open_payment(pending(), 1, "pay_1", NOON)


def test_shipment_intent_is_not_written_for_an_order_that_changed(ledger: Ledger, calls: AwsCalls) -> None:
    calls.next("TransactWriteItems", cancelled(FAILED, FAILED, items={1: _attributes(shipment())}))
    assert ledger.intend_shipment(order(Status.CONFIRMED), NOON) is None


def test_shipment_intent_written_first_by_another_execution_is_used(ledger: Ledger, calls: AwsCalls) -> None:
    calls.next("TransactWriteItems", cancelled(None, FAILED, items={1: _attributes(shipment())}))
    assert ledger.intend_shipment(order(Status.CONFIRMED), NOON) == shipment()


# -- releasing: the reservation, then one action for each line --------------------------------------------


def test_reservation_already_released_or_committed_is_left_unchanged(ledger: Ledger, calls: AwsCalls) -> None:
    calls.next("TransactWriteItems", cancelled(FAILED, None))
    ledger.release(reservation(), NOON)
    assert len(calls.made("TransactWriteItems")) == 1


@pytest.mark.parametrize("codes", [(None, CONFLICT), (CONFLICT,), (None, FAILED)], ids=str)
def test_failed_release_of_stock_is_a_fault(
    codes: tuple[str | None, ...], ledger: Ledger, calls: AwsCalls
) -> None:
    calls.always("TransactWriteItems", cancelled(*codes))
    with pytest.raises(TransactionCancelled):
        ledger.release(reservation(), NOON)


# -- transitions of an order: the order, then the items that it depends on -------------------------------

MakeTransition = Callable[[OrderTransitions], bool]

PENDING = OrderDetails(order=pending(), reservation=reservation(), payments=(payment(),))
CONFIRMED = OrderDetails(
    order=order(Status.CONFIRMED), reservation=reservation(), payments=(payment(),), shipment=shipment()
)
CANCELLING = OrderDetails(order=order(Status.CANCELLING), payments=(payment(PaymentStatus.VOIDED),))
TRANSITIONS: dict[str, MakeTransition] = {
    "confirm": lambda transitions: transitions.confirm(PENDING, NOON),
    "complete": lambda transitions: transitions.complete(CONFIRMED, NOON),
    "reject": lambda transitions: transitions.reject(PENDING, Reason.OUT_OF_STOCK, NOON),
    "cancel by the system": lambda transitions: transitions.cancel_by_system(
        CONFIRMED, Reason.SHIPMENT_REFUSED, NOON
    ),
    "cancel": lambda transitions: transitions.request_cancellation(PENDING, NOON),
    "close": lambda transitions: transitions.close(CANCELLING, NOON),
}
every_transition = pytest.mark.parametrize("make", TRANSITIONS.values(), ids=TRANSITIONS)


@pytest.mark.parametrize("codes", [(FAILED,), (FAILED, FAILED), (FAILED, CONFLICT), (None, FAILED)], ids=str)
@every_transition
def test_transition_is_not_made_if_the_order_or_its_conditions_changed(
    make: MakeTransition, codes: tuple[str | None, ...], transitions: OrderTransitions, calls: AwsCalls
) -> None:
    calls.next("TransactWriteItems", cancelled(*codes))
    assert make(transitions) is False


@pytest.mark.parametrize("codes", [(CONFLICT,), (None, CONFLICT), (None, THROTTLED)], ids=str)
@every_transition
def test_contention_over_a_transition_is_a_retryable_fault(
    make: MakeTransition, codes: tuple[str | None, ...], transitions: OrderTransitions, calls: AwsCalls
) -> None:
    calls.always("TransactWriteItems", cancelled(*codes))
    with pytest.raises(TransactionCancelled):
        make(transitions)


@every_transition
def test_written_transition_counts_as_made(
    make: MakeTransition, transitions: OrderTransitions, calls: AwsCalls
) -> None:
    calls.next("TransactWriteItems", lambda parameters, send: {})
    assert make(transitions) is True


@every_transition
def test_every_transition_checks_the_status_it_read(
    make: MakeTransition, transitions: OrderTransitions, calls: AwsCalls
) -> None:
    calls.next("TransactWriteItems", lambda parameters, send: {})
    make(transitions)
    (sent,) = calls.made("TransactWriteItems")
    assert sent["TransactItems"][0]["Update"]["ConditionExpression"] == "#status = :from"


@pytest.mark.parametrize(
    ("details", "unsettled"),
    [
        (OrderDetails(order=order(Status.CANCELLING), payments=(payment(),)), "payment 1 is AUTHORISED"),
        (OrderDetails(order=order(Status.CANCELLING), reservation=reservation()), "the reservation is HELD"),
        (OrderDetails(order=order(Status.REJECTING), shipment=shipment()), "the shipment is BOOKED"),
    ],
    ids=["payment", "reservation", "shipment"],
)
def test_order_that_cannot_be_closed_names_what_is_not_settled(
    details: OrderDetails, unsettled: str, transitions: OrderTransitions, calls: AwsCalls
) -> None:
    calls.next("TransactWriteItems", cancelled(None, FAILED))
    with pytest.raises(NotSettled, match=unsettled):
        transitions.close(details, NOON)


def test_an_order_without_a_payment_can_be_neither_confirmed_nor_completed(
    transitions: OrderTransitions,
) -> None:
    with pytest.raises(LookupError, match="has no payment"):
        transitions.confirm(OrderDetails(order=pending(), reservation=reservation()), NOON)


def _attributes(record: Payment | Reservation | Shipment) -> dict[str, Any]:
    return encode_item(image(record))
