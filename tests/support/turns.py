"""Several executions of one order at once, one call at a time, in an order that can be repeated.

    interleaved(saga, order_id, Random(7).choice)
    interleaved(saga, order_id, in_turn(), at=before_any_step)

Each execution stops before each of its moments, and `pick` says which of those that have not ended goes
on. No two of them ever run beside each other.
"""

import threading
from collections.abc import Callable, Sequence
from itertools import count

from tests.support.machine import Execution, Saga
from tests.support.moments import Moment, When, Where

Pick = Callable[[Sequence[int]], int]

_games = count(1)

# An execution that waits longer than this for its turn has been forgotten.
PATIENCE_SECONDS = 30


def before_any_call(moment: Moment) -> bool:
    """Where every call, and so every order of effects, is somebody's turn."""
    return moment.when is When.BEFORE and moment.call is not None


def before_any_step(moment: Moment) -> bool:
    """Where steps are not divided."""
    return moment.when is When.BEFORE and moment.call is None


def in_turn() -> Pick:
    """One after the other, round and round."""
    turns = count()
    return lambda alive: alive[next(turns) % len(alive)]


def interleaved(
    saga: Saga, order_id: str, pick: Pick, *, at: Where = before_any_call, executions: int = 2
) -> list[Execution]:
    """Run executions of one order in turns; answers them in the order of their start."""
    turns, game = _Turns(range(executions), pick), next(_games)
    ended: dict[int, Execution] = {}
    failures: list[BaseException] = []

    def run(player: int) -> None:
        try:
            turns.await_own(player)
            ended[player] = saga.drive_as(f"{player}-of-game-{game}-{order_id}", order_id)
        except BaseException as failure:
            failures.append(failure)
        finally:
            turns.leave(player)

    def hand_over(moment: Moment) -> None:
        if at(moment):
            turns.hand_over(int(moment.step.execution.partition("-")[0]))

    players = [threading.Thread(target=run, args=(player,), daemon=True) for player in range(executions)]
    with saga.gated(hand_over):
        for thread in players:
            thread.start()
        for thread in players:
            thread.join()
    if failures:
        raise failures[0]
    return [ended[player] for player in range(executions)]


class _Turns:
    """Whose turn it is."""

    def __init__(self, players: Sequence[int], pick: Pick) -> None:
        self._alive = list(players)
        self._pick = pick
        self._changed = threading.Condition()
        self._current = pick(self._alive)

    def await_own(self, player: int) -> None:
        with self._changed:
            self._await(player)

    def hand_over(self, player: int) -> None:
        with self._changed:
            self._next()
            self._await(player)

    def leave(self, player: int) -> None:
        with self._changed:
            self._alive.remove(player)
            self._next()

    def _next(self) -> None:
        if self._alive:
            self._current = self._pick(self._alive)
        self._changed.notify_all()

    def _await(self, player: int) -> None:
        if not self._changed.wait_for(lambda: self._current == player, PATIENCE_SECONDS):
            raise TimeoutError(f"execution {player} never had its turn")
