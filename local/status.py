"""What runs, where, and what is deployed."""

from __future__ import annotations

from collections.abc import Iterator

from console import outputs
from console.processes import is_alive
from console.workspace import Workspace


def lines_of_status(workspace: Workspace) -> Iterator[str]:
    """Yields one line for each fact. Raises StepFailed when the outputs cannot be read."""
    state = workspace.load()
    for name, service in (("engine", state.engine), ("issuer", state.issuer), ("web", state.web)):
        if service is None:
            yield f"{name}: not started"
        elif is_alive(service.process):
            yield f"{name}: runs at {service.url} (process {service.process.pid})"
        else:
            yield f"{name}: has ended; `make up` starts it again"
    if state.engine is not None and is_alive(state.engine.process) and state.deployed:
        yield f"deployed; outputs in {workspace.outputs}"
        if state.hotswapped:
            yield f"  {len(state.hotswapped)} functions run code that `make watch` has updated since"
        for output, value in outputs.read(workspace).items():
            yield f"  {output:<32} {value}"
    else:
        yield "nothing is deployed; `make up` deploys the app"
