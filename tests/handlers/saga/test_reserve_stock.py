"""Reserve stock: the units of all lines, or of none. Guarantee 2: never oversold."""

import pytest

from ordering.domain.order import OrderId
from ordering.domain.product import Sku
from ordering.domain.stock import ReservationStatus
from ordering.dynamodb.client import TransactionCancelled
from ordering.repositories.catalogue import Catalogue
from tests.support.aws_calls import CONFLICT_ATTEMPTS, AwsCalls, Send, cancelled, contended, sent_twice
from tests.support.builders import MUG
from tests.support.client_calls import Parameters
from tests.support.orders import an_order, cancel, then_meanwhile
from tests.support.world import World


def figures(world: World, sku: str = MUG) -> tuple[int, int]:
    """Returns the available and the held units of a SKU."""
    stock = Catalogue(world.table).stock(Sku(sku))
    return stock.available, stock.held


def reserve(world: World, order_id: OrderId) -> str:
    return world.step("reserve_stock", order_id)


def everything(world: World) -> object:
    return world.items(), world.provider_records()


# -- fresh ---------------------------------------------------------------------------------------------


def test_stock_is_reserved(world: World) -> None:
    assert reserve(world, an_order(world)) == "RESERVED"


def test_reserved_units_are_held(world: World) -> None:
    reserve(world, an_order(world))
    assert figures(world) == (8, 2)


def test_reservation_lists_the_units_it_holds(world: World) -> None:
    order_id = an_order(world)
    reserve(world, order_id)
    reservation = world.details(order_id).reservation
    assert reservation
    assert (reservation.status, [(line.sku, line.quantity) for line in reservation.lines]) == (
        ReservationStatus.HELD,
        [("MUG-RED", 2)],
    )


def test_reserving_does_not_change_the_order_status(world: World) -> None:
    order_id = an_order(world)
    before = world.details(order_id).order
    reserve(world, order_id)
    assert world.details(order_id).order == before


def test_every_line_is_reserved(world: World) -> None:
    order_id = world.stocked().stocked("MUG-BLUE", 5).place_order(("MUG-RED", 2), ("MUG-BLUE", 3))
    reserve(world, order_id)
    assert (figures(world), figures(world, "MUG-BLUE")) == ((8, 2), (2, 3))


def test_the_last_units_can_be_reserved(world: World) -> None:
    order_id = world.stocked().place_order(("MUG-RED", 10))
    assert (reserve(world, order_id), figures(world)) == ("RESERVED", (0, 10))


# -- out of stock --------------------------------------------------------------------------------------


def test_order_for_one_unit_too_many_is_out_of_stock(world: World) -> None:
    assert reserve(world, world.stocked().place_order(("MUG-RED", 11))) == "OUT_OF_STOCK"


def test_product_without_any_receipt_is_out_of_stock(world: World) -> None:
    assert reserve(world, world.stocked(units=0).place_order(("MUG-RED", 1))) == "OUT_OF_STOCK"


def test_units_held_by_other_orders_are_out_of_stock(world: World) -> None:
    world.stocked()
    first, second = world.place_order(("MUG-RED", 6)), world.place_order(("MUG-RED", 6))
    assert [reserve(world, first), reserve(world, second)] == ["RESERVED", "OUT_OF_STOCK"]


def test_one_line_out_of_stock_holds_no_unit_of_any_line(world: World) -> None:
    order_id = world.stocked().stocked("MUG-BLUE", 1).place_order(("MUG-RED", 2), ("MUG-BLUE", 2))
    before = everything(world)
    assert reserve(world, order_id) == "OUT_OF_STOCK"
    assert everything(world) == before


# -- repeated ------------------------------------------------------------------------------------------


def test_reserving_reserved_stock_reports_reserved(world: World) -> None:
    order_id = an_order(world, "reserved")
    assert reserve(world, order_id) == "RESERVED"


def test_reserving_twice_holds_stock_once(world: World) -> None:
    order_id = an_order(world, "reserved")
    before = everything(world)
    reserve(world, order_id)
    assert everything(world) == before


def test_concurrent_reservation_of_the_same_order_counts_for_both(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = an_order(world)
    then_meanwhile(monkeypatch, lambda: reserve(world, order_id))
    assert (reserve(world, order_id), figures(world)) == ("RESERVED", (8, 2))


@pytest.mark.slow
def test_order_is_not_rejected_for_units_held_for_it_concurrently(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = world.stocked().place_order(("MUG-RED", 10))
    then_meanwhile(monkeypatch, lambda: reserve(world, order_id))
    assert reserve(world, order_id) == "RESERVED"


def test_sdk_retry_of_a_reservation_reserves_once(world: World, calls: AwsCalls) -> None:
    order_id = world.stocked().place_order(("MUG-RED", 10))
    calls.next("TransactWriteItems", sent_twice)
    assert (reserve(world, order_id), figures(world)) == ("RESERVED", (0, 10))


def test_product_emptied_by_the_same_order_is_not_out_of_stock(world: World, calls: AwsCalls) -> None:
    def emptied(parameters: Parameters, send: Send) -> object:
        send()
        return cancelled(None, None, "ConditionalCheckFailed")(parameters, send)

    order_id = world.stocked().place_order(("MUG-RED", 10))
    calls.next("TransactWriteItems", emptied)
    assert reserve(world, order_id) == "RESERVED"


# -- late ----------------------------------------------------------------------------------------------


def test_order_cancelled_concurrently_holds_no_units(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = an_order(world)
    then_meanwhile(monkeypatch, lambda: cancel(world, order_id))
    assert (reserve(world, order_id), figures(world)) == ("ORDER_MOVED", (10, 0))


def test_order_cancelled_concurrently_gets_no_reservation(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = an_order(world)
    then_meanwhile(monkeypatch, lambda: cancel(world, order_id))
    reserve(world, order_id)
    assert world.details(order_id).reservation is None


def test_cancelled_order_is_stale_even_if_it_is_out_of_stock(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = world.stocked().place_order(("MUG-RED", 11))
    then_meanwhile(monkeypatch, lambda: cancel(world, order_id))
    assert reserve(world, order_id) == "ORDER_MOVED"


def test_units_taken_concurrently_are_out_of_stock(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.stocked()
    first, second = world.place_order(("MUG-RED", 6)), world.place_order(("MUG-RED", 6))
    then_meanwhile(monkeypatch, lambda: reserve(world, first))
    assert (reserve(world, second), figures(world)) == ("OUT_OF_STOCK", (4, 6))


# -- contention ----------------------------------------------------------------------------------------


def test_contention_over_a_reservation_is_a_fault_and_not_out_of_stock(world: World, calls: AwsCalls) -> None:
    order_id = an_order(world)
    calls.next("TransactWriteItems", contended, times=CONFLICT_ATTEMPTS)
    with pytest.raises(TransactionCancelled):
        reserve(world, order_id)


def test_reservation_succeeds_on_retry_after_contention(world: World, calls: AwsCalls) -> None:
    order_id = an_order(world)
    calls.next("TransactWriteItems", contended, times=CONFLICT_ATTEMPTS)
    with pytest.raises(TransactionCancelled):
        reserve(world, order_id)
    assert reserve(world, order_id) == "RESERVED"
