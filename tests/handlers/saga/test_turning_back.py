"""Reject order, Turn back, and a customer's cancellation: compensation starts only while its reason holds."""

from collections.abc import Callable

import pytest

from ordering.domain.clock import now
from ordering.domain.order import Order, OrderId, Reason, Status
from ordering.domain.payment import PaymentStatus
from ordering.domain.shipment import ShipmentStatus
from ordering.dynamodb.client import TransactionCancelled
from ordering.repositories.keys import order_keys
from ordering.repositories.order_transitions import OrderTransitions
from tests.support.aws_calls import CONFLICT_ATTEMPTS, AwsCalls, contended
from tests.support.orders import an_order, cancel, follow, overwrite, then_meanwhile
from tests.support.snapshots import beginning_with
from tests.support.world import World

Action = Callable[[World, OrderId], object]


def order_of(world: World, order_id: OrderId) -> Order:
    return world.details(order_id).order


def out_of_stock(world: World) -> OrderId:
    """Returns a pending order for which nothing could be reserved."""
    return an_order(world)


def declined(world: World) -> OrderId:
    return an_order(world, "authorised", token="tok_declined")


def shipment_refused(world: World) -> OrderId:
    return an_order(world, "booked", country="AQ")


def capture_refused(world: World) -> OrderId:
    """Returns a confirmed order with no payment attempts left."""

    def bring() -> OrderId:
        order_id = an_order(world, "captured", token="tok_capture_refused")
        follow(world, order_id, "reauthorise_payment", "capture_payment")
        return order_id

    return beginning_with("capture refused", bring)


def declined_again(world: World) -> OrderId:
    """Returns a confirmed order whose second authorisation was declined."""

    def bring() -> OrderId:
        order_id = an_order(world, "captured", token="tok_capture_refused")
        overwrite(world, order_keys.order(order_id), paymentToken="tok_declined")
        follow(world, order_id, "reauthorise_payment")
        return order_id

    return beginning_with("declined again", bring)


# The step, the order that cannot be fulfilled, its next status, and the recorded reason.
REASONS = {
    "out of stock": ("reject_order", out_of_stock, Status.REJECTING, Reason.OUT_OF_STOCK),
    "declined": ("reject_order", declined, Status.REJECTING, Reason.PAYMENT_DECLINED),
    "shipment refused": ("turn_back", shipment_refused, Status.CANCELLING, Reason.SHIPMENT_REFUSED),
    "capture refused": ("turn_back", capture_refused, Status.CANCELLING, Reason.CAPTURE_REFUSED),
    "declined again": ("turn_back", declined_again, Status.CANCELLING, Reason.PAYMENT_DECLINED),
}
reasons = pytest.mark.parametrize(("step", "arranged", "to", "reason"), REASONS.values(), ids=REASONS)
Arranged = Callable[[World], OrderId]


@reasons
def test_order_that_cannot_be_fulfilled_starts_compensation(
    world: World, step: str, arranged: Arranged, to: Status, reason: Reason
) -> None:
    assert world.step(step, arranged(world)) == to


@reasons
def test_order_in_compensation_has_its_reason(
    world: World, step: str, arranged: Arranged, to: Status, reason: Reason
) -> None:
    order_id = arranged(world)
    world.step(step, order_id)
    order = order_of(world, order_id)
    assert (order.status, order.reason, order.history[-1].reason) == (to, reason, reason)


@reasons
def test_starting_compensation_gives_nothing_back_yet(
    world: World, step: str, arranged: Arranged, to: Status, reason: Reason
) -> None:
    order_id = arranged(world)
    before = world.details(order_id)
    world.step(step, order_id)
    after = world.details(order_id)
    assert (after.reservation, after.payments, after.shipment) == (
        before.reservation,
        before.payments,
        before.shipment,
    )


@reasons
def test_order_starts_compensation_once(
    world: World, step: str, arranged: Arranged, to: Status, reason: Reason
) -> None:
    order_id = arranged(world)
    world.step(step, order_id)
    before = world.items()
    assert world.step(step, order_id) == "ORDER_MOVED"
    assert world.items() == before


# What may happen after the reason was read and before the compensation starts: the reason no longer holds.
MEANWHILE: dict[str, tuple[str, Arranged, Action]] = {
    "stock was reserved": (
        "reject_order",
        out_of_stock,
        lambda world, order_id: world.step("reserve_stock", order_id),
    ),
    "a pending order was cancelled": ("reject_order", declined, cancel),
    "the decline was an error": (
        "reject_order",
        declined,
        lambda world, order_id: overwrite(
            world, order_keys.payment(order_id, 1), status=PaymentStatus.AUTHORISED
        ),
    ),
    "the order was fulfilled": (
        "turn_back",
        shipment_refused,
        lambda world, order_id: overwrite(world, order_keys.order(order_id), status=Status.FULFILLED),
    ),
    "the shipment was booked": (
        "turn_back",
        shipment_refused,
        lambda world, order_id: overwrite(world, order_keys.shipment(order_id), status=ShipmentStatus.BOOKED),
    ),
    "the money was captured": (
        "turn_back",
        capture_refused,
        lambda world, order_id: overwrite(
            world, order_keys.payment(order_id, 2), status=PaymentStatus.CAPTURED
        ),
    ),
    "the money was authorised": (
        "turn_back",
        declined_again,
        lambda world, order_id: overwrite(
            world, order_keys.payment(order_id, 2), status=PaymentStatus.AUTHORISED
        ),
    ),
}


@pytest.mark.parametrize(("step", "arranged", "happens"), MEANWHILE.values(), ids=MEANWHILE)
def test_order_does_not_start_compensation_for_a_reason_that_is_gone(
    world: World, step: str, arranged: Arranged, happens: Action, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = arranged(world)
    after: list[object] = []

    def meanwhile() -> None:
        happens(world, order_id)
        after.extend(world.items())

    then_meanwhile(monkeypatch, meanwhile)
    assert world.step(step, order_id) == "ORDER_MOVED"
    assert world.items() == after


@pytest.mark.parametrize(
    ("step", "point"), [("reject_order", "reserved"), ("reject_order", "authorised"), ("turn_back", "booked")]
)
def test_order_does_not_start_compensation_without_a_reason(world: World, step: str, point: str) -> None:
    order_id = an_order(world, point)
    before = world.items()
    assert world.step(step, order_id) == "ORDER_MOVED"
    assert world.items() == before


def test_first_refused_capture_does_not_start_compensation(world: World) -> None:
    assert world.step("turn_back", an_order(world, "captured", token="tok_capture_refused")) == "ORDER_MOVED"


@pytest.mark.parametrize(("step", "arranged"), [("reject_order", declined), ("turn_back", shipment_refused)])
def test_contention_over_starting_compensation_is_a_fault(
    world: World, calls: AwsCalls, step: str, arranged: Arranged
) -> None:
    order_id = arranged(world)
    calls.next("TransactWriteItems", contended, times=CONFLICT_ATTEMPTS)
    with pytest.raises(TransactionCancelled):
        world.step(step, order_id)


# -- a customer's cancellation -------------------------------------------------------------------------------


def request_cancellation(world: World, order_id: OrderId) -> bool:
    return OrderTransitions(world.table).request_cancellation(world.details(order_id), now())


@pytest.mark.parametrize("point", ["placed", "reserved", "authorised", "confirmed", "captured"])
def test_customer_can_cancel_until_the_carrier_is_called(world: World, point: str) -> None:
    order_id = an_order(world, point)
    request_cancellation(world, order_id)
    order = order_of(world, order_id)
    assert (order.status, order.reason) == (Status.CANCELLING, Reason.CUSTOMER_REQUEST)


def test_customer_cannot_cancel_once_the_carrier_is_called(world: World) -> None:
    order_id = an_order(world, "booked")
    before = world.items()
    assert not request_cancellation(world, order_id)
    assert world.items() == before


def test_carrier_called_concurrently_takes_precedence_over_a_cancellation(world: World) -> None:
    order_id = an_order(world, "confirmed")
    seen = world.details(order_id)
    world.step("book_shipment", order_id)
    assert not OrderTransitions(world.table).request_cancellation(seen, now())


def test_order_confirmed_concurrently_is_not_cancelled_as_pending(world: World) -> None:
    order_id = an_order(world, "authorised")
    seen = world.details(order_id)
    world.step("confirm_order", order_id)
    assert not OrderTransitions(world.table).request_cancellation(seen, now())
