"""Close order: REJECTING → REJECTED, CANCELLING → CANCELLED, once everything is given back."""

import pytest

from ordering.domain.clock import now
from ordering.domain.order import OrderId, Status
from ordering.domain.payment import PaymentStatus
from ordering.domain.shipment import ShipmentStatus
from ordering.domain.stock import ReservationStatus
from ordering.dynamodb.client import TransactionCancelled
from ordering.repositories.keys import order_keys
from ordering.repositories.ledger import Ledger
from ordering.repositories.order_transitions import NotSettled
from tests.handlers.saga.ledger_states import LedgerChange, other_statuses
from tests.support.aws_calls import CONFLICT_ATTEMPTS, AwsCalls, contended
from tests.support.orders import COMPENSATION, an_order, follow, overwrite, then_meanwhile
from tests.support.snapshots import beginning_with
from tests.support.world import World


def given_back(world: World, status: Status = Status.CANCELLING) -> OrderId:
    """Returns an order that has given back everything and only has to be closed."""

    def bring() -> OrderId:
        order_id = an_order(world, "booked")
        overwrite(world, order_keys.order(order_id), status=status, reason="CUSTOMER_REQUEST")
        follow(world, order_id, *COMPENSATION[:-1])
        return order_id

    return beginning_with(("given back", status), bring)


def close(world: World, order_id: OrderId) -> str:
    return world.step("close_order", order_id)


ENDS = pytest.mark.parametrize(
    ("status", "end"), [(Status.REJECTING, Status.REJECTED), (Status.CANCELLING, Status.CANCELLED)]
)


@ENDS
def test_order_that_gave_everything_back_ends(world: World, status: Status, end: Status) -> None:
    assert close(world, given_back(world, status)) == end


@ENDS
def test_closing_an_order_returns_its_final_status(world: World, status: Status, end: Status) -> None:
    order_id = given_back(world, status)
    close(world, order_id)
    order = world.details(order_id).order
    assert (order.status, order.history[-1].status) == (end, end)


def test_ended_order_keeps_its_reason(world: World) -> None:
    order_id = given_back(world)
    close(world, order_id)
    assert world.details(order_id).order.reason == "CUSTOMER_REQUEST"


def test_ended_order_is_no_longer_due_and_has_no_payment_token(world: World) -> None:
    order_id = given_back(world)
    close(world, order_id)
    item = world.table.get(order_keys.order(order_id))
    assert item
    assert not item.keys() & {"GSI2PK", "GSI2SK", "paymentToken"}


def test_order_that_took_nothing_ends_at_once(world: World) -> None:
    order_id = an_order(world)
    overwrite(world, order_keys.order(order_id), status=Status.REJECTING)
    assert close(world, order_id) == "REJECTED"


def test_an_order_whose_payment_was_declined_ends(world: World) -> None:
    order_id = an_order(world, "authorised", token="tok_declined")
    assert follow(world, order_id, "reject_order", *COMPENSATION)[-1] == "REJECTED"


def test_an_order_is_closed_once(world: World) -> None:
    order_id = given_back(world)
    close(world, order_id)
    before = world.items()
    assert close(world, order_id) == "ORDER_MOVED"
    assert world.items() == before


def pay_again(world: World, order_id: OrderId) -> None:
    """Open another attempt of payment, which the step that closes the order has not loaded."""
    order = world.details(order_id).order
    assert Ledger(world.table).open_payment(order, 2, "pay_2", now())


UNSETTLED = other_statuses(
    *(status for status in PaymentStatus if status.is_settled),
    ShipmentStatus.CANCELLED,
    ReservationStatus.RELEASED,
)


@pytest.mark.parametrize("change", UNSETTLED.values(), ids=UNSETTLED)
def test_order_does_not_end_while_something_is_not_given_back(world: World, change: LedgerChange) -> None:
    order_id = given_back(world)
    change(world, order_id)
    before = world.items()
    with pytest.raises(NotSettled):
        close(world, order_id)
    assert world.items() == before


@pytest.mark.parametrize(
    "change", [*UNSETTLED.values(), pay_again], ids=[*UNSETTLED, "another attempt to be paid"]
)
def test_order_does_not_end_if_something_is_taken_concurrently(
    world: World, change: LedgerChange, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = given_back(world)
    then_meanwhile(monkeypatch, lambda: change(world, order_id))
    assert (close(world, order_id), world.details(order_id).order.status) == (
        "ORDER_MOVED",
        Status.CANCELLING,
    )


@pytest.mark.parametrize("status", [status for status in PaymentStatus if status.is_settled])
def test_order_ends_with_each_kind_of_settled_payment(world: World, status: PaymentStatus) -> None:
    order_id = given_back(world)
    overwrite(world, order_keys.payment(order_id, 1), status=status)
    assert close(world, order_id) == "CANCELLED"


def test_two_concurrent_closings_write_one_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = given_back(world)
    then_meanwhile(monkeypatch, lambda: close(world, order_id))
    assert close(world, order_id) == "ORDER_MOVED"
    assert [each.status for each in world.details(order_id).order.history].count(Status.CANCELLED) == 1


def test_contention_over_closing_an_order_is_a_fault(world: World, calls: AwsCalls) -> None:
    order_id = given_back(world)
    calls.next("TransactWriteItems", contended, times=CONFLICT_ATTEMPTS)
    with pytest.raises(TransactionCancelled):
        close(world, order_id)
