"""Runs programs, writes their output to a log, and ends all of them together.

Each program runs in a session of its own. So Ctrl-C reaches only this process, which then ends all of them
with their children. No program can ask a question on the terminal.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

_running: set[subprocess.Popen[bytes]] = set()


def run(
    command: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    log: Path,
    listen: Callable[[str], None] = lambda line: None,
) -> int:
    """Run ``command`` and append its output to ``log``; returns the exit status.

    ``listen`` is called with each line of the output. The status of a command that cannot be started is 127,
    as in a shell.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        output.write(f"$ {' '.join(command)}\n".encode())
        try:
            started = subprocess.Popen(
                command,
                cwd=cwd,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            output.write(f"{error}\n".encode())
            return 127
        _running.add(started)
        try:
            with started:
                for line in started.stdout or ():
                    output.write(line)
                    output.flush()
                    listen(line.decode(errors="replace"))
        finally:
            _running.discard(started)
    return started.returncode


def end_all() -> None:
    """Kill every running program with its children."""
    for each in list(_running):
        # The id of a program that has ended may belong to another process by now.
        if each.returncode is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(each.pid, signal.SIGKILL)
