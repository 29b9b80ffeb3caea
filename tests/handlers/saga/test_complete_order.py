"""Complete order: the pivot. The order is paid, dispatched and shipped in one transaction, or not at all."""

from typing import Any

import pytest

from ordering.domain.order import OrderId, Status
from ordering.domain.payment import PaymentStatus
from ordering.domain.shipment import ShipmentStatus
from ordering.domain.stock import ReservationStatus
from ordering.dynamodb.client import TransactionCancelled
from ordering.repositories import keys
from ordering.repositories.catalogue import Catalogue
from ordering.repositories.keys import order_keys
from tests.handlers.saga.ledger_states import LedgerChange, other_statuses
from tests.support.aws_calls import CONFLICT_ATTEMPTS, AwsCalls, contended, sent_twice
from tests.support.builders import MUG
from tests.support.orders import an_order, then_meanwhile
from tests.support.world import World


def complete(world: World, order_id: OrderId) -> str:
    return world.step("complete_order", order_id)


def item(world: World, key: keys.Key) -> dict[str, Any]:
    found = world.table.get(key)
    assert found
    return found


def test_order_that_is_paid_and_booked_is_fulfilled(world: World) -> None:
    assert complete(world, an_order(world, "booked")) == "FULFILLED"


def test_fulfilled_order_has_the_status_fulfilled(world: World) -> None:
    order = world.details(an_order(world, "fulfilled")).order
    assert (order.status, order.version, order.history[-1].status) == (Status.FULFILLED, 3, Status.FULFILLED)


def test_fulfilled_order_is_dispatched(world: World) -> None:
    shipment = world.details(an_order(world, "fulfilled")).shipment
    assert shipment
    assert shipment.status is ShipmentStatus.DISPATCHED


def test_a_fulfilled_order_keeps_its_tracking_number(world: World) -> None:
    shipment = world.details(an_order(world, "fulfilled")).shipment
    assert shipment
    assert shipment.tracking_number


def test_the_units_of_a_fulfilled_order_are_shipped(world: World) -> None:
    an_order(world, "fulfilled")
    stock = Catalogue(world.table).stock(MUG)
    assert (stock.received, stock.available, stock.held, stock.shipped) == (10, 8, 0, 2)


def test_the_reservation_of_a_fulfilled_order_is_committed(world: World) -> None:
    reservation = world.details(an_order(world, "fulfilled")).reservation
    assert reservation
    assert reservation.status is ReservationStatus.COMMITTED


def test_the_payment_of_a_fulfilled_order_is_no_longer_due(world: World) -> None:
    payment = item(world, order_keys.payment(an_order(world, "fulfilled"), 1))
    assert (payment["status"], payment.keys() & {"GSI2PK", "GSI2SK"}) == ("CAPTURED", set())


def test_a_fulfilled_order_is_no_longer_due(world: World) -> None:
    assert not item(world, order_keys.order(an_order(world, "fulfilled"))).keys() & {"GSI2PK", "GSI2SK"}


def test_fulfilled_order_has_no_payment_token(world: World) -> None:
    assert "paymentToken" not in item(world, order_keys.order(an_order(world, "fulfilled")))


def test_fulfilled_order_is_still_listed_for_its_customer(world: World) -> None:
    assert "GSI1PK" in item(world, order_keys.order(an_order(world, "fulfilled")))


def test_completing_an_order_is_one_transaction(world: World, calls: AwsCalls) -> None:
    order_id = an_order(world, "booked")
    complete(world, order_id)
    assert len(calls.made("TransactWriteItems")[-1]["TransactItems"]) == 5


def test_units_of_every_line_are_shipped(world: World) -> None:
    order_id = world.stocked().stocked("MUG-BLUE").place_order(("MUG-RED", 2), ("MUG-BLUE", 3))
    for step in ("reserve_stock", "authorise_payment", "confirm_order", "capture_payment", "book_shipment"):
        world.step(step, order_id)
    complete(world, order_id)
    shipped = [stock["shipped"] for stock in world.items() if stock["SK"] == "STOCK"]
    assert sorted(shipped) == [2, 3]


# -- repeated and late ---------------------------------------------------------------------------------


def test_repeated_completion_finds_the_order_fulfilled(world: World) -> None:
    order_id = an_order(world, "fulfilled")
    before = world.items(), world.provider_records()
    assert complete(world, order_id) == "ORDER_MOVED"
    assert (world.items(), world.provider_records()) == before


def test_two_concurrent_completions_ship_the_units_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = an_order(world, "booked")
    then_meanwhile(monkeypatch, lambda: complete(world, order_id))
    assert complete(world, order_id) == "ORDER_MOVED"
    assert Catalogue(world.table).stock(MUG).shipped == 2


def test_sdk_retry_of_a_completion_ships_once(world: World, calls: AwsCalls) -> None:
    order_id = an_order(world, "booked")
    calls.next("TransactWriteItems", sent_twice)
    complete(world, order_id)
    assert Catalogue(world.table).stock(MUG).shipped == 2


CHANGED_CONDITIONS: dict[str, LedgerChange] = {
    **other_statuses(Status.CONFIRMED, PaymentStatus.CAPTURED, ShipmentStatus.BOOKED, ReservationStatus.HELD),
    "no payment": lambda world, order_id: world.table.delete(order_keys.payment(order_id, 1)),
    "no shipment": lambda world, order_id: world.table.delete(order_keys.shipment(order_id)),
    "no reservation": lambda world, order_id: world.table.delete(order_keys.reservation(order_id)),
}


@pytest.mark.parametrize("change", CHANGED_CONDITIONS.values(), ids=CHANGED_CONDITIONS)
def test_order_is_not_fulfilled_if_its_conditions_have_changed(
    world: World, change: LedgerChange, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = an_order(world, "booked")
    after: list[Any] = []

    def change_it() -> None:
        change(world, order_id)
        after.extend(world.items())

    then_meanwhile(monkeypatch, change_it)
    assert complete(world, order_id) == "ORDER_MOVED"
    assert world.items() == after


def test_contention_over_a_completion_is_a_fault(world: World, calls: AwsCalls) -> None:
    order_id = an_order(world, "booked")
    calls.next("TransactWriteItems", contended, times=CONFLICT_ATTEMPTS)
    with pytest.raises(TransactionCancelled):
        complete(world, order_id)
