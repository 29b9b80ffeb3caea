"""The app as it is synthesised, once per process and stage, in memory: templates, assets and findings."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any, NamedTuple

from aws_cdk import App

from stacks import nag
from stacks.layers import Layer, Layers
from stacks.protection import with_examples
from stacks.settings import Settings, settings_for
from stacks.stage import OrdersStage
from tests.support.environment import ACCOUNT, REGION

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

    settings: Settings
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

    def resources(self, *types: str) -> list[Resource]:
        """Every resource of these types (all, if none is named), of every stack."""
        return [
            Resource(stack, id, resource["Type"], resource.get("Properties", {}), resource)
            for stack, template in self.templates.items()
            for id, resource in template["Resources"].items()
            if not types or resource["Type"] in types
        ]

    def one(self, type: str, stack: str | None = None) -> Resource:
        """The only resource of its type, in `stack` if one is named."""
        (found,) = (r for r in self.resources(type) if stack in (None, r.stack))
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

    def outputs(self) -> dict[str, Any]:
        """Every output but the exports CDK makes between stacks."""
        return {
            name: output["Value"]
            for template in self.templates.values()
            for name, output in template.get("Outputs", {}).items()
            if "Export" not in output
        }


class StateMachine(NamedTuple):
    """The saga's definition as deployed, each function's ARN ending in the name of its handler's module."""

    definition: Json
    handlers: dict[str, str]
    """state → module in lambdas/saga."""


@cache
def synthesised(stage: str) -> Synthesised:
    """The app of `stage`, with examples where its owner has not said yet what it needs."""
    return synthesised_with(with_examples(settings_for(stage, LOCAL_ISSUER if stage == "local" else None)))


def synthesised_with(
    settings: Settings, *, checks: bool = True, layers_digest: str | None = None
) -> Synthesised:
    """The app with these settings, on layers that are the sources themselves: nothing is installed or built.

    Without `checks`, cdk-nag does not judge it, which takes half of the time. With a `layers_digest`, the
    layers are those of other contents. CDK's own validation of the templates is left to `cdk synth`; it takes
    longer than all the rest.
    """
    context = json.loads((PROJECT / "cdk.json").read_text())["context"]
    with tempfile.TemporaryDirectory() as directory, tempfile.TemporaryDirectory() as copied:
        # Without this the app would fail on a finding here, and the tests could not say which.
        report_only = {"@aws-cdk/core:failSynthOnValidationErrors": False}
        app = App(
            outdir=directory,
            context=context,
            post_cli_context=report_only,
            builtin_cloud_formation_validation=False,
            analytics_reporting=False,
        )
        # Without the byte code that running the tests leaves there: it would change the assets meanwhile.
        sources = shutil.copytree(
            PROJECT / "layers", Path(copied, "layers"), ignore=shutil.ignore_patterns("__pycache__")
        )
        layers = Layers(
            dependencies=Layer(sources / "dependencies", layers_digest),
            ordering=Layer(sources / "ordering", layers_digest),
            authoriser=Layer(sources / "authoriser", layers_digest),
            viewer=Layer(PROJECT / "docs" / "problems"),
        )
        OrdersStage(app, settings, layers=layers)
        if checks:
            nag.add_checks(app)
        findings = nag.findings(app.synth())
        nested = Path(directory, f"assembly-orders-{settings.stage}")
        stacks = {
            artifact["properties"]["stackName"].rpartition("-")[2]: artifact["properties"]
            for artifact in json.loads((nested / "manifest.json").read_text())["artifacts"].values()
            if artifact["type"] == "aws:cloudformation:stack"
        }
        return Synthesised(
            settings=settings,
            templates={
                name: json.loads((nested / stack["templateFile"]).read_text())
                for name, stack in stacks.items()
            },
            stacks=stacks,
            assets=dict(_assets(nested)),
            findings=findings,
            environments={
                artifact["environment"]
                for artifact in json.loads((nested / "manifest.json").read_text())["artifacts"].values()
                if artifact["type"] == "aws:cloudformation:stack"
            },
            order=_order(json.loads((nested / "manifest.json").read_text())["artifacts"]),
        )


def _order(artifacts: Json) -> list[str]:
    """The stacks of a manifest by what they depend on, and by name where they do not."""
    stacks = {
        id: artifact for id, artifact in artifacts.items() if artifact["type"] == "aws:cloudformation:stack"
    }
    needs = {id: [each for each in a.get("dependencies", ()) if each in stacks] for id, a in stacks.items()}
    return [
        stacks[id]["properties"]["stackName"].rpartition("-")[2]
        for id in TopologicalSorter({id: sorted(needs[id]) for id in sorted(needs)}).static_order()
    ]


def _assets(assembly: Path) -> Iterator[tuple[str, list[str]]]:
    for manifest in assembly.glob("*.assets.json"):
        for hash, asset in json.loads(manifest.read_text())["files"].items():
            directory = assembly / asset["source"]["path"]
            yield hash, sorted(str(p.relative_to(directory)) for p in directory.rglob("*") if p.is_file())


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
    """The definition's text; only a function's ARN and the partition stand outside it."""
    _, parts = machine["DefinitionString"]["Fn::Join"]
    return "".join(_resolved_part(part, saga) for part in parts)


def _resolved_part(part: Any, saga: Synthesised) -> str:
    match part:
        case str():
            return part
        case {"Ref": "AWS::Partition"}:
            return "aws"
        case {"Fn::GetAtt": [id, "Arn"]}:
            handler: str = saga.templates["saga"]["Resources"][id]["Properties"]["Handler"]
            return FUNCTION_ARN + handler.removesuffix(".handler")
    raise ValueError(f"the definition refers to {part}")


def states(definition: Json) -> Iterator[tuple[str, Json]]:
    """Every state of a definition, those in the branches of a Parallel as well, with its name."""
    for name, state in definition["States"].items():
        yield name, state
        for branch in state.get("Branches", ()):
            yield from states(branch)
