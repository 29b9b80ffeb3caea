"""Limits how often something is done: so many times a second at most."""

from __future__ import annotations

import time


class Pace:
    """Keeps a rate: call `keep` before each repetition."""

    def __init__(self, per_second: float) -> None:
        self._between = 1 / per_second
        self._next = 0.0

    def keep(self) -> None:
        """Wait until the next repetition is allowed."""
        wait = self._next - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        self._next = max(self._next, time.monotonic()) + self._between
