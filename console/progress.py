"""Progress: one line for each step with its time, and failures with their cause and what to do next.

Standard library only, because `make setup` runs before any package is installed. If `rich` is installed and
standard output is a terminal, the running steps are shown live (`console.live`).
"""

from __future__ import annotations

import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

from console.terminal import is_terminal, visible

# How many of the last lines of a log a failure shows.
_TAIL_LINES = 15
# How often `PlainDisplay` prints the running steps.
_PLAIN_SECONDS = 20.0
_print_lock = threading.RLock()


class StepFailed(Exception):
    """A step failed: ``why`` is the cause, ``remedy`` what the user can do, ``log`` a file with details."""

    def __init__(self, why: str, remedy: str, log: Path | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.remedy = remedy
        self.log = log
        self.step: str | None = None

    def __str__(self) -> str:
        """Returns the whole message: the step, the reason, the end of the log, the remedy."""
        lines = [f"✗ {self.step or 'stopped'}", f"  why: {self.why}"]
        if self.log is not None and self.log.is_file():
            read = self.log.read_text(encoding="utf-8", errors="replace")
            lines += [f"  | {line}" for line in read.rstrip().splitlines()[-_TAIL_LINES:]]
            lines.append(f"  log: {self.log}")
        lines.append(f"  do:  {self.remedy}")
        return "\n".join(lines)


class RunningStep:
    """A running step: ``doing`` is what it does at the moment, ``note`` is shown when it has ended."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.doing = ""
        self.note = ""
        self.started = time.monotonic()

    @property
    def seconds(self) -> float:
        """The seconds since it started."""
        return time.monotonic() - self.started

    def __str__(self) -> str:
        """Returns its name, its seconds so far, and what it does: `Deployment: 12 s  saga 3/40`."""
        return f"{self.name}: {self.seconds:.0f} s{f'  {visible(self.doing)}' if self.doing else ''}"


class Display(Protocol):
    """Shows the running steps, and prints other lines."""

    def add(self, step: RunningStep) -> None:
        """Show one more step; the caller holds the print lock, here and below."""
        ...

    def remove(self, step: RunningStep) -> None:
        """Stop showing a step."""
        ...

    def print(self, line: str) -> None:
        """Print a line that is safe to print."""
        ...


class PlainDisplay:
    """For pipes, logs and a Python without `rich`: a plain line every twenty seconds."""

    def __init__(self) -> None:
        self._steps: list[RunningStep] = []
        self._thread: threading.Thread | None = None
        self._changed = threading.Condition(_print_lock)

    def add(self, step: RunningStep) -> None:
        """Show one more step."""
        self._steps.append(step)
        self._changed.notify_all()
        if self._thread is None:
            self._thread = threading.Thread(target=self._report, daemon=True)
            self._thread.start()

    def remove(self, step: RunningStep) -> None:
        """Stop showing a step."""
        self._steps.remove(step)
        self._changed.notify_all()

    def print(self, line: str) -> None:
        """Print a line at once."""
        print(line, flush=True)

    def _report(self) -> None:
        # If the reader has closed the pipe, this thread ends; the next print of the command raises the error.
        with suppress(OSError), self._changed:
            while self._steps:
                if not self._changed.wait(_PLAIN_SECONDS):
                    self.print("  … " + ", ".join(map(str, self._steps)))
            self._thread = None


_display: Display | None = None


def _current_display() -> Display:
    """Returns the display for standard output as it is now: a test may have replaced it."""
    global _display
    wants_live = is_terminal() and find_spec("rich") is not None
    if _display is None or wants_live == isinstance(_display, PlainDisplay):
        if wants_live:
            from console.live import LiveDisplay

            _display = LiveDisplay()
        else:
            _display = PlainDisplay()
    return _display


def say(line: str = "") -> None:
    """Print one line; other threads do not print into it. Control characters are shown as escapes."""
    with _print_lock:
        _current_display().print(visible(line))


def detail(line: str) -> None:
    """Print an indented line, which belongs to the running step."""
    say(f"    {line}")


@contextmanager
def step(name: str) -> Iterator[RunningStep]:
    """Run the block as the step ``name``, then print its note and its duration.

    A StepFailed that is raised in the block gets the step's name.
    """
    running = RunningStep(name)
    with _print_lock:
        display = _current_display()
        display.add(running)
    try:
        yield running
    except StepFailed as failure:
        failure.step = failure.step or name
        raise
    finally:
        with _print_lock:
            display.remove(running)
    say(f"  ✓ {name:<22} {running.note:<52} {running.seconds:6.1f} s")


def report(failure: StepFailed) -> None:
    """Print a failure to standard error."""
    print_error(textwrap.indent(str(failure), "  "))


def print_error(text: str) -> None:
    """Print lines to standard error; control characters in them are shown as escapes."""
    with _print_lock:
        sys.stdout.flush()
        safe = "\n".join(map(visible, text.split("\n")))
        print(safe, file=sys.stderr, flush=True)
