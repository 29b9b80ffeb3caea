"""Background processes that outlive the command which started them, and are recognised again.

A process id alone proves nothing: after a while the system gives it to somebody else. So the moment the
process started is kept beside it, and only a process that has both is ours to end.

The record may be lost: a file is torn, or a command is interrupted before it has written one. So what we
start also carries a mark on its command line, by which it is found (``marked``).
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from local.steps import StepFailed

HOST = "127.0.0.1"
_POLL = 0.05
# A program that was ended a moment ago holds its port until the last of its threads has gone.
_PORT_SECONDS = 3.0
# Kept so that a process this one started can be reaped by it, too.
_children: dict[int, subprocess.Popen[bytes]] = {}


@dataclass(frozen=True)
class Process:
    """A process of ours: its id, which is also its group's, and when it started."""

    pid: int
    started: str

    def is_alive(self) -> bool:
        """True while this very process runs, not another that was given its id."""
        return started_at(self.pid) == self.started


def started_at(pid: int) -> str | None:
    """When process ``pid`` started, in the system's own terms; None when it does not run."""
    if pid in _children:
        _children[pid].poll()
    if Path("/proc/self/stat").exists():
        try:
            # The name in parentheses may hold anything; fields are counted after it (man 5 proc).
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return None
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        state, ticks = fields[0], fields[19]
        return None if state in "ZX" else f"{boot}/{ticks}"
    ps = shutil.which("ps") or "/bin/ps"
    said = subprocess.run(
        [ps, "-o", "stat=,lstart=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
        # Ctrl-C is for us: without its answer we would take the process for dead.
        start_new_session=True,
    ).stdout.split(maxsplit=1)
    return None if len(said) < 2 or said[0].startswith("Z") else said[1].strip()


def start(command: Sequence[str], *, env: Mapping[str, str], cwd: Path, log: Path) -> Process:
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
    return Process(child.pid, started_at(child.pid) or "ended at once")


def end(process: Process) -> bool:
    """End ``process`` and whatever it left in its group, at once; False when it did not run any more.

    What we start keeps nothing that is worth an orderly end, and the engine takes seconds for one.
    """
    if not process.is_alive():
        return False
    # Nobody may be left in the group, or (macOS refuses then) nobody but the dead.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    while process.is_alive():
        time.sleep(_POLL)
    return True


def mark(home: Path, role: str) -> list[str]:
    """Options of Python that change nothing, and by which ``marked`` finds a process of ``home`` again."""
    return ["-X", _mark(home, role)]


def marked(home: Path, role: str) -> list[Process]:
    """The processes of this user that were started with ``mark`` of the same home and role."""
    wanted = _mark(home, role)
    found = [Process(pid, started_at(pid) or "") for pid, command in commands() if wanted in command]
    return [process for process in found if process.started]


def end_marked(home: Path, role: str) -> int:
    """End every process that ``marked`` finds; how many there were."""
    return sum(end(process) for process in marked(home, role))


def commands() -> Iterator[tuple[int, str]]:
    """Every process of this user: its id and its command line."""
    if Path("/proc/self/cmdline").exists():
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit():
                # It may end at any moment.
                with suppress(OSError):
                    if folder.stat().st_uid == os.getuid():
                        words = (folder / "cmdline").read_bytes()
                        yield int(folder.name), words.decode(errors="replace").replace("\0", " ")
        return
    ps = shutil.which("ps") or "/bin/ps"
    said = subprocess.run(
        [ps, "-xww", "-o", "pid=,args="], capture_output=True, check=False, start_new_session=True
    ).stdout
    for line in said.decode(errors="replace").splitlines():
        pid, _, command = line.strip().partition(" ")
        yield int(pid), command


def _mark(home: Path, role: str) -> str:
    # Its end is marked as well: one home may lie in another.
    return f"orders-{role}={quote(str(home))}:"


def wait_until(ready: Callable[[], bool], process: Process, *, name: str, log: Path, seconds: float) -> None:
    """Poll ``ready`` until it holds.

    Raises StepFailed when the process ends before, or after ``seconds``.
    """
    deadline = time.monotonic() + seconds
    while not ready():
        if not process.is_alive():
            raise StepFailed(f"the {name} ended as soon as it was started", "read its log", log)
        if time.monotonic() > deadline:
            raise StepFailed(f"the {name} did not answer within {seconds:.0f} s", "read its log", log)
        time.sleep(_POLL)


def free_port() -> int:
    """A port of 127.0.0.1 nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


def require_free(port: int, *, name: str, variable: str) -> None:
    """Raise StepFailed, naming the port and the variable that moves it, when somebody listens there."""
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
