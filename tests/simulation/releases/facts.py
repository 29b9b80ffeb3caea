"""The parts of a release other than its code: state machine, rules, filters, variables, permissions.

The stacks of the previous release are synthesised by its own tests, in another process.
"""

from __future__ import annotations

import hashlib
import inspect
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from tests.releases.previous import previous_checkout
from tests.support.deployed import Wiring, wiring
from tests.synth import Synthesised, synthesised_state_machine, synthesised_with

if TYPE_CHECKING:
    from stacks.settings import Settings

Json = dict[str, Any]


def allowed_actions(app: Any) -> dict[str, tuple[str, ...]]:
    """Returns function → the actions that the policies of its role allow.

    It also runs in the previous release, on that release's own `Synthesised`.
    """
    allowed: dict[str, tuple[str, ...]] = {}
    for function in app.functions():
        role = function.properties["Role"]["Fn::GetAtt"][0]
        documents: list[Json] = []
        for each in app.resources("AWS::IAM::Role", "AWS::IAM::Policy"):
            if (each.stack, each.id) == (function.stack, role):
                documents += [policy["PolicyDocument"] for policy in each.properties.get("Policies", ())]
            elif each.stack == function.stack and {"Ref": role} in each.properties.get("Roles", ()):
                documents.append(each.properties["PolicyDocument"])
        actions: set[str] = set()
        for statement in (statement for document in documents for statement in document["Statement"]):
            named = statement["Action"]
            actions |= {named} if isinstance(named, str) else set(named)
        allowed[function.properties["Handler"].removesuffix(".handler")] = tuple(sorted(actions))
    return allowed


# Run in the checkout of a release, by its own modules.
_SCRIPT = """
from __future__ import annotations
import json, os, sys
from dataclasses import asdict
from tests.support.environment import set_environment
before = dict(os.environ)
set_environment()
from tests.support.deployed import wiring
from tests.synth import synthesised_state_machine, synthesised_with
Json = dict
ALLOWED_ACTIONS
apps = []
def synthesise(settings):
    apps.append(synthesised_with(settings))
    return apps[-1]
wired = asdict(wiring("dev", synthesise))
# The recorded release has these two queues, each in a field of its own.
for handler, field in (("drive_order", "orders"), ("notify_customer", "notifications")):
    if field in wired:
        wired.setdefault("queues", {})[handler] = {**wired.pop(field), "url_variable": ""}
json.dump({
    "definition": synthesised_state_machine().definition,
    "wiring": wired,
    "variables": {
        each.properties["Handler"].removesuffix(".handler"): sorted(
            each.properties.get("Environment", {}).get("Variables", {})
        )
        for each in apps[0].functions()
    },
    "actions": allowed_actions(apps[0]),
    "environment": {name: value for name, value in os.environ.items() if before.get(name) != value},
}, open(sys.argv[1], "w"))
""".replace("ALLOWED_ACTIONS", inspect.getsource(allowed_actions))


class Facts(msgspec.Struct, frozen=True):
    """The parts of a release's stacks that must be compatible between two releases."""

    definition: Json
    """The state machine."""
    wiring: Wiring
    variables: Mapping[str, tuple[str, ...]]
    """function → the names of its environment variables."""
    actions: Mapping[str, tuple[str, ...]]
    """function → the actions that its role allows."""
    environment: Mapping[str, str]
    """The environment variables that its tests set."""

    @property
    def words(self) -> set[str]:
        """Every value that a Choice of the state machine compares with."""
        return set(_words(self.definition))

    @property
    def called(self) -> set[str]:
        """The functions that the state machine calls."""
        return {arn.rpartition(":")[2] for arn in _values(self.definition, "FunctionName")}


def facts_of_this_project() -> Facts:
    """Returns the facts of the release that this project would become."""
    apps: list[Synthesised] = []

    def synthesise(settings: Settings) -> Synthesised:
        apps.append(synthesised_with(settings))
        return apps[-1]

    wired = wiring("dev", synthesise)
    variables, actions = _variables(apps[0]), allowed_actions(apps[0])
    return Facts(synthesised_state_machine().definition, wired, variables, actions, {})


def facts_of_the_previous_release() -> Facts:
    """Returns the facts of the recorded release; they take a quarter of a minute, once."""
    folder = previous_checkout()
    digest = hashlib.sha256(_SCRIPT.encode()).hexdigest()[:16]
    file = folder.with_name(f"{folder.name}-{digest}.json")
    if not file.exists():
        half = file.with_suffix(f".{os.getpid()}")
        _ask(folder, half)
        half.rename(file)
    return msgspec.json.decode(file.read_bytes(), type=Facts)


def _ask(folder: Path, result: Path) -> None:
    python = Path(sys.executable)
    search = os.pathsep.join(str(folder / each) for each in ("", "layers", "client"))
    environment = os.environ | {
        "PYTHONPATH": search,
        "PATH": os.pathsep.join((str(python.parent), os.environ["PATH"])),
    }
    asked = subprocess.run(
        [str(python), "-c", _SCRIPT, str(result)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if asked.returncode:
        raise AssertionError(
            f"The previous release in {folder} cannot be synthesised: {asked.stderr[-3000:]}"
        )


def _variables(app: Synthesised) -> dict[str, tuple[str, ...]]:
    return {
        each.properties["Handler"].removesuffix(".handler"): tuple(
            sorted(each.properties.get("Environment", {}).get("Variables", {}))
        )
        for each in app.functions()
    }


def _words(part: Any) -> list[str]:
    return [str(word) for word in _values(part, "StringEquals")]


def _values(part: Any, name: str) -> list[Any]:
    """Returns every value of the members of this name, at any depth."""
    match part:
        case dict():
            own = [part[name]] if name in part else []
            return own + [found for each in part.values() for found in _values(each, name)]
        case list():
            return [found for each in part for found in _values(each, name)]
    return []
