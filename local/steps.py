"""Progress: one line for each step with its time, and failures that say why and what to do next."""

from __future__ import annotations

import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.visible import visible

_TAIL_LINES = 15
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
            tail = self.log.read_text(errors="replace").rstrip().splitlines()[-_TAIL_LINES:]
            lines += [f"  | {line}" for line in tail]
            lines.append(f"  log: {self.log}")
        lines.append(f"  do:  {self.remedy}")
        return "\n".join(lines)


class Step:
    """A step under way; ``note`` is shown beside its name when it ends."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.note = ""


def say(line: str = "") -> None:
    """Print one line at once, whole even when several threads speak; the terminal obeys nothing in it."""
    with _print_lock:
        print(visible(line), flush=True)


def detail(line: str) -> None:
    """Print a line that belongs to the step under way."""
    say(f"    {line}")


@contextmanager
def step(name: str, *, quiet: bool = False) -> Iterator[Step]:
    """Run the block as the step ``name`` and print how it went and the seconds it took.

    ``quiet`` leaves the success line out; a failure always carries the step's name.
    """
    under_way = Step(name)
    started = time.monotonic()
    try:
        yield under_way
    except StepFailed as failure:
        failure.step = failure.step or name
        raise
    if not quiet:
        seconds = time.monotonic() - started
        say(f"  ✓ {name:<22} {under_way.note:<52} {seconds:6.1f} s")


def report(failure: StepFailed) -> None:
    """Print a failure to standard error."""
    with _print_lock:
        sys.stdout.flush()
        text = "\n".join(map(visible, str(failure).split("\n")))
        print(textwrap.indent(text, "  "), file=sys.stderr, flush=True)
