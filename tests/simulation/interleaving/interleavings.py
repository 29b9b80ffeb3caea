"""All interleavings of any number of executions of one order, and of other functions, call by call.

Two executions interact only through the tables. So it is sufficient to know, for each state of the tables,
where an execution may be paused there. Whatever one of them does, all others that may be paused in the state
before may also be paused in the state after. This includes everything that can happen, and some cases that
cannot. So it covers any number of executions: they may alternate in any order, pause while others run to the
end, die at any call and be followed by others, repeat a step, or be late. A property of every state that is
found holds for all of them.

Flanagan and Qadeer, "Thread-Modular Model Checking" (SPIN 2003). The model (`tests.simulation.model`) is
searched in the same way. Here the code itself is run, by `call_stepper`.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterator
from datetime import UTC, datetime, tzinfo
from functools import partial
from typing import Any, NamedTuple, TypeAlias

from ordering.providers.faults import GatewayFault
from tests.simulation.harness.scenario_run import ScenarioRun
from tests.simulation.interleaving.call_stepper import CallStepper, Raised, Responses, Returned, Tables
from tests.simulation.model.routing import handlers, routing
from tests.support import invariants
from tests.support.clock import MovableClock
from tests.support.injection_points import Step
from tests.support.world import invoke

ENDED = "Ended"

# An execution that loads the order more often than this ends as "Order keeps moving".
_MOST_LOADS = 6

Act = Callable[[ScenarioRun], Any]


class Branch(NamedTuple):
    """A step of an execution, or one branch of a Parallel."""

    task: str
    responses: Responses = ()
    outcome: str | None = None
    """None: it has not ended."""


class Paused(NamedTuple):
    """Where an execution is paused."""

    state: str
    loads: int
    branches: tuple[Branch, ...]
    """Empty if the state machine has ended, in `state`."""


class Request(NamedTuple):
    """Where the concurrent action is paused, or its result."""

    act: str
    responses: Responses = ()
    ended: bool = False
    result: Any = None


Position: TypeAlias = Paused | Request


class Origin(NamedTuple):
    """How a state was first reached."""

    before: str | None
    """The previous state; None for the initial state of the scenario."""
    move: str


class StandingClock(MovableClock):
    """A clock that does not move, because no function depends on the time between its calls."""

    def __init__(self, present: datetime | None = None) -> None:
        super().__init__()
        self.present = present or datetime.now(UTC)

    def read(self, zone: tzinfo | None = None) -> datetime:
        """Always returns the same time."""
        return self.present.astimezone(zone)


class Interleavings:
    """Every state that a scenario's order can reach. `acts`: what others may do at any time, any number of
    times."""

    def __init__(self, run: ScenarioRun, *acts: Act) -> None:
        self._play = run
        self.order_id = run.order_id
        self._tables = Tables(run.world)
        self._stepper = CallStepper(run.saga.recorder, self._tables, dict(self._tasks(acts)))
        self.paused: defaultdict[str, set[Position]] = defaultdict(set)
        """For each state of the tables, what may be paused there."""
        self.failures: dict[tuple[str, str], str] = {}
        """(task, error) of each step that raised, and the state in which it did."""
        self._origins: dict[str, Origin] = {}
        self._next: defaultdict[str, set[str]] = defaultdict(set)
        self._todo: deque[tuple[str, Position]] = deque()
        with StandingClock().ticking():
            self._search([Request(act.__name__) for act in acts])

    def states(self) -> Iterator[str]:
        """Yields every state that can be reached, with the tables in that state."""
        for state in tuple(self.paused):
            self._tables.restore(state)
            yield state

    def ends(self, state: str) -> set[str]:
        """Returns the ends of the state machine at which an execution may have arrived."""
        return {each.state for each in self.paused[state] if isinstance(each, Paused) and not each.branches}

    def results(self, state: str, act: Act) -> set[Any]:
        """Returns what an act may have resulted in; empty if it cannot have finished yet."""
        requests = (each for each in self.paused[state] if isinstance(each, Request) and each.ended)
        return {each.result for each in requests if each.act == act.__name__}

    def violations(self) -> list[str]:
        """Returns the violations in all states, as sentences, each with the moves that lead to it.

        A step that raises is a violation: only a provider's fault may make a step fail.
        """
        found = [
            f"4: {task} raises {error}, after {' / '.join(self.moves_to(state))}"
            for (task, error), state in self.failures.items()
        ]
        for state in self.states():
            broken = invariants.violations(self._play.world, ended=ENDED in self.ends(state))
            found += [f"{each}, after {' / '.join(self.moves_to(state))}" for each in broken]
        return found

    def moves_to(self, state: str) -> list[str]:
        """Returns the moves that lead to a state, without those that change nothing."""
        moves: list[str] = []
        origin = self._origins[state]
        while origin.before is not None:
            moves.insert(0, origin.move)
            origin = self._origins[origin.before]
        return moves

    def paused_before(self) -> set[tuple[str, tuple[str, ...]]]:
        """Returns each step's state with the targets of its calls, up to one before which it is paused."""
        return {
            (task[0], targets) for task, targets in self._stepper.paused_before() if isinstance(task, tuple)
        }

    @property
    def pairs(self) -> int:
        """The number of explored pairs (state, position)."""
        return sum(map(len, self.paused.values()))

    def _tasks(self, acts: tuple[Act, ...]) -> Iterator[tuple[Hashable, Callable[[], Any]]]:
        for state in handlers():
            # Only the first step reads how often the order was loaded.
            for loads in range(_MOST_LOADS + 1) if state == routing().begins else (0,):
                yield (state, loads), partial(self._step, state, loads)
        for act in acts:
            yield act.__name__, partial(self._act, act)

    def _step(self, state: str, loads: int) -> Any:
        with self._play.saga.recorder.within(Step("any", state, 1, 1)):
            event = {"orderId": self._play.order_id, "loads": loads}
            return invoke(f"saga.{handlers()[state]}", event)

    def _act(self, act: Act) -> Any:
        with self._play.saga.recorder.within(Step("others", act.__name__, 1, 1)):
            return act(self._play)

    # -- the search --------------------------------------------------------------------------------

    def _search(self, requests: list[Request]) -> None:
        begins = self._tables.note()
        self._origins[begins] = Origin(None, "")
        self._arrive(begins, {_enter(routing().begins, 0), *requests})
        while self._todo:
            state, position = self._todo.popleft()
            for after, then, description in self._moves(state, position):
                self._origins.setdefault(after, Origin(state, description))
                self._lead(state, after)
                self._arrive(after, {then})

    def _arrive(self, state: str, positions: set[Position]) -> None:
        """An execution may be paused at these positions in a state, and so in every state that follows."""
        new = positions - self.paused[state]
        if new:
            self.paused[state] |= new
            self._todo.extend((state, position) for position in new)
            for after in tuple(self._next[state]):
                self._arrive(after, new)

    def _lead(self, state: str, after: str) -> None:
        if after != state and after not in self._next[state]:
            self._next[state].add(after)
            self._arrive(after, set(self.paused[state]))

    def _moves(self, state: str, position: Position) -> Iterator[tuple[str, Position, str]]:
        if isinstance(position, Paused):
            for place, branch in enumerate(position.branches):
                if branch.outcome is None:
                    yield from self._moves_of_a_branch(state, position, place)
        elif not position.ended:
            move = self._stepper.next(state, position.act, position.responses)
            match move.then:
                case Raised(error):
                    self.failures.setdefault((position.act, repr(error)), state)
                case Returned(value):
                    yield move.state, position._replace(ended=True, result=value, responses=()), position.act
                case responses:
                    yield move.state, position._replace(responses=responses), f"{position.act}: {move.target}"

    def _moves_of_a_branch(
        self, state: str, paused: Paused, place: int
    ) -> Iterator[tuple[str, Position, str]]:
        branch, loads = paused.branches[place], paused.loads
        begins = branch.task == routing().begins
        move = self._stepper.next(state, (branch.task, loads if begins else 0), branch.responses)
        match move.then:
            case Raised(error):
                if not isinstance(error, GatewayFault):
                    self.failures.setdefault((branch.task, repr(error)), state)
                    return
                # The state machine retries the step, and skips it after the last attempt.
                branch = Branch(branch.task)
                caught = routing().catch_target(paused.state)
                if caught:
                    yield move.state, _enter(caught, loads), f"{branch.task} is skipped"
            case Returned(value):
                branch = Branch(branch.task, outcome=value["outcome"])
                loads = value["loads"] if begins else loads
            case responses:
                branch = branch._replace(responses=responses)
        branches = (*paused.branches[:place], branch, *paused.branches[place + 1 :])
        outcomes = {each.task: each.outcome for each in branches if each.outcome is not None}
        then = Paused(paused.state, loads, branches)
        if len(outcomes) == len(branches):
            then = _enter(routing().after(paused.state, outcomes), loads)
        yield move.state, then, f"{branch.task}: {move.target}"


def _enter(state: str, loads: int) -> Paused:
    return Paused(state, loads, tuple(Branch(task) for task in routing().tasks(state)))
