"""A clock that a test moves, for the functions and for their clients."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from types import ModuleType, SimpleNamespace
from unittest.mock import patch

import ordering.domain.clock

_BEGINNING = datetime(2026, 11, 21, 12, tzinfo=UTC)


class MovableClock:
    """The time of the whole backend. A read moves it by a millisecond, so every change has its own time."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Set it to noon."""
        self.present = _BEGINNING
        self.while_asleep: Callable[[], None] | None = None
        """Called while a client waits before a retry."""

    def move(self, seconds: float) -> None:
        """Let time pass."""
        self.present += timedelta(seconds=seconds)

    def monotonic(self) -> float:
        """Returns the seconds since the beginning."""
        return (self.present - _BEGINNING).total_seconds()

    def after(self, seconds: float) -> float:
        """Returns the value of `monotonic` after some seconds."""
        return (self.present + timedelta(seconds=seconds) - _BEGINNING).total_seconds()

    def sleep(self, seconds: float, /) -> None:
        """Let a client wait: move the clock, and then call `while_asleep`."""
        self.move(seconds)
        if self.while_asleep:
            self.while_asleep()

    def read(self, zone: tzinfo | None = None) -> datetime:
        """Returns the time to a function that reads the clock."""
        self.move(0.001)
        return self.present.astimezone(zone)

    @contextmanager
    def ticking(self, module: ModuleType = ordering.domain.clock) -> Iterator[None]:
        """Let `ordering.domain.clock`, or `module`, another copy of it, read this clock in the block."""
        read = self.read

        class Moved(datetime):
            """A datetime class whose `now` reads this clock."""

            @classmethod
            def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
                return read(tz)

        nanoseconds = SimpleNamespace(time_ns=lambda: int(read(UTC).timestamp() * 1_000_000_000))
        with ExitStack() as patches:
            patches.enter_context(patch.object(module, "datetime", Moved))
            patches.enter_context(patch.object(module, "time", nanoseconds))
            yield
