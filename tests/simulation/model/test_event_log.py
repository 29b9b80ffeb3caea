"""The log of a sequence of events: who did what, and what it changed."""

from ordering.domain.order import Status
from ordering.guards import Guard
from tests.simulation.model.event_log import format_events
from tests.simulation.model.guarantees import broken
from tests.simulation.model.guards import ActiveGuards
from tests.simulation.model.search import Search


def test_a_late_booking_is_the_last_line_of_its_log() -> None:
    lines = _log(Guard.INTEND_ORDER).splitlines()
    assert lines[-1].endswith("A      Book shipment: notes INTENDED   [shipment: none → INTENDED]")
    assert any(line.endswith("world  cancels the order   [order: CONFIRMED → CANCELLING]") for line in lines)


def test_the_shortest_log_of_overselling_reserves_a_missing_unit() -> None:
    assert _log(Guard.RESERVE_ENOUGH).splitlines() == [
        "  1  A      Load order: reads, and returns PENDING",
        "  2  A      Reserve stock: reads",
        "  3  A      Reserve stock: holds a unit   [reservation: none → HELD]",
    ]


def test_the_log_names_a_transition_that_the_life_cycle_forbids() -> None:
    moved = f"an order that was {Status.CANCELLING} became {Status.CANCELLING}"
    assert _log(Guard.CANCEL_ORDER).endswith(f"[{moved}]")


def _log(without: Guard) -> str:
    return format_events(Search(ActiveGuards(without)).run(lambda shared: bool(broken(shared))) or ())
