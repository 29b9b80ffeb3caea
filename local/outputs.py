"""What the stacks put out, as one flat object that a shell or a test can use at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from local import files
from local.home import Home
from local.steps import StepFailed

_API_ID = re.compile(r"^https?://(?P<id>[a-z0-9]+)\.execute-api\.")
# CDK's own, made when one stack uses what another one has.
_BETWEEN_STACKS = "ExportsOutput"
# Without these nothing can be reached: the file is not one that was written to its end.
_NEEDED = {"ApiUrl", "Endpoint"}


def flatten(stacks: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Every named output of every stack in one object, sorted by name.

    Raises ValueError when two stacks give the same name different values.
    """
    flat: dict[str, str] = {}
    for stack in stacks.values():
        for name, value in stack.items():
            if name.startswith(_BETWEEN_STACKS):
                continue
            if flat.setdefault(name, value) != value:
                raise ValueError(f"two stacks have an output {name}: {flat[name]!r} and {value!r}")
    return dict(sorted(flat.items()))


def reachable(api_url: str, endpoint: str) -> str:
    """``api_url`` in the form that needs neither name resolution nor a header: a path of the engine's.

    Raises ValueError when it is not the address of an HTTP API.
    """
    host = _API_ID.match(api_url)
    if host is None:
        raise ValueError(f"not the address of an HTTP API: {api_url!r}")
    return f"{endpoint}/_aws/execute-api/{host['id']}/$default"


def write(home: Home, stacks: Mapping[str, Mapping[str, str]], *, endpoint: str, region: str) -> None:
    """Write ``outputs.json``: the stacks' outputs, the reachable ``ApiUrl``, and where the engine is."""
    flat = flatten(stacks) | {"Endpoint": endpoint, "Region": region}
    flat["ApiUrl"] = reachable(flat["ApiUrl"], endpoint)
    files.write_json(home.outputs, dict(sorted(flat.items())))


def read(home: Home) -> dict[str, str]:
    """The outputs of the present deployment. Raises StepFailed when there is none."""
    outputs = _read(home)
    if outputs is None:
        raise StepFailed("nothing is deployed here", "run `make up` first")
    return {name: str(value) for name, value in outputs.items()}


def exist(home: Home) -> bool:
    """Whether there are outputs to be read."""
    return _read(home) is not None


def _read(home: Home) -> dict[str, Any] | None:
    outputs = files.read_object(home.outputs)
    return outputs if outputs is not None and outputs.keys() >= _NEEDED else None
