"""A story tells who did what, and what it changed: shortest first."""

from ordering.domain.order import Status
from tests.simulation.model.event_log import told
from tests.simulation.model.guarantees import broken
from tests.simulation.model.guards import Fence, Fences
from tests.simulation.model.search import Search


def test_a_booking_that_comes_late_is_the_last_line_of_its_story() -> None:
    lines = _story(Fence.INTEND_ORDER).splitlines()
    assert lines[-1].endswith("A      Book shipment: notes INTENDED   [shipment: none → INTENDED]")
    assert any(line.endswith("world  cancels the order   [order: CONFIRMED → CANCELLING]") for line in lines)


def test_the_shortest_story_of_an_oversold_shelf_is_one_order_for_a_unit_that_is_not_there() -> None:
    assert _story(Fence.RESERVE_ENOUGH).splitlines() == [
        "  1  A      Load order: reads, and answers PENDING",
        "  2  A      Reserve stock: reads",
        "  3  A      Reserve stock: holds a unit   [reservation: none → HELD]",
    ]


def test_a_move_that_the_life_cycle_does_not_have_is_named() -> None:
    moved = f"an order that was {Status.CANCELLING} became {Status.CANCELLING}"
    assert _story(Fence.CANCEL_ORDER).endswith(f"[{moved}]")


def _story(without: Fence) -> str:
    return told(Search(Fences(without)).run(lambda shop: bool(broken(shop))) or ())
