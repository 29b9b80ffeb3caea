"""The ledgers of payments and shipments: which status may follow which."""

from collections.abc import Iterable

import pytest

from ordering.domain.payment import PaymentStatus as Paid
from ordering.domain.payment import idempotency_key
from ordering.domain.shipment import ShipmentStatus as Sent

PAYMENT_BEFORE = {
    Paid.PREPARED: set(),
    Paid.AUTHORISED: {Paid.PREPARED},
    Paid.DECLINED: {Paid.PREPARED},
    Paid.CAPTURED: {Paid.PREPARED, Paid.AUTHORISED, Paid.CAPTURE_REFUSED},
    Paid.CAPTURE_REFUSED: {Paid.PREPARED, Paid.AUTHORISED},
    Paid.VOIDED: {Paid.PREPARED, Paid.AUTHORISED, Paid.CAPTURE_REFUSED},
    Paid.REFUNDED: {Paid.PREPARED, Paid.AUTHORISED, Paid.CAPTURE_REFUSED, Paid.CAPTURED},
}
SHIPMENT_BEFORE = {
    Sent.INTENDED: set(),
    Sent.BOOKED: {Sent.INTENDED},
    Sent.REFUSED: {Sent.INTENDED},
    Sent.DISPATCHED: {Sent.BOOKED},
    Sent.CANCELLED: {Sent.INTENDED, Sent.BOOKED, Sent.REFUSED},
}
Status = Paid | Sent


def before(status: Status) -> frozenset[Status]:
    return frozenset(status.predecessors)


def ever_after(status: Status, statuses: Iterable[Status]) -> set[Status]:
    """Returns every status that a ledger can reach from this one."""
    after: set[Status] = set()
    ahead = {status}
    while ahead:
        ahead = {each for each in statuses if before(each) & ahead} - after
        after |= ahead
    return after


@pytest.mark.parametrize("status", Paid)
def test_payment_has_exactly_the_transitions_of_its_table(status: Paid) -> None:
    assert status.predecessors == PAYMENT_BEFORE[status]


@pytest.mark.parametrize("status", Sent)
def test_shipment_has_exactly_the_transitions_of_its_table(status: Sent) -> None:
    assert status.predecessors == SHIPMENT_BEFORE[status]


@pytest.mark.parametrize("status", [*Paid, *Sent])
def test_ledger_never_returns_to_an_earlier_status(status: Status) -> None:
    assert status not in ever_after(status, type(status))


@pytest.mark.parametrize("first", [Paid.PREPARED, Sent.INTENDED])
def test_every_ledger_status_is_reachable_from_the_first(first: Status) -> None:
    assert ever_after(first, type(first)) == set(type(first)) - {first}


@pytest.mark.parametrize("status", [status for status in Paid if status.is_settled])
def test_settled_payment_has_no_further_transition(status: Paid) -> None:
    assert ever_after(status, Paid) == set()


@pytest.mark.parametrize("status", [Sent.DISPATCHED, Sent.CANCELLED])
def test_dispatched_or_cancelled_shipment_has_no_further_transition(status: Sent) -> None:
    assert ever_after(status, Sent) == set()


@pytest.mark.parametrize("status", [status for status in Paid if not status.is_settled])
def test_unsettled_payment_can_be_settled(status: Paid) -> None:
    assert any(after.is_settled for after in ever_after(status, Paid) if isinstance(after, Paid))


def test_payment_is_settled_if_no_money_is_held() -> None:
    assert {status for status in Paid if status.is_settled} == {Paid.DECLINED, Paid.VOIDED, Paid.REFUNDED}


def test_captured_payment_can_only_be_refunded() -> None:
    assert ever_after(Paid.CAPTURED, Paid) == {Paid.REFUNDED}


def test_uncapturable_payment_is_refused_or_closed() -> None:
    assert {status for status in Paid if status.cannot_be_captured} == {
        Paid.DECLINED,
        Paid.CAPTURE_REFUSED,
        Paid.VOIDED,
    }


def test_refused_shipment_is_never_dispatched() -> None:
    assert Sent.DISPATCHED not in ever_after(Sent.REFUSED, Sent)


def test_cancelled_shipment_is_never_booked() -> None:
    assert Sent.BOOKED not in ever_after(Sent.CANCELLED, Sent)


def test_each_payment_attempt_has_its_own_key() -> None:
    keys = {idempotency_key(order, attempt) for order in ("a", "a/1", "b") for attempt in (1, 2)}
    assert len(keys) == 6


def test_key_of_a_payment_attempt_is_stable() -> None:
    assert idempotency_key("67ac7c2f", 1) == "67ac7c2f/1"
