"""The processes in which the engine runs functions."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress

from console.processes import is_alive
from console.workspace import Workspace
from local.deployed_functions import DeployedFunction


def kill_workers(workspace: Workspace, function: DeployedFunction) -> int:
    """Kill every process that runs this function, as SIGKILL does; returns how many there were."""
    killed = 0
    for pid in _workers(workspace, function.name):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            killed += 1
    return killed


def _workers(workspace: Workspace, name: str) -> Iterator[int]:
    """Yields the engine's children whose script is in a folder that is named after the function."""
    engine = workspace.load().engine
    if engine is None or not is_alive(engine.process):
        return
    listed = subprocess.run(
        ["ps", "-A", "-ww", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True
    ).stdout
    for line in listed.splitlines():
        pid, parent, command = line.split(maxsplit=2)
        if int(parent) == engine.process.pid and f"/ministack-lambda-{name}-" in command:
            yield int(pid)
