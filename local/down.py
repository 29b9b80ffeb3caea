"""Ends the processes of a local run; its logs and its key are kept.

Needs `psutil` and no other package, so that it works on the engine's Python as well.
"""

from __future__ import annotations

from collections.abc import Iterator

from console.processes import end, end_marked
from console.workspace import ENGINE, ISSUER, JANITOR, WEB, Workspace
from local.removal import remove_in_background

_NAMES = {ENGINE: "the engine", ISSUER: "the token issuer", WEB: "the web application"}


def down(workspace: Workspace) -> list[str]:
    """End the processes of ``workspace`` and delete its deployment; returns a description of each process."""
    ended = []
    if workspace.root.is_dir():
        with workspace.locked():
            state = workspace.load()
            services = {ENGINE: state.engine, ISSUER: state.issuer, WEB: state.web}
            for role, service in services.items():
                if service is not None and end(service.process):
                    ended.append(f"{_NAMES[role]} on port {service.port} (process {service.process.pid})")
            # Processes that the state does not name: it may be damaged, or a command was interrupted.
            ended += [
                f"{_NAMES[role]}, which was not recorded"
                for role in services
                if end_marked(workspace.root, role)
            ]
            end_marked(workspace.root, JANITOR)
            for folder in (workspace.scratch, workspace.assembly, workspace.cdk_home):
                remove_in_background(folder)
            for file in (workspace.outputs, workspace.web, workspace.state_file):
                file.unlink(missing_ok=True)
    return ended


def lines_of_down(workspace: Workspace) -> Iterator[str]:
    """End the local run, and yield a line for each ended process."""
    ended = down(workspace)
    yield from (f"stopped {each}" for each in ended)
    if not ended:
        yield "nothing was running"
