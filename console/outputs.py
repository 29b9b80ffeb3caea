"""Writes and reads `outputs.json`: the outputs of all stacks in one flat object, for shells and tests."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from console import files
from console.processes import is_alive
from console.progress import StepFailed
from console.workspace import Workspace

_API_ID = re.compile(r"^(https?|wss?)://(?P<id>[a-z0-9]+)\.execute-api\.[^/]+(?P<stage>/\w+)?")
# The prefix of the outputs that CDK adds when one stack uses a resource of another.
_CROSS_STACK_PREFIX = "ExportsOutput"
# A file without these was not written completely.
_REQUIRED = {"ApiUrl", "Endpoint"}


def flatten(stacks: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Returns every named output of every stack in one object, sorted by name.

    Raises ValueError when two stacks give the same name different values.
    """
    flat: dict[str, str] = {}
    for stack in stacks.values():
        for name, value in stack.items():
            if name.startswith(_CROSS_STACK_PREFIX):
                continue
            if flat.setdefault(name, value) != value:
                raise ValueError(f"two stacks have an output {name}: {flat[name]!r} and {value!r}")
    return dict(sorted(flat.items()))


def reachable(api_url: str, endpoint: str) -> str:
    """Returns ``api_url`` as a path of the engine, which needs neither name resolution nor a header.

    Raises ValueError when it is not the address of an API.
    """
    host = _API_ID.match(api_url)
    if host is None:
        raise ValueError(f"not the address of an API: {api_url!r}")
    return f"{endpoint}/_aws/execute-api/{host['id']}{host['stage'] or '/$default'}"


def write(
    workspace: Workspace, stacks: Mapping[str, Mapping[str, str]], *, endpoint: str, region: str
) -> None:
    """Write ``outputs.json``: the stacks' outputs, the reachable ``ApiUrl``, the engine's URL and region."""
    flat = flatten(stacks) | {"Endpoint": endpoint, "Region": region}
    flat["ApiUrl"] = reachable(flat["ApiUrl"], endpoint)
    if "WebSocketUrl" in flat:
        flat["WebSocketUrl"] = reachable(flat["WebSocketUrl"], endpoint).replace("http", "ws", 1)
    files.write_json(workspace.outputs, dict(sorted(flat.items())))


def read(workspace: Workspace) -> dict[str, str]:
    """Returns the outputs of the current deployment. Raises StepFailed when there is none."""
    outputs = _read(workspace)
    if outputs is None:
        raise StepFailed("nothing is deployed here", "run `make up` first")
    return {name: str(value) for name, value in outputs.items()}


def of_running_engine(workspace: Workspace) -> dict[str, str]:
    """Returns the outputs of the deployment while its engine runs. Raises StepFailed when it does not."""
    engine = workspace.load().engine
    if engine is None or not is_alive(engine.process):
        raise StepFailed("the local engine is not running", "run `make up` first")
    return read(workspace)


def exist(workspace: Workspace) -> bool:
    """Whether there are outputs that can be read."""
    return _read(workspace) is not None


def _read(workspace: Workspace) -> dict[str, Any] | None:
    outputs = files.read_object(workspace.outputs)
    return outputs if outputs is not None and outputs.keys() >= _REQUIRED else None
