"""A host with few cores that runs every step of every execution, and other busy processes.

Cores are shared evenly among all running steps (processor sharing). A step without an idle worker starts one,
which costs many times as much as the step itself. A step that exceeds its time-out is ended with its worker:
the work is lost, and the next call is a cold start again. So work that times out costs more than work that
succeeds, and if all work times out, this continues after the load has ended: Bronson et al., "Metastable
Failures in Distributed Systems" (2021).
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count

from tests.simulation.outages.execution import TIMED_OUT, Then
from tests.simulation.outages.scheduler import Scheduler
from tests.simulation.outages.table import Figures, SimulatedOrder

_ATTEMPTS = 4
_MACHINE_SECONDS = 120.0


@dataclass(frozen=True)
class Costs:
    """Seconds of one core, and the number of steps of an order."""

    cores: float = 2.0
    warm: float = 0.05
    cold: float = 0.75
    steps: int = 8
    time_out: float = 15.0
    progress_is_kept: bool = True
    """Whether a completed step stays completed when a later one fails: the saga is re-entrant."""

    @property
    def orders_a_second(self) -> float:
        """The host's capacity when every worker is warm."""
        return self.cores / (self.warm * self.steps)


class Host:
    """Runs executions, step by step."""

    def __init__(self, scheduler: Scheduler, figures: Figures, costs: Costs) -> None:
        self._scheduler, self._figures, self._costs = scheduler, figures, costs
        self.busy_processes = 0
        """Other busy processes: each takes its share of the cores, like a step."""
        self._idle: dict[int, int] = defaultdict(int)
        self._jobs: dict[int, Callable[[], object]] = {}
        self._numbers = count()
        self._by_work: list[tuple[float, int]] = []
        self._done = 0.0
        """The seconds of a core that each running job has had since the beginning."""
        self._seen = 0.0
        self._turn = 0

    def execute(self, order: SimulatedOrder, then: Then) -> None:
        """Drive an order through its remaining steps."""
        if not self._costs.progress_is_kept:
            order.step = 0
        self._step(order, then, 1, self._scheduler.now + _MACHINE_SECONDS)

    def _step(self, order: SimulatedOrder, then: Then, attempt: int, ends: float) -> None:
        if order.step >= self._costs.steps:
            then(None)
            return
        if self._scheduler.now >= ends:
            then(TIMED_OUT)
            return
        kind = order.step
        if self._idle[kind]:
            self._idle[kind] -= 1
            work = self._costs.warm
        else:
            self._figures.cold_starts += 1
            work = self._costs.cold + self._costs.warm

        def finished(in_time: bool) -> None:
            if in_time:
                self._idle[kind] += 1
                order.step = max(order.step, kind + 1)
                order.moved_at = self._scheduler.now
                self._step(order, then, 1, ends)
            elif attempt < _ATTEMPTS:
                self._figures.steps_timed_out += 1
                pause = min(2.0 ** (attempt - 1), 2.0) * self._scheduler.random.random()
                self._scheduler.after(pause, lambda: self._step(order, then, attempt + 1, ends))
            else:
                self._figures.steps_timed_out += 1
                then(TIMED_OUT)

        self._run(work, finished)

    # -- processor sharing -------------------------------------------------------------------------------

    def _run(self, work: float, finished: Callable[[bool], object]) -> None:
        self._advance()
        number = next(self._numbers)
        self._jobs[number] = lambda: finished(True)
        heappush(self._by_work, (self._done + work, number))

        def give_up() -> None:
            if self._jobs.pop(number, None) is not None:
                self._advance()
                finished(False)
                self._schedule()

        self._scheduler.after(self._costs.time_out, give_up)
        self._schedule()

    def _speed(self) -> float:
        running = len(self._jobs) + self.busy_processes
        return min(1.0, self._costs.cores / running) if running else 1.0

    def _advance(self) -> None:
        self._done += (self._scheduler.now - self._seen) * self._last_speed
        self._seen = self._scheduler.now

    _last_speed = 1.0

    def _schedule(self) -> None:
        """Schedule the end of the next job, at the present speed."""
        self._last_speed = self._speed()
        while self._by_work and self._by_work[0][1] not in self._jobs:
            heappop(self._by_work)
        if not self._by_work:
            return
        self._turn += 1
        turn = self._turn
        left = (self._by_work[0][0] - self._done) / self._last_speed

        def done() -> None:
            if turn != self._turn:
                return
            self._advance()
            _, number = heappop(self._by_work)
            finished = self._jobs.pop(number)
            finished()
            self._schedule()

        self._scheduler.after(max(0.0, left), done)
