"""More orders than the host can do, for a while, and then as many as usual."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

from tests.simulation.outages.host import Costs, Host
from tests.simulation.outages.outages import HOUR, MINUTE, Stage
from tests.simulation.outages.rules import BEFORE, Rules
from tests.simulation.outages.scheduler import Scheduler
from tests.simulation.outages.shop import Shop

# The usual load: half of what the host can do.
USUAL, OVERLOAD = 0.5, 3.0
_QUIET = 5 * MINUTE

# A stage of a host of its own: few drivers, as on a laptop or in a small account.
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
    """What became of it, minute by minute."""

    minutes: tuple[Minute, ...]
    usual: float
    """Orders a minute that are usual."""
    overlapping: int
    cold_starts: int
    open: int
    begins: int
    ends: int
    """The minutes in which the overload begins, and is over."""

    def ended_in(self, minute: int) -> int:
        """How many orders came to their end in a minute."""
        return self.minutes[minute].ended

    def is_back_after(self, minutes: int) -> bool:
        """Whether, so many minutes after the overload, as many orders end in each minute as are usual.

        Those that wait are more than that, so that every minute could be full.
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
    neighbours: int = 0,
    seed: int = 1,
) -> Overload:
    """Usual load, then `times` the capacity and `neighbours` busy processes for `length`, then usual load."""
    hosts: list[Host] = []

    def platform(scheduler: Scheduler, shop: Shop) -> Host:
        hosts.append(Host(scheduler, shop.figures, costs))
        return hosts[0]

    stage = Stage(seed, rules, platform)
    scheduler, shop = stage.scheduler, stage.shop
    begins, ends = _QUIET, _QUIET + length
    _arrive(stage, 0, begins, costs.orders_a_second * USUAL)
    _arrive(stage, begins, ends, costs.orders_a_second * times)
    _arrive(stage, ends, ends + after, costs.orders_a_second * USUAL)
    scheduler.at(begins, lambda: setattr(hosts[0], "neighbours", neighbours))
    scheduler.at(ends, lambda: setattr(hosts[0], "neighbours", 0))
    minutes = []
    placed = ended = late = 0
    for minute in range(1, int((ends + after) / MINUTE) + 1):
        scheduler.run(until=minute * MINUTE)
        now = len(shop.orders), len(shop.figures.ended), shop.figures.steps_timed_out
        minutes.append(Minute(now[0] - placed, now[1] - ended, now[2] - late, stage.queue.waiting()))
        placed, ended, late = now
    return Overload(
        minutes=tuple(minutes),
        usual=costs.orders_a_second * USUAL * MINUTE,
        overlapping=shop.figures.overlapping,
        cold_starts=shop.figures.cold_starts,
        open=sum(order.is_open for order in shop.orders.values()),
        begins=int(begins / MINUTE),
        ends=int(ends / MINUTE),
    )


@dataclass(frozen=True)
class Burst:
    """What became of orders that came all at once, from cold."""

    seconds: float
    """Until the last one had ended."""
    overlapping: int
    """Executions that were begun while another one of the same order ran."""
    nudges: int


def burst(rules: Rules, costs: Costs, *, orders: int, neighbours: int = 0, seed: int = 1) -> Burst:
    """So many orders, five a second, on a host on which nothing has ever run."""
    hosts: list[Host] = []

    def platform(scheduler: Scheduler, shop: Shop) -> Host:
        hosts.append(Host(scheduler, shop.figures, costs))
        hosts[0].neighbours = neighbours
        return hosts[0]

    stage = Stage(seed, rules, platform)
    for number in range(orders):
        stage.place(number / 5)
    shop = stage.shop
    stage.scheduler.run(until=HOUR, enough=lambda: len(shop.orders) == orders and not shop.open)
    assert not shop.open
    return Burst(stage.scheduler.now, shop.figures.overlapping, shop.figures.nudges)


def _arrive(stage: Stage, begins: float, ends: float, a_second: float) -> None:
    """Orders that are placed at random, so many a second."""

    def next_one(moment: float) -> Callable[[], None]:
        def place() -> None:
            stage.queue.send(stage.shop.place().order_id)
            following = moment + stage.scheduler.random.expovariate(a_second)
            if following < ends:
                stage.scheduler.at(following, next_one(following))

        return place

    stage.scheduler.at(begins, next_one(begins))
