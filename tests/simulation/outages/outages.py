"""Simulates an outage of a service, and what happens to the orders that are placed during it."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.simulation.outages.driving import Driver
from tests.simulation.outages.execution import (
    DEPLOYMENT_BROKEN,
    EVERY_ORDER_FAILS,
    PROVIDER_UNAVAILABLE,
    Failure,
    FailureWindow,
    Platform,
    SteadyPlatform,
)
from tests.simulation.outages.queue import Queue
from tests.simulation.outages.rules import Rules
from tests.simulation.outages.scheduler import Scheduler
from tests.simulation.outages.sweeping import Sweep
from tests.simulation.outages.table import SimulatedTable

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
LENGTHS = {"10 min": 10 * MINUTE, "2 h": 2 * HOUR, "6 h": 6 * HOUR, "2 days": 2 * DAY}
# The first orders are placed before the outage begins, the last ones after it has ended.
_BEGINS = 10 * MINUTE


class Simulation:
    """The simulated system: queue, drivers and sweep, with a platform that runs executions."""

    def __init__(
        self, seed: int, rules: Rules, platform: Callable[[Scheduler, SimulatedTable], Platform]
    ) -> None:
        self.scheduler = Scheduler(seed)
        self.table = SimulatedTable(self.scheduler)
        self.queue = Queue(self.scheduler)
        runs = platform(self.scheduler, self.table)
        self.drivers = [
            Driver(self.scheduler, self.queue, self.table, runs, rules) for _ in range(rules.drivers)
        ]
        self.queue.arrived = self._wake
        Sweep(self.scheduler, self.queue, self.table, rules).begin()

    def place(self, moment: float) -> None:
        """Let an order be placed at a time."""
        self.scheduler.at(moment, lambda: self.queue.send(self.table.place().order_id))

    def _wake(self) -> None:
        for driver in self.drivers:
            driver.poll()
            if not self.queue.waiting():
                return


@dataclass(frozen=True)
class Outage:
    """What is unavailable."""

    name: str
    failure: Failure | None
    """How executions fail; None: the table itself is unavailable."""
    seconds: float
    """How long an execution takes to fail."""


PROVIDER = Outage("the payment provider", PROVIDER_UNAVAILABLE, 23.0)
TABLE = Outage("the table", None, 4.0)
DEPLOYMENT = Outage("a permission, by a bad deployment", DEPLOYMENT_BROKEN, 6.0)
UNKNOWN = Outage("an unknown error", EVERY_ORDER_FAILS, 6.0)
OUTAGES = (PROVIDER, TABLE, DEPLOYMENT, UNKNOWN)


@dataclass(frozen=True)
class Result:
    """The result of an outage. Times are in seconds."""

    orders: int
    open: int
    parked: int
    last_end: float
    """Seconds after the end of the outage; negative if before it."""
    executions: int
    most_executions: int
    """Of one order."""
    overlapping: int
    nudges: int
    probes: int
    dead_letters: int
    most_dead_letters: int
    """Of one order."""
    alarms: int
    """How often a circuit opened."""
    longest_queue: int


def simulate(
    outage: Outage,
    length: float,
    *,
    orders: int,
    seed: int = 1,
    rules: Rules | None = None,
    patience: float = 3 * HOUR,
) -> Result:
    """Place orders evenly over an outage and ten minutes around it, and let `patience` seconds pass after it.

    Ends as soon as every order has ended.
    """
    ends = _BEGINS + length
    window = FailureWindow(_BEGINS, ends, outage.failure, outage.seconds) if outage.failure else None
    simulation = Simulation(
        seed, rules or Rules(), lambda scheduler, table: SteadyPlatform(scheduler, window)
    )
    scheduler, table = simulation.scheduler, simulation.table
    if outage.failure is None:
        table.is_unavailable = lambda: _BEGINS <= scheduler.now < ends
    over = ends + _BEGINS
    for number in range(orders):
        # Nothing is accepted while the table is unavailable: all orders are placed in the seconds before.
        share = number / orders
        simulation.place(over * share if outage.failure else _BEGINS - 5 * (1 - share))
    scheduler.run(until=over)
    scheduler.run(until=ends + patience, enough=lambda: not table.open)
    return _result(simulation, ends)


def lose_the_queue(*, orders: int, seed: int = 1, rules: Rules | None = None) -> tuple[float, int]:
    """Every message is lost before it is received.

    Returns how many seconds after the bound the last order had ended, and the most messages that waited.
    """
    chosen = rules or Rules()
    simulation = Simulation(seed, chosen, lambda scheduler, table: SteadyPlatform(scheduler, None))
    for _ in range(orders):
        simulation.table.place()
    simulation.scheduler.run(until=DAY, enough=lambda: not simulation.table.open)
    return simulation.scheduler.now - chosen.bound, simulation.queue.longest


def with_a_failing_order(
    failure: Failure, *, others: int, hours: float, seed: int = 1, rules: Rules | None = None
) -> Simulation:
    """One order always fails, while others are placed and end."""
    simulation = Simulation(
        seed, rules or Rules(), lambda scheduler, table: SteadyPlatform(scheduler, None, {"order-0": failure})
    )
    for number in range(others):
        simulation.place(hours * HOUR * number / others)
    simulation.scheduler.run(until=hours * HOUR)
    return simulation


def _result(simulation: Simulation, ends: float) -> Result:
    table, figures = simulation.table, simulation.table.figures
    dead: dict[str, int] = {}
    for letter in simulation.queue.dead_letters:
        dead[letter.order_id] = dead.get(letter.order_id, 0) + 1
    placed = table.orders.values()
    return Result(
        orders=len(placed),
        open=sum(order.is_open for order in placed),
        parked=sum(order.parked_at is not None for order in placed),
        last_end=max(figures.ended, default=0.0) - ends,
        executions=figures.executions,
        most_executions=max(order.executions for order in placed),
        overlapping=figures.overlapping,
        nudges=figures.nudges,
        probes=figures.probes,
        dead_letters=len(simulation.queue.dead_letters),
        most_dead_letters=max(dead.values(), default=0),
        alarms=figures.openings,
        longest_queue=simulation.queue.longest,
    )
