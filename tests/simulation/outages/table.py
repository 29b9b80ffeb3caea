"""The simulated table: orders, their leases, and the providers' circuits."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from ordering.domain.order import OrderFault
from ordering.repositories.health import UNKNOWN, Readings
from ordering.resilience.circuit import Circuit, closed_if_idle
from tests.simulation.outages.scheduler import Scheduler


class TableUnavailable(Exception):
    """The table does not respond."""


@dataclass(slots=True)
class SimulatedOrder:
    """An order, and the notes on it."""

    order_id: str
    placed_at: float
    moved_at: float
    ended_at: float | None = None
    attempts: int = 0
    nudged_at: str | None = None
    fault: OrderFault | None = None
    parked_at: float | None = None
    lease_until: float = 0.0
    message_until: float = 0.0
    running: int = 0
    executions: int = 0
    step: int = 0
    """How many of its steps are completed."""

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return self.ended_at is None


@dataclass(slots=True)
class Figures:
    """The figures that are counted."""

    executions: int = 0
    overlapping: int = 0
    """Executions that were started while another one of the same order ran."""
    nudges: int = 0
    openings: int = 0
    """How often a circuit opened: the number of alarms."""
    probes: int = 0
    steps_timed_out: int = 0
    cold_starts: int = 0
    ended: list[float] = field(default_factory=list)


class SimulatedTable:
    """All orders. `is_unavailable` returns whether a call of the table fails now."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self.orders: dict[str, SimulatedOrder] = {}
        self.open: dict[str, SimulatedOrder] = {}
        """The orders that have not ended, the oldest first, without parked ones."""
        self.circuits = dict(UNKNOWN.circuits)
        self.failed_at: str | None = None
        self.last_end: str | None = None
        self.figures = Figures()
        self.is_unavailable: Callable[[], bool] = lambda: False

    def place(self) -> SimulatedOrder:
        """A customer places an order."""
        now = self._scheduler.now
        order = SimulatedOrder(f"order-{len(self.orders)}", now, now)
        self.orders[order.order_id] = self.open[order.order_id] = order
        return order

    def readings(self) -> Readings:
        """Returns the circuits that drivers and sweep use for their decisions. Raises TableUnavailable."""
        self.call()
        now = self._scheduler.milliseconds
        circuits = {name: closed_if_idle(circuit, now) for name, circuit in self.circuits.items()}
        return Readings(circuits, self.failed_at, self.last_end)

    def change(self, name: str, transition: Callable[[Circuit], Circuit | None]) -> Circuit | None:
        """Change a circuit, as `repositories.health` does. Raises TableUnavailable."""
        self.call()
        before = self.circuits[name]
        after = transition(before)
        if after is not None:
            self.circuits[name] = after
            if after.is_away and not before.is_away:
                self.figures.openings += before.away_since == 0
        return after

    def call(self) -> None:
        """A call of the table. Raises TableUnavailable."""
        if self.is_unavailable():
            raise TableUnavailable

    def end(self, order: SimulatedOrder) -> None:
        """An order ends."""
        if order.is_open:
            order.ended_at = self._scheduler.now
            self.open.pop(order.order_id, None)
            self.figures.ended.append(self._scheduler.now)

    def not_moved_for(self, bound: float) -> Iterator[SimulatedOrder]:
        """Returns open orders that have made no progress for this long."""
        before = self._scheduler.now - bound
        return (order for order in list(self.open.values()) if order.moved_at < before)
