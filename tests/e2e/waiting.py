"""Polls for asynchronous effects, as long as there is progress.

How long anything takes depends on the load of the machine. So a wait fails only after a long time without
progress, in which no order, no record and no log has changed.
"""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

# In seconds. A saga takes less than one second with warm functions, and a minute with cold functions on a
# busy machine. A message that failed once is redelivered after 15 s.
DEADLINE = 240.0
# Even with progress, no wait takes longer than this many times its deadline.
_MAX_FACTOR = 10
_POLL_SECONDS = 0.1

Progress = Callable[[], object]
"""Returns a value that differs from the one before if there was progress in between."""

_watched: list[Progress] = []


def watch(progress: Progress) -> None:
    """Count changes of this value as progress, in every wait from now on."""
    _watched.append(progress)


def until(what: str, look: Callable[[], T], *, within: float = DEADLINE) -> T:
    """Call `look` until it returns something true; returns that.

    Raises AssertionError with `what` was waited for, if there was no progress for `within` seconds.
    """
    return _poll(what, look, bool, within)


def until_none(what: str, look: Callable[[], T], *, within: float = DEADLINE) -> None:
    """Call `look` until it returns something false; raises as `until` does."""
    _poll(f"no more {what}", look, lambda seen: not seen, within)


def _poll(what: str, look: Callable[[], T], enough: Callable[[T], bool], within: float) -> T:
    timer = StallTimer(within)
    while not enough(seen := look()):
        if not timer.keep_waiting():
            raise AssertionError(
                f"waited {timer.waited:.0f} s for {what}, without progress at the end; last seen: {seen!r}"
            )
        time.sleep(_POLL_SECONDS)
    return seen


class StallTimer:
    """Allows a wait of `within` seconds, and again as long if there was progress in their second half."""

    def __init__(self, within: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._within, self._clock = within, clock
        self._begun = self._since = clock()
        self._seen: list[object] | None = None

    @property
    def waited(self) -> float:
        """Seconds since the start."""
        return self._clock() - self._begun

    def keep_waiting(self) -> bool:
        """Whether the wait may continue."""
        waited = self._clock() - self._since
        if self._seen is None and waited > self._within / 2:
            self._seen = _snapshot()
        if waited <= self._within:
            return True
        if self._seen == _snapshot() or self.waited > _MAX_FACTOR * self._within:
            return False
        self._since, self._seen = self._clock(), None
        return True


def _snapshot() -> list[object]:
    return [_progress_or_none(progress) for progress in _watched]


def _progress_or_none(progress: Progress) -> object:
    try:
        return progress()
    except Exception:
        # The instance was removed: it makes no more progress.
        return None
