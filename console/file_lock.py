"""A lock file: held by one process at a time, and released at the latest when that process ends."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from console.progress import say, step


@contextmanager
def held(file: Path, *, to: str) -> Iterator[None]:
    """Hold the lock ``file`` for the block. If another process holds it, print a line and wait.

    ``to`` says what for, in the line: "install packages".
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"  another command is running in {file.parent} to {to}: this one waits until it is done")
            with step("Waiting") as progress:
                fcntl.flock(lock, fcntl.LOCK_EX)
                progress.note = "the other command is done"
        yield
