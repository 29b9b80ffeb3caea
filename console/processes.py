"""Background processes that run longer than the command that started them.

A process id alone does not identify a process, because the system reuses ids. So the start time is recorded
too, and a process is ended only if both match.

The record may be lost: its file may be damaged, or a command may be interrupted before it writes one. So the
command line of each process also contains a mark, by which ``marked`` finds it.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import psutil

from console.progress import StepFailed
from console.workspace import HOST, ProcessRecord

_POLL = 0.05
# The system frees a port only when the last thread of an ended program is gone.
_PORT_SECONDS = 3.0
# The processes that this one started: each must be polled, or it remains a zombie after its end.
_children: dict[int, subprocess.Popen[bytes]] = {}


def is_alive(process: ProcessRecord) -> bool:
    """Whether this process runs. Another process that has got the same id since does not count."""
    return started_at(process.pid) == process.started


def started_at(pid: int) -> str | None:
    """Returns when process ``pid`` started, in seconds, as text to compare; None if it does not run."""
    if pid in _children:
        _children[pid].poll()
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        started = process.create_time()
    except psutil.NoSuchProcess:
        return None
    # On Linux psutil adds the time of the boot, which changes whenever the clock is set.
    return f"{started - psutil.boot_time() if psutil.LINUX else started:.2f}"


def start(command: Sequence[str], *, env: Mapping[str, str], cwd: Path, log: Path) -> ProcessRecord:
    """Start ``command`` in a process group of its own, its output appended to ``log``."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        child = subprocess.Popen(
            command,
            env=env,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _children[child.pid] = child
    return ProcessRecord(child.pid, started_at(child.pid) or "ended at once")


def end(process: ProcessRecord) -> bool:
    """Kill ``process`` and its process group; returns False if it was not running any more.

    Nothing that we start needs an orderly shutdown, and the engine takes seconds for one.
    """
    if not is_alive(process):
        return False
    # The group may be empty by now, or (macOS refuses then) hold zombies only.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    while is_alive(process):
        time.sleep(_POLL)
    return True


def mark(root: Path, role: str) -> list[str]:
    """Returns the mark as options of Python that change nothing; ``marked`` finds a process by it."""
    return ["-X", _mark(root, role)]


def marked(root: Path, role: str) -> list[ProcessRecord]:
    """Returns the processes of this user that were started with ``mark`` of the same workspace and role."""
    wanted = _mark(root, role)
    found = [ProcessRecord(pid, started_at(pid) or "") for pid, command in commands() if wanted in command]
    return [process for process in found if process.started]


def end_marked(root: Path, role: str) -> int:
    """Kill every process that ``marked`` finds; returns how many there were."""
    return sum(end(process) for process in marked(root, role))


def commands() -> Iterator[tuple[int, str]]:
    """Yields every process of this user: its id and its command line."""
    for process in psutil.process_iter():
        # A process may end at any moment, and some systems hide the processes of other users.
        with suppress(psutil.Error):
            if process.uids().real == os.getuid():
                yield process.pid, " ".join(process.cmdline())


def _mark(root: Path, role: str) -> str:
    # The colon ends the path, because another workspace's path may begin with this one.
    return f"orders-{role}={quote(str(root))}:"


def wait_until(
    ready: Callable[[], bool], process: ProcessRecord, *, name: str, log: Path, seconds: float
) -> None:
    """Poll ``ready`` until it returns true.

    Raises StepFailed if the process ends first, or if ``ready`` is not true after ``seconds``.
    """
    deadline = time.monotonic() + seconds
    while not ready():
        if not is_alive(process):
            raise StepFailed(f"the {name} ended as soon as it was started", "read its log", log)
        if time.monotonic() > deadline:
            raise StepFailed(f"the {name} did not answer within {seconds:.0f} s", "read its log", log)
        time.sleep(_POLL)


def free_port() -> int:
    """Returns a port of 127.0.0.1 on which nothing listens now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


def require_free(port: int, *, name: str, variable: str) -> None:
    """Raises StepFailed if a program listens on the port; it names the variable that changes the port."""
    deadline = time.monotonic() + _PORT_SECONDS
    while _is_taken(port):
        if time.monotonic() > deadline:
            raise StepFailed(
                f"port {port} of {HOST}, which the {name} needs, is in use by another program",
                f"end that program, or choose another port: make up {variable}={port + 10}",
            )
        time.sleep(_POLL)


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0
