"""Waiting for what the app does in its own time: a look every moment, and as long as something moves.

How long anything takes depends on what else the machine does. So a wait ends in failure not when it has
lasted long, but when nothing has moved for long: no order, no record, no line of a log.
"""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

# Every saga takes well under a second when its functions are warm. Cold, all at once, on a machine that
# is busy with something else, it takes a minute; a message that failed once comes back after 15 s.
DEADLINE = 240.0
# Even what moves must come to its end.
_LONGEST = 10
_PAUSE = 0.1

Progress = Callable[[], object]
"""Something that compares unequal to what it was when anything has moved meanwhile."""

_watched: list[Progress] = []


def watch(progress: Progress) -> None:
    """From now on, wait longer while this changes."""
    _watched.append(progress)


def until(what: str, look: Callable[[], T], *, within: float = DEADLINE) -> T:
    """Look again and again until there is something to see, and answer it.

    Fails when for `within` seconds there was nothing to see and nothing has moved, saying `what` was
    waited for.
    """
    return _look(what, look, bool, within)


def until_none(what: str, look: Callable[[], T], *, within: float = DEADLINE) -> None:
    """Look again and again until there is nothing to see any more; fails as `until` does."""
    _look(f"no more {what}", look, lambda seen: not seen, within)


def _look(what: str, look: Callable[[], T], enough: Callable[[T], bool], within: float) -> T:
    patience = Patience(within)
    while not enough(seen := look()):
        if not patience.lasts():
            raise AssertionError(
                f"waited {patience.waited:.0f} s for {what}, and nothing moved any more;"
                f" the last look saw {seen!r}"
            )
        time.sleep(_PAUSE)
    return seen


class Patience:
    """How long to wait: `within` seconds, and as long again whenever something has moved in the second half
    of them."""

    def __init__(self, within: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._within, self._clock = within, clock
        self._begun = self._since = clock()
        self._seen: list[object] | None = None

    @property
    def waited(self) -> float:
        """For how many seconds."""
        return self._clock() - self._begun

    def lasts(self) -> bool:
        """Whether to go on waiting."""
        waited = self._clock() - self._since
        if self._seen is None and waited > self._within / 2:
            self._seen = _moves()
        if waited <= self._within:
            return True
        if self._seen == _moves() or self.waited > _LONGEST * self._within:
            return False
        self._since, self._seen = self._clock(), None
        return True


def _moves() -> list[object]:
    return [_moved(progress) for progress in _watched]


def _moved(progress: Progress) -> object:
    try:
        return progress()
    except Exception:
        # An instance that was taken down moves no more.
        return None
