"""Simulates more orders than the host's capacity for some time, and then the usual load."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

from tests.simulation.outages.host import Costs, Host
from tests.simulation.outages.outages import HOUR, MINUTE, Simulation
from tests.simulation.outages.rules import BEFORE, Rules
from tests.simulation.outages.scheduler import Scheduler
from tests.simulation.outages.table import SimulatedTable

# The usual load: half of what the host can do.
USUAL, OVERLOAD = 0.5, 3.0
_QUIET = 5 * MINUTE

# Few drivers, as on a laptop or in a small account.
SMALL = Rules(drivers=5, batch=10)
SMALL_BEFORE = replace(BEFORE, drivers=5, batch=10)


class Minute(NamedTuple):
    """What happened in a minute, and how many messages waited at its end."""

    placed: int
    ended: int
    timed_out: int
    waiting: int


@dataclass(frozen=True)
class Overload:
    """The result, minute by minute."""

    minutes: tuple[Minute, ...]
    usual: float
    """The usual number of orders a minute."""
    overlapping: int
    cold_starts: int
    open: int
    begins: int
    ends: int
    """The minutes in which the overload begins and ends."""

    def ended_in(self, minute: int) -> int:
        """Returns how many orders ended in a minute."""
        return self.minutes[minute].ended

    def is_back_after(self, minutes: int) -> bool:
        """Returns whether orders end at the usual rate in each minute, this long after the overload.

        More orders wait than can end in a minute, so the host has enough work for every minute.
        """
        return all(
            minute.ended >= 0.9 * self.usual or not minute.waiting
            for minute in self.minutes[self.ends + minutes :]
        )


def simulate(
    rules: Rules,
    costs: Costs,
    *,
    length: float = 10 * MINUTE,
    after: float = HOUR,
    times: float = OVERLOAD,
    busy_processes: int = 0,
    seed: int = 1,
) -> Overload:
    """Usual load, then `times` the capacity and `busy_processes` busy processes for `length`, then usual
    load."""
    hosts: list[Host] = []

    def platform(scheduler: Scheduler, table: SimulatedTable) -> Host:
        hosts.append(Host(scheduler, table.figures, costs))
        return hosts[0]

    simulation = Simulation(seed, rules, platform)
    scheduler, table = simulation.scheduler, simulation.table
    begins, ends = _QUIET, _QUIET + length
    _arrive(simulation, 0, begins, costs.orders_a_second * USUAL)
    _arrive(simulation, begins, ends, costs.orders_a_second * times)
    _arrive(simulation, ends, ends + after, costs.orders_a_second * USUAL)
    scheduler.at(begins, lambda: setattr(hosts[0], "busy_processes", busy_processes))
    scheduler.at(ends, lambda: setattr(hosts[0], "busy_processes", 0))
    minutes = []
    placed = ended = late = 0
    for minute in range(1, int((ends + after) / MINUTE) + 1):
        scheduler.run(until=minute * MINUTE)
        now = len(table.orders), len(table.figures.ended), table.figures.steps_timed_out
        minutes.append(Minute(now[0] - placed, now[1] - ended, now[2] - late, simulation.queue.waiting()))
        placed, ended, late = now
    return Overload(
        minutes=tuple(minutes),
        usual=costs.orders_a_second * USUAL * MINUTE,
        overlapping=table.figures.overlapping,
        cold_starts=table.figures.cold_starts,
        open=sum(order.is_open for order in table.orders.values()),
        begins=int(begins / MINUTE),
        ends=int(ends / MINUTE),
    )


@dataclass(frozen=True)
class Burst:
    """The result of orders that arrive all at once, on a cold host."""

    seconds: float
    """Until the last order had ended."""
    overlapping: int
    """Executions that were started while another one of the same order ran."""
    nudges: int


def burst(rules: Rules, costs: Costs, *, orders: int, busy_processes: int = 0, seed: int = 1) -> Burst:
    """Place this many orders, five a second, on a host on which nothing has run yet."""
    hosts: list[Host] = []

    def platform(scheduler: Scheduler, table: SimulatedTable) -> Host:
        hosts.append(Host(scheduler, table.figures, costs))
        hosts[0].busy_processes = busy_processes
        return hosts[0]

    simulation = Simulation(seed, rules, platform)
    for number in range(orders):
        simulation.place(number / 5)
    table = simulation.table
    simulation.scheduler.run(until=HOUR, enough=lambda: len(table.orders) == orders and not table.open)
    assert not table.open
    return Burst(simulation.scheduler.now, table.figures.overlapping, table.figures.nudges)


def _arrive(simulation: Simulation, begins: float, ends: float, a_second: float) -> None:
    """Place orders at random times, so many a second on average."""

    def next_one(moment: float) -> Callable[[], None]:
        def place() -> None:
            simulation.queue.send(simulation.table.place().order_id)
            following = moment + simulation.scheduler.random.expovariate(a_second)
            if following < ends:
                simulation.scheduler.at(following, next_one(following))

        return place

    simulation.scheduler.at(begins, next_one(begins))
