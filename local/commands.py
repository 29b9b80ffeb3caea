"""Programs that we start and wait for, each with its output in a log, and all of them ended together.

Each runs in a session of its own. So Ctrl-C reaches this process alone, which then ends every one of them
with its children; and none can ask a question that nobody would see.
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
    """Run ``command`` to its end, its output added to ``log``; the exit status.

    ``listen`` hears each line of the output. The status of a command that cannot be started is 127, as a
    shell has it.
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
    """End every program that is under way, with its children."""
    for each in list(_running):
        # The id of one that was waited for may be somebody else's by now.
        if each.returncode is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(each.pid, signal.SIGKILL)
