"""Every way in which executions of one order, and its customer, can take turns at the boundaries of steps.

A step is what its handler does, whole; what may happen between the calls of one is for `tests/simulation/harness` and for
the model. After each step, everything that could come next is tried: for two executions of n and m steps
that is one path for each of C(n + m, n) interleavings, 3,432 for n = m = 7. They are not walked one by one.
Two paths that have come to the same tables, the same books and the same places of the same executions go on
alike from there, so each such state is gone on from once: the paths are counted, and the states searched.
Three executions of an order that is fulfilled, and its customer, can take turns in 2 * 10^15 ways; they come
down to 8,600 moments and 25 states of the tables.

Three things are left out, none of which a step can tell: the times in the items, which no step reads; which
of two executions stands in which of their places; and an execution that stops for good, since the others may
always make all of their moves before its next.
"""

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from moto.dynamodb.models import dynamodb_backends

from tests.simulation.harness.scenario_run import ScenarioRun
from tests.simulation.model.routing import routing
from tests.support.environment import ACCOUNT, REGION
from tests.support.world import invoke
from tests.synth import synthesised_state_machine

ENDED = "Ended"
_TIMES = frozenset({"createdAt", "updatedAt", "at", "GSI2SK"})


class Execution(NamedTuple):
    """Where an execution stands: before a state, or between the branches of a Parallel."""

    state: str
    loads: int = 0
    done: tuple[tuple[str, str], ...] = ()
    """(task, outcome) of each branch that has come to its end."""


class Moment(NamedTuple):
    """Everything that matters for what may come next."""

    facts: str
    """All that is written anywhere."""
    executions: tuple[Execution, ...]
    granted: bool | None
    """Whether the customer's wish to cancel was granted; None: they have not asked."""


class Sight(NamedTuple):
    """What a moment looks like to whoever does not know the executions."""

    facts: str
    one_has_succeeded: bool
    granted: bool | None


class _Answer(NamedTuple):
    facts: str
    outcome: str
    loads: int


@dataclass
class Interleavings:
    """All that can become of a play when its order is driven by several executions at once."""

    play: ScenarioRun
    executions: int = 2
    cancels: bool = False
    """Whether the customer asks, at some time, for the order to be cancelled."""

    ways: dict[Moment, int] = field(default_factory=dict)
    """Each moment that can come, and in how many ways things can go on from it."""
    _tables: dict[str, dict[str, Any]] = field(default_factory=dict)
    _answers: dict[tuple[str, str, int], _Answer] = field(default_factory=dict)
    _wishes: dict[str, tuple[str, bool]] = field(default_factory=dict)

    def count(self) -> int:
        """Search; answers how many interleavings there are."""
        begun = (Execution(routing().begins),) * self.executions
        return self._count(Moment(self._noted(), begun, None))

    def sights(self) -> Iterator[Sight]:
        """Whatever can be seen from outside at any of the moments, with the tables as they are then."""
        for sight in {_sight(moment) for moment in self.ways}:
            self._bring_back(sight.facts)
            yield sight

    def ends(self) -> set[str]:
        """The ends of the state machine at which an execution has arrived in any of them."""
        states = {each.state for moment in self.ways for each in moment.executions}
        return {state for state in states if not routing().tasks(state)}

    def _count(self, moment: Moment) -> int:
        if moment not in self.ways:
            # No moment comes twice in one path: every step brings its execution further, or loads anew,
            # and that is bounded.
            self.ways[moment] = sum(map(self._count, self._next(moment))) or 1
        return self.ways[moment]

    def _next(self, moment: Moment) -> Iterator[Moment]:
        for place, execution in enumerate(moment.executions):
            for task in routing().tasks(execution.state):
                if task not in dict(execution.done):
                    yield self._after(moment, place, task)
        if self.cancels and moment.granted is None:
            facts, granted = self._wish(moment.facts)
            yield moment._replace(facts=facts, granted=granted)

    def _after(self, moment: Moment, place: int, task: str) -> Moment:
        """What a task of one of the executions leads to."""
        execution = moment.executions[place]
        answer = self._answer(moment.facts, task, execution.loads)
        done = (*execution.done, (task, answer.outcome))
        if len(done) < len(routing().tasks(execution.state)):
            moved = execution._replace(done=tuple(sorted(done)))
        else:
            moved = Execution(routing().after(execution.state, dict(done)), answer.loads)
        others = moment.executions[:place] + moment.executions[place + 1 :]
        return moment._replace(facts=answer.facts, executions=tuple(sorted((*others, moved))))

    def _answer(self, facts: str, task: str, loads: int) -> _Answer:
        """What a task does to these facts. A step knows nothing else."""
        if (facts, task, loads) not in self._answers:
            self._bring_back(facts)
            handler = synthesised_state_machine().handlers[task]
            said = invoke(f"saga.{handler}", {"orderId": self.play.order_id, "loads": loads})
            self._answers[facts, task, loads] = _Answer(self._noted(), said["outcome"], said["loads"])
        return self._answers[facts, task, loads]

    def _wish(self, facts: str) -> tuple[str, bool]:
        if facts not in self._wishes:
            self._bring_back(facts)
            self.play.cancel()
            self._wishes[facts] = self._noted(), self.play.cancellations.pop()
        return self._wishes[facts]

    def _noted(self) -> str:
        """The facts as they are, to be brought back."""
        world = self.play.world
        said = [_timeless(item) for item in (*world.items(), *world.pages())]
        facts = json.dumps(said, sort_keys=True, default=str)
        tables = dynamodb_backends[ACCOUNT][REGION].tables
        self._tables.setdefault(facts, {name: table.items for name, table in tables.items()})
        return facts

    def _bring_back(self, facts: str) -> None:
        # moto changes items in place: it is given a copy.
        for name, table in dynamodb_backends[ACCOUNT][REGION].tables.items():
            table.items = deepcopy(self._tables[facts][name])


def _sight(moment: Moment) -> Sight:
    succeeded = any(each.state == ENDED for each in moment.executions)
    return Sight(moment.facts, succeeded, moment.granted)


def _timeless(fact: Any) -> Any:
    if isinstance(fact, Mapping):
        return {name: _timeless(each) for name, each in fact.items() if name not in _TIMES}
    return [_timeless(each) for each in fact] if isinstance(fact, list) else fact
