"""Several executions of one order at once, or several functions, one call at a time, in a repeatable order.

    interleaved(saga, order_id, Random(7).choice)
    interleaved(saga, order_id, in_turn(), at=before_any_step)
    taken_in_turn(calls, (deliver, deliver), pick)
    for _ in every_order(play): ...                             `play` gets a pick, another one each time

Each of them stops before each of its moments, and `pick` says which of those that have not ended goes
on. No two of them ever run beside each other.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import count
from typing import TypeVar

from tests.support.calls import Calls
from tests.support.injection_points import Moment, When, Where
from tests.support.machine import Execution, Saga

T = TypeVar("T")
Pick = Callable[[Sequence[int]], int]

_games = count(1)

# Who waits longer than this for their turn has been forgotten.
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


def every_order(play: Callable[[Pick], T]) -> Iterator[T]:
    """What comes of a play in each order in which its players can take turns, whatever that leads to.

    The play has to go the same way whenever it is given the same picks.
    """
    picks: list[int] = []
    while True:
        lots = _Lots(picks)
        yield play(lots.pick)
        picks = lots.next()
        if not picks:
            return


class _Lots:
    """Picks that are foretold, then always the first; and what could have been picked instead."""

    def __init__(self, foretold: Sequence[int]) -> None:
        self._foretold = foretold
        self._picked: list[tuple[int, int]] = []
        """(which of how many)"""

    def pick(self, alive: Sequence[int]) -> int:
        turn = len(self._picked)
        place = self._foretold[turn] if turn < len(self._foretold) else 0
        self._picked.append((place, len(alive)))
        return alive[place]

    def next(self) -> list[int]:
        """The picks of another play, that none was given yet; none, if there is no other."""
        while self._picked:
            place, many = self._picked.pop()
            if place + 1 < many:
                return [*(place for place, _ in self._picked), place + 1]
        return []


def interleaved(
    saga: Saga, order_id: str, pick: Pick, *, at: Where = before_any_call, executions: int = 2
) -> list[Execution]:
    """Run executions of one order in turns; answers them in the order of their start."""
    game = next(_games)
    players = [
        partial(saga.drive_as, f"{player}-of-game-{game}-{order_id}", order_id)
        for player in range(executions)
    ]
    return taken_in_turn(saga.recorder, players, pick, at=at)


def taken_in_turn(
    calls: Calls, players: Sequence[Callable[[], T]], pick: Pick, *, at: Where = before_any_call
) -> list[T]:
    """Let each player play, in turns; answers what each has come to. Raises what one of them raises."""
    turns = _Turns(range(len(players)), pick)
    ended: dict[int, T] = {}
    failures: list[BaseException] = []
    here = threading.local()

    def run(player: int) -> None:
        here.player = player
        try:
            turns.await_own(player)
            ended[player] = players[player]()
        except BaseException as failure:
            failures.append(failure)
        finally:
            turns.leave(player)

    def hand_over(moment: Moment) -> None:
        if at(moment):
            turns.hand_over(here.player)

    threads = [threading.Thread(target=run, args=(player,), daemon=True) for player in range(len(players))]
    with calls.gated(hand_over):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    if failures:
        raise failures[0]
    return [ended[player] for player in range(len(players))]


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
            raise TimeoutError(f"player {player} never had its turn")
