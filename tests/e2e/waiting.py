"""Waiting for what the app does in its own time: a look every moment, and a deadline."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

# Every saga takes well under a second when its functions are warm. Cold, all at once, on a machine that
# is busy with something else, it takes a minute; a message that failed once comes back after 15 s.
DEADLINE = 240.0
_PAUSE = 0.1


def until(what: str, look: Callable[[], T], *, within: float = DEADLINE) -> T:
    """Look again and again until there is something to see, and answer it.

    Fails after `within` seconds, saying `what` was waited for.
    """
    return _look(what, look, bool, within)


def until_none(what: str, look: Callable[[], T], *, within: float = DEADLINE) -> None:
    """Look again and again until there is nothing to see any more; fails as `until` does."""
    _look(f"no more {what}", look, lambda seen: not seen, within)


def _look(what: str, look: Callable[[], T], enough: Callable[[T], bool], within: float) -> T:
    deadline = time.monotonic() + within
    while not enough(seen := look()):
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {within:.0f} s for {what}; the last look saw {seen!r}")
        time.sleep(_PAUSE)
    return seen
