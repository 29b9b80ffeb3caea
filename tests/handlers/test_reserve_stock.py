"""Reserve stock: the units of every line, or of none. Promise 2: never oversold."""

import pytest

from ordering.domain.order import OrderId
from ordering.domain.product import Sku
from ordering.domain.stock import ReservationStatus
from ordering.dynamodb.client import TransactionCancelled
from ordering.repositories.catalogue import Catalogue
from tests.support.aws_calls import AwsCalls, Parameters, Send, cancelled, contended, sent_twice
from tests.support.builders import MUG
from tests.support.orders import an_order, cancel, then_meanwhile
from tests.support.world import World


def figures(world: World, sku: str = MUG) -> tuple[int, int]:
    """The units of a SKU that are available, and those that are held."""
    stock = Catalogue(world.table).stock(Sku(sku))
    return stock.available, stock.held


def reserve(world: World, order_id: OrderId) -> str:
    return world.step("reserve_stock", order_id)


def everything(world: World) -> object:
    return world.items(), world.pages()


# -- fresh ---------------------------------------------------------------------------------------------


def test_stock_is_reserved(world: World) -> None:
    assert reserve(world, an_order(world)) == "RESERVED"


def test_units_that_are_reserved_are_held(world: World) -> None:
    reserve(world, an_order(world))
    assert figures(world) == (8, 2)


def test_a_reservation_says_what_it_holds(world: World) -> None:
    order_id = an_order(world)
    reserve(world, order_id)
    reservation = world.details(order_id).reservation
    assert reservation
    assert (reservation.status, [(line.sku, line.quantity) for line in reservation.lines]) == (
        ReservationStatus.HELD,
        [("MUG-RED", 2)],
    )


def test_reserving_does_not_move_the_order(world: World) -> None:
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


def test_one_unit_too_few_is_out_of_stock(world: World) -> None:
    assert reserve(world, world.stocked().place_order(("MUG-RED", 11))) == "OUT_OF_STOCK"


def test_a_product_that_never_came_in_is_out_of_stock(world: World) -> None:
    assert reserve(world, world.stocked(units=0).place_order(("MUG-RED", 1))) == "OUT_OF_STOCK"


def test_units_that_others_hold_are_out_of_stock(world: World) -> None:
    world.stocked()
    first, second = world.place_order(("MUG-RED", 6)), world.place_order(("MUG-RED", 6))
    assert [reserve(world, first), reserve(world, second)] == ["RESERVED", "OUT_OF_STOCK"]


def test_one_line_out_of_stock_holds_nothing_of_any_line(world: World) -> None:
    order_id = world.stocked().stocked("MUG-BLUE", 1).place_order(("MUG-RED", 2), ("MUG-BLUE", 2))
    before = everything(world)
    assert reserve(world, order_id) == "OUT_OF_STOCK"
    assert everything(world) == before


# -- repeated ------------------------------------------------------------------------------------------


def test_stock_that_is_reserved_is_reserved(world: World) -> None:
    order_id = an_order(world, "reserved")
    assert reserve(world, order_id) == "RESERVED"


def test_a_repeat_holds_nothing_more(world: World) -> None:
    order_id = an_order(world, "reserved")
    before = everything(world)
    reserve(world, order_id)
    assert everything(world) == before


def test_a_rival_that_reserved_meanwhile_reserved_for_both(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = an_order(world)
    then_meanwhile(monkeypatch, lambda: reserve(world, order_id))
    assert (reserve(world, order_id), figures(world)) == ("RESERVED", (8, 2))


def test_an_order_is_not_rejected_for_the_units_that_its_rival_holds_for_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = world.stocked().place_order(("MUG-RED", 10))
    then_meanwhile(monkeypatch, lambda: reserve(world, order_id))
    assert reserve(world, order_id) == "RESERVED"


def test_a_transaction_that_the_sdk_sends_twice_reserves_once(world: World, calls: AwsCalls) -> None:
    order_id = world.stocked().place_order(("MUG-RED", 10))
    calls.next("TransactWriteItems", sent_twice)
    assert (reserve(world, order_id), figures(world)) == ("RESERVED", (0, 10))


def test_a_shelf_that_the_order_emptied_itself_is_not_out_of_stock(world: World, calls: AwsCalls) -> None:
    def emptied(parameters: Parameters, send: Send) -> object:
        send()
        return cancelled(None, None, "ConditionalCheckFailed")(parameters, send)

    order_id = world.stocked().place_order(("MUG-RED", 10))
    calls.next("TransactWriteItems", emptied)
    assert reserve(world, order_id) == "RESERVED"


# -- late ----------------------------------------------------------------------------------------------


def test_an_order_that_is_cancelled_meanwhile_holds_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = an_order(world)
    then_meanwhile(monkeypatch, lambda: cancel(world, order_id))
    assert (reserve(world, order_id), figures(world)) == ("ORDER_MOVED", (10, 0))


def test_an_order_that_is_cancelled_meanwhile_gets_no_reservation(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = an_order(world)
    then_meanwhile(monkeypatch, lambda: cancel(world, order_id))
    reserve(world, order_id)
    assert world.details(order_id).reservation is None


def test_a_cancelled_order_has_moved_even_when_its_stock_is_gone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = world.stocked().place_order(("MUG-RED", 11))
    then_meanwhile(monkeypatch, lambda: cancel(world, order_id))
    assert reserve(world, order_id) == "ORDER_MOVED"


def test_units_that_are_taken_meanwhile_are_out_of_stock(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.stocked()
    first, second = world.place_order(("MUG-RED", 6)), world.place_order(("MUG-RED", 6))
    then_meanwhile(monkeypatch, lambda: reserve(world, first))
    assert (reserve(world, second), figures(world)) == ("OUT_OF_STOCK", (4, 6))


# -- contention ----------------------------------------------------------------------------------------


def test_a_rival_in_the_way_is_a_fault_and_no_want_of_stock(world: World, calls: AwsCalls) -> None:
    order_id = an_order(world)
    calls.next("TransactWriteItems", contended)
    with pytest.raises(TransactionCancelled):
        reserve(world, order_id)


def test_what_a_rival_was_in_the_way_of_succeeds_when_it_is_tried_again(
    world: World, calls: AwsCalls
) -> None:
    order_id = an_order(world)
    calls.next("TransactWriteItems", contended)
    with pytest.raises(TransactionCancelled):
        reserve(world, order_id)
    assert reserve(world, order_id) == "RESERVED"
