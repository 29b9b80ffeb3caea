"""The functions of the local stage as they were deployed: their names, their sources, their layers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import boto3

from console.engine_aws import EngineConnection
from console.workspace import Workspace
from local import deploy
from local.source_code import Code, deployed_handler, deployed_shared

LIVE = "live"
"""The alias that callers of a function use, as in `stacks/function.py`."""

_FUNCTION, _VERSION = "AWS::Lambda::Function", "AWS::Lambda::Version"
# `lambdas/api/place_order.py, local`: how the app describes the function of a file.
_DESCRIPTION = re.compile(r"(?P<source>lambdas/\S+\.py), ")


@dataclass(frozen=True)
class DeployedFunction:
    """A function of one file."""

    name: str
    """Its name in the engine."""
    source: PurePosixPath
    """Its file in the project: `lambdas/api/place_order.py`."""
    log_group: str
    shared_layer: int | None
    """The position of the shared package among its layers; None for a function without it."""
    deployed: Code
    """What `make up` has deployed."""
    version: str
    """The version that `make up` has published. CloudFormation owns it, and deletes it itself."""

    @property
    def label(self) -> str:
        """How it is called in messages: `place_order`."""
        return self.source.stem


@dataclass(frozen=True)
class Described:
    """A function of a template, by the ids of the template."""

    logical_id: str
    source: PurePosixPath
    log_group: str
    shared_layer: int | None
    deployed: Code


def deployed_functions(workspace: Workspace, aws: EngineConnection) -> list[DeployedFunction]:
    """Returns all functions of the stage, by the templates and assets of the last `make up`."""
    cloudformation = boto3.client("cloudformation", **aws)
    found = []
    for stack, template in deploy.templates(workspace):
        described = list(functions_of(template, workspace.assembly))
        if not described:
            continue
        resources = cloudformation.describe_stack_resources(StackName=stack)["StackResources"]
        physical = {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in resources}
        versions = versions_of(template, physical)
        found += [
            DeployedFunction(
                name=physical[each.logical_id],
                source=each.source,
                log_group=physical[each.log_group],
                shared_layer=each.shared_layer,
                deployed=each.deployed,
                version=versions[each.logical_id],
            )
            for each in described
        ]
    return sorted(found, key=lambda each: each.source)


def functions_of(template: dict[str, Any], assembly: Path) -> Iterator[Described]:
    """Yields the functions of a template that have a file in `lambdas`; their assets are in ``assembly``."""
    resources: dict[str, dict[str, Any]] = template["Resources"]
    layers = {
        logical_id: deployed_shared(_asset(resource, assembly))
        for logical_id, resource in resources.items()
        if resource["Type"] == "AWS::Lambda::LayerVersion"
    }
    for logical_id, resource in resources.items():
        if resource["Type"] != _FUNCTION:
            continue
        properties = resource["Properties"]
        described = _DESCRIPTION.match(properties.get("Description", ""))
        if described is None:
            continue
        source = PurePosixPath(described["source"])
        attached = [layers[each["Ref"]] for each in properties.get("Layers", [])]
        shared = next((position for position, digest in enumerate(attached) if digest), None)
        yield Described(
            logical_id,
            source,
            log_group=properties["LoggingConfig"]["LogGroup"]["Ref"],
            shared_layer=shared,
            deployed=Code(
                deployed_handler(_asset(resource, assembly), source.name),
                attached[shared] if shared is not None else "",
            ),
        )


def versions_of(template: dict[str, Any], physical: dict[str, str]) -> dict[str, str]:
    """Returns the number of the published version of each function, by the function's logical id."""
    return {
        # arn:aws:lambda:<region>:<account>:function:<name>:<version>
        resource["Properties"]["FunctionName"]["Ref"]: physical[logical_id].rpartition(":")[2]
        for logical_id, resource in template["Resources"].items()
        if resource["Type"] == _VERSION
    }


def _asset(resource: dict[str, Any], assembly: Path) -> Path:
    properties = resource["Properties"]
    key: str = properties.get("Code", properties.get("Content"))["S3Key"]
    return assembly / f"asset.{key.removesuffix('.zip')}"
