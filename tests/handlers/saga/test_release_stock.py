"""Release stock: held units become available again, once. Guarantee 2."""

import pytest

from ordering.domain.order import OrderId, Status
from ordering.domain.stock import ReservationStatus
from ordering.dynamodb.client import TransactionCancelled
from ordering.repositories.catalogue import Catalogue
from ordering.repositories.keys import order_keys
from tests.handlers.saga.compensating import turned_back
from tests.support.aws_calls import CONFLICT_ATTEMPTS, AwsCalls, contended, sent_twice
from tests.support.builders import MUG
from tests.support.orders import overwrite, then_meanwhile
from tests.support.world import World


def release(world: World, order_id: OrderId) -> str:
    return world.step("release_stock", order_id)


def stock_of(world: World) -> tuple[int, int, int]:
    stock = Catalogue(world.table).stock(MUG)
    return stock.available, stock.held, stock.shipped


def test_held_units_are_available_after_the_release(world: World) -> None:
    order_id = turned_back(world, "reserved")
    assert (release(world, order_id), stock_of(world)) == ("SETTLED", (10, 0, 0))


def test_released_reservation_has_the_status_released(world: World) -> None:
    order_id = turned_back(world, "reserved")
    release(world, order_id)
    reservation = world.details(order_id).reservation
    assert reservation
    assert reservation.status is ReservationStatus.RELEASED


def test_held_units_are_released_once(world: World) -> None:
    order_id = turned_back(world, "reserved")
    release(world, order_id)
    before = world.items()
    assert release(world, order_id) == "SETTLED"
    assert world.items() == before


def test_two_concurrent_releases_give_the_units_back_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = turned_back(world, "reserved")
    then_meanwhile(monkeypatch, lambda: release(world, order_id))
    assert (release(world, order_id), stock_of(world)) == ("SETTLED", (10, 0, 0))


def test_shipped_units_are_not_released(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = turned_back(world, "booked")

    def ship() -> None:
        overwrite(world, order_keys.order(order_id), status=Status.CONFIRMED)
        world.step("complete_order", order_id)

    then_meanwhile(monkeypatch, ship)
    assert (release(world, order_id), stock_of(world)) == ("SETTLED", (8, 0, 2))


def test_order_without_held_units_releases_nothing(world: World) -> None:
    order_id = turned_back(world, "placed")
    assert (release(world, order_id), stock_of(world)) == ("SETTLED", (10, 0, 0))


def test_units_of_every_line_are_released(world: World) -> None:
    order_id = world.stocked().stocked("MUG-BLUE").place_order(("MUG-RED", 2), ("MUG-BLUE", 3))
    world.step("reserve_stock", order_id)
    overwrite(world, order_keys.order(order_id), status=Status.REJECTING)
    release(world, order_id)
    assert [(item["available"], item["held"]) for item in world.items() if item["SK"] == "STOCK"] == [
        (10, 0)
    ] * 2


def test_sdk_retry_of_a_release_counts_once(world: World, calls: AwsCalls) -> None:
    order_id = turned_back(world, "reserved")
    calls.next("TransactWriteItems", sent_twice)
    assert (release(world, order_id), stock_of(world)) == ("SETTLED", (10, 0, 0))


def test_contention_over_a_release_is_a_fault(world: World, calls: AwsCalls) -> None:
    order_id = turned_back(world, "reserved")
    calls.next("TransactWriteItems", contended, times=CONFLICT_ATTEMPTS)
    with pytest.raises(TransactionCancelled):
        release(world, order_id)
