"""Confirm order: PENDING → CONFIRMED, once the stock is held and the payment authorised."""

import pytest

from ordering.domain.order import OrderId, Status
from ordering.domain.payment import PaymentStatus
from ordering.domain.stock import ReservationStatus
from ordering.dynamodb.client import TransactionCancelled
from ordering.repositories.keys import order_keys
from tests.handlers.saga.ledger_states import LedgerChange, other_statuses
from tests.support.aws_calls import CONFLICT_ATTEMPTS, AwsCalls, contended, sent_twice
from tests.support.orders import an_order, cancel, then_meanwhile
from tests.support.world import World


def confirm(world: World, order_id: OrderId) -> str:
    return world.step("confirm_order", order_id)


CHANGED_CONDITIONS = other_statuses(ReservationStatus.HELD, PaymentStatus.AUTHORISED)


def test_an_order_is_confirmed(world: World) -> None:
    assert confirm(world, an_order(world, "authorised")) == "CONFIRMED"


def test_confirmed_order_has_the_status_confirmed(world: World) -> None:
    order = world.details(an_order(world, "confirmed")).order
    assert (order.status, order.version) == (Status.CONFIRMED, 2)


def test_history_of_a_confirmed_order_holds_the_confirmation(world: World) -> None:
    order = world.details(an_order(world, "confirmed")).order
    assert [(each.status, each.at == order.updated_at) for each in order.history][-1] == (
        Status.CONFIRMED,
        True,
    )


def test_confirmed_order_is_due_from_the_time_of_its_confirmation(world: World) -> None:
    order_id = an_order(world, "confirmed")
    item = world.table.get(order_keys.order(order_id))
    assert item
    assert item["GSI2SK"] == item["updatedAt"]


def test_confirming_an_order_changes_only_the_order(world: World) -> None:
    order_id = an_order(world, "authorised")
    before = world.details(order_id)
    confirm(world, order_id)
    after = world.details(order_id)
    assert (after.reservation, after.payments, after.shipment) == (
        before.reservation,
        before.payments,
        before.shipment,
    )


def test_repeated_confirmation_finds_the_order_confirmed(world: World) -> None:
    order_id = an_order(world, "confirmed")
    before = world.items()
    assert confirm(world, order_id) == "ORDER_MOVED"
    assert world.items() == before


def test_sdk_retry_of_a_confirmation_confirms_once(world: World, calls: AwsCalls) -> None:
    order_id = an_order(world, "authorised")
    calls.next("TransactWriteItems", sent_twice)
    confirm(world, order_id)
    assert [each.status for each in world.details(order_id).order.history] == ["PENDING", "CONFIRMED"]


def test_order_cancelled_before_confirmation_is_not_confirmed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = an_order(world, "authorised")
    then_meanwhile(monkeypatch, lambda: cancel(world, order_id))
    assert (confirm(world, order_id), world.details(order_id).order.status) == (
        "ORDER_MOVED",
        Status.CANCELLING,
    )


@pytest.mark.parametrize("change", CHANGED_CONDITIONS.values(), ids=CHANGED_CONDITIONS)
def test_order_is_not_confirmed_if_its_conditions_have_changed(world: World, change: LedgerChange) -> None:
    order_id = an_order(world, "authorised")
    change(world, order_id)
    before = world.items()
    assert confirm(world, order_id) == "ORDER_MOVED"
    assert world.items() == before


def test_order_without_a_reservation_is_not_confirmed(world: World) -> None:
    order_id = an_order(world, "authorised")
    world.table.delete(order_keys.reservation(order_id))
    assert confirm(world, order_id) == "ORDER_MOVED"


def test_contention_over_a_confirmation_is_a_fault(world: World, calls: AwsCalls) -> None:
    order_id = an_order(world, "authorised")
    calls.next("TransactWriteItems", contended, times=CONFLICT_ATTEMPTS)
    with pytest.raises(TransactionCancelled):
        confirm(world, order_id)
