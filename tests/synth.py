"""The app as it is synthesised: templates, assets and findings, from `tests.support.synthesis_cache`.

This module imports CDK only when a synthesis is not in the cache: the tests of the saga need the state
machine, and importing CDK takes longer than most of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.support import quick, synthesis_cache
from tests.support.environment import ACCOUNT, REGION

if TYPE_CHECKING:
    from stacks.settings import Settings

PROJECT = Path(__file__).resolve().parent.parent
LOCAL_ISSUER = "http://127.0.0.1:4567"
FUNCTION_ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:"

Json = dict[str, Any]


class Resource(NamedTuple):
    """A resource of a template."""

    stack: str
    id: str
    type: str
    properties: Json
    body: Json
    """All of it: the properties, what it depends on, what becomes of it."""


@dataclass(frozen=True)
class Synthesised:
    """One stage's cloud assembly."""

    of: Callable[[], Settings]
    templates: dict[str, Json]
    """stack (`data`, `saga`, …) → template."""
    stacks: dict[str, Json]
    """stack → its properties in the manifest."""
    assets: dict[str, list[str]]
    """hash of an asset → the files in it."""
    findings: list[str]
    """What cdk-nag found."""
    environments: set[str]
    """Where its stacks are deployed: `aws://<account>/<region>`."""
    order: list[str]
    """The stacks, each after those that it needs: as `cdk deploy` goes about it."""

    @property
    def settings(self) -> Settings:
        """What it was made with. Settings are CDK's, so they are made when they are asked for."""
        return self.of()

    def resources(self, *types: str, of: str | None = None) -> list[Resource]:
        """Every resource of these types (all, if none is named), of every stack, or of the stack `of`."""
        return [
            Resource(stack, id, resource["Type"], resource.get("Properties", {}), resource)
            for stack, template in self.templates.items()
            if of in (None, stack)
            for id, resource in template["Resources"].items()
            if not types or resource["Type"] in types
        ]

    def one(self, type: str, stack: str | None = None) -> Resource:
        """The only resource of its type, in `stack` if one is named."""
        (found,) = self.resources(type, of=stack)
        return found

    def functions(self) -> list[Resource]:
        """Every function of ours: all but the library's, which empties buckets before they are deleted."""
        return [
            r for r in self.resources("AWS::Lambda::Function") if r.properties["Handler"] != "index.handler"
        ]

    def function(self, handler: str) -> Resource:
        """The function that runs `handler`, the name of its module."""
        (found,) = (
            r
            for r in self.resources("AWS::Lambda::Function")
            if r.properties["Handler"] == f"{handler}.handler"
        )
        return found

    def calls_live(self, stack: str, value: Any) -> str | None:
        """The handler that a value of a template calls by the alias `live`; None if it calls none."""
        text = json.dumps(value)
        if read := re.search(r'"StackName": "orders-[a-z]+-(\w+)".*?"OutputName": "(\w+)"', text):
            return self.calls_live(read[1], self.templates[read[1]]["Outputs"][read[2]]["Value"])
        resources = self.templates[stack]["Resources"]
        for id in re.findall(r'"Ref": "(\w+)"', text):
            alias = resources.get(id)
            if alias and alias["Type"] == "AWS::Lambda::Alias" and alias["Properties"]["Name"] == "live":
                function = resources[alias["Properties"]["FunctionName"]["Ref"]]
                return str(function["Properties"]["Handler"]).removesuffix(".handler")
        return None

    def outputs(self) -> dict[str, Any]:
        """Every output but the exports CDK makes between stacks."""
        return {
            name: output["Value"]
            for template in self.templates.values()
            for name, output in template.get("Outputs", {}).items()
            if "Export" not in output
        }


class StateMachine(NamedTuple):
    """The saga's definition as deployed. Each alias is the ARN of a function with its handler's name."""

    definition: Json
    handlers: dict[str, str]
    """state → module in lambdas/saga."""


@cache
def synthesised(stage: str) -> Synthesised:
    """The app of `stage`, with examples where its owner has not said yet what it needs."""

    def settings() -> Settings:
        from tests.synthesis import settings_of

        return settings_of(stage)

    if stage != "dev":
        quick.skip_in_a_quick_run(f"stage {stage}")
    # Under the stage's name too: to make its settings takes CDK.
    entry = synthesis_cache.cached(f"stage {stage}", lambda: _as_json(_synthesised_with(settings())))
    return _from_json(entry, settings)


def with_every_function() -> Synthesised:
    """Stage dev, with every function that a setting may add. Only for roles, policies and variables."""

    def settings() -> Settings:
        from tests.synthesis import settings_with_every_function

        return settings_with_every_function()

    def make() -> Json:
        from tests.synthesis import synthesise

        return _as_json(synthesise(settings(), checks=False))

    return _from_json(synthesis_cache.cached("every function", make, policies_only=True), settings)


def synthesised_with(
    settings: Settings, *, checks: bool = True, layers_digest: str | None = None
) -> Synthesised:
    """The app with these settings; `checks` and `layers_digest` as in `tests.synthesis.synthesise`.

    What cdk-nag has judged already serves those who do not ask for it as well.
    """
    quick.skip_in_a_quick_run("settings of its own")
    return _synthesised_with(settings, checks=checks, layers_digest=layers_digest)


def _synthesised_with(
    settings: Settings, *, checks: bool = True, layers_digest: str | None = None
) -> Synthesised:
    def make() -> Json:
        from tests.synthesis import synthesise

        return _as_json(synthesise(settings, checks=checks, layers_digest=layers_digest))

    name = f"{settings!r} layers={layers_digest}"
    if checks or not synthesis_cache.is_cached(name):
        name += "" if checks else " without checks"
    return _from_json(synthesis_cache.cached(name, make), lambda: settings)


def _as_json(app: Synthesised) -> Json:
    return {
        "templates": app.templates,
        "stacks": app.stacks,
        "assets": app.assets,
        "findings": app.findings,
        "environments": sorted(app.environments),
        "order": app.order,
    }


def _from_json(entry: Json, settings: Callable[[], Settings]) -> Synthesised:
    return Synthesised(**entry | {"environments": set(entry["environments"])}, of=settings)


def synthesised_state_machine(stage: str = "dev") -> StateMachine:
    """The state machine of `stage`, ready to be executed."""
    saga = synthesised(stage)
    definition = json.loads(_resolved(saga.one("AWS::StepFunctions::StateMachine").properties, saga))
    return StateMachine(
        definition,
        {
            name: state["Parameters"]["FunctionName"].removeprefix(FUNCTION_ARN)
            for name, state in states(definition)
            if state["Type"] == "Task"
        },
    )


def _resolved(machine: Json, saga: Synthesised) -> str:
    """The definition's text; only the partition and the ARNs of aliases are not part of it."""
    _, parts = machine["DefinitionString"]["Fn::Join"]
    return "".join(_resolved_part(part, saga) for part in parts)


def _resolved_part(part: Any, saga: Synthesised) -> str:
    match part:
        case str():
            return part
        case {"Ref": "AWS::Partition"}:
            return "aws"
        case {"Ref": _} if handler := saga.calls_live("saga", part):
            return FUNCTION_ARN + handler
    raise ValueError(f"the definition refers to {part}")


def states(definition: Json) -> Iterator[tuple[str, Json]]:
    """Every state of a definition, those in the branches of a Parallel as well, with its name."""
    for name, state in definition["States"].items():
        yield name, state
        for branch in state.get("Branches", ()):
            yield from states(branch)
