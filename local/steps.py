"""Progress: one line for each step with its time, and failures that say why and what to do next."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from local.visible import visible

_TAIL_LINES = 15
_LIVE_SECONDS = 1.0
_PLAIN_SECONDS = 20.0
_print_lock = threading.Lock()


class StepFailed(Exception):
    """A step that cannot go on.

    ``why`` says what happened, ``remedy`` what the reader can do about it, ``log`` where more is written.
    """

    def __init__(self, why: str, remedy: str, log: Path | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.remedy = remedy
        self.log = log
        self.step: str | None = None

    def __str__(self) -> str:
        """All there is to say: the step, the reason, the log's last lines, the way out."""
        lines = [f"✗ {self.step or 'stopped'}", f"  why: {self.why}"]
        if self.log is not None and self.log.is_file():
            read = self.log.read_text(encoding="utf-8", errors="replace")
            lines += [f"  | {line}" for line in read.rstrip().splitlines()[-_TAIL_LINES:]]
            lines.append(f"  log: {self.log}")
        lines.append(f"  do:  {self.remedy}")
        return "\n".join(lines)


class Step:
    """A step under way; ``note`` is shown beside its name when it ends."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.note = ""
        self.started = time.monotonic()

    @property
    def seconds(self) -> float:
        """How long it has been under way."""
        return time.monotonic() - self.started


class _Alive:
    """Shows that the steps under way are alive.

    On a terminal that is one line, renewed every second and wiped away before anything else is printed;
    anywhere else a plain line every twenty seconds.
    """

    def __init__(self) -> None:
        self._steps: list[Step] = []
        self._thread: threading.Thread | None = None
        self._drawn = False

    def add(self, step: Step) -> None:
        with _print_lock:
            self._steps.append(step)
            if self._thread is None:
                self._thread = threading.Thread(target=self._show, daemon=True)
                self._thread.start()

    def remove(self, step: Step) -> None:
        with _print_lock:
            self.wipe()
            self._steps.remove(step)

    def wipe(self) -> None:
        """Take the line away; whoever calls holds the lock."""
        if self._drawn:
            print("\r\x1b[K", end="", flush=True)
            self._drawn = False

    def _show(self) -> None:
        # The reader may have had enough; whoever prints next is told.
        with suppress(OSError):
            self._show_while_under_way()

    def _show_while_under_way(self) -> None:
        spoke = time.monotonic()
        while True:
            time.sleep(_LIVE_SECONDS)
            with _print_lock:
                if not self._steps:
                    self._thread = None
                    return
                if _is_terminal():
                    self._draw()
                elif time.monotonic() - max(spoke, self._steps[-1].started) >= _PLAIN_SECONDS:
                    spoke = time.monotonic()
                    print(self._line(), flush=True)

    def _draw(self) -> None:
        width = shutil.get_terminal_size().columns - 1
        print(f"\r\x1b[K{self._line()[:width]}", end="", flush=True)
        self._drawn = True

    def _line(self) -> str:
        names = ", ".join(step.name for step in self._steps)
        return f"  … {names}: {max(step.seconds for step in self._steps):.0f} s"


_alive = _Alive()


def say(line: str = "") -> None:
    """Print one line at once, whole even when several threads speak; the terminal obeys nothing in it."""
    with _print_lock:
        _alive.wipe()
        print(visible(line), flush=True)


def detail(line: str) -> None:
    """Print a line that belongs to the step under way."""
    say(f"    {line}")


@contextmanager
def step(name: str) -> Iterator[Step]:
    """Run the block as the step ``name`` and print how it went and the seconds it took.

    A failure carries the step's name.
    """
    under_way = Step(name)
    _alive.add(under_way)
    try:
        yield under_way
    except StepFailed as failure:
        failure.step = failure.step or name
        raise
    finally:
        _alive.remove(under_way)
    say(f"  ✓ {name:<22} {under_way.note:<52} {under_way.seconds:6.1f} s")


def report(failure: StepFailed) -> None:
    """Print a failure to standard error."""
    with _print_lock:
        _alive.wipe()
        sys.stdout.flush()
        text = "\n".join(map(visible, str(failure).split("\n")))
        print(textwrap.indent(text, "  "), file=sys.stderr, flush=True)


def _is_terminal() -> bool:
    return sys.stdout.isatty() and os.environ.get("TERM") not in (None, "dumb") and "CI" not in os.environ
