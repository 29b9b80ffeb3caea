"""Hotswaps: puts saved code into functions that are deployed, without a synthesis or a deployment.

CloudFormation knows nothing of a hotswap. So the state of the local run records which function runs which
code, and `make up` brings hotswapped functions back to the sources that it deploys.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from console.engine_aws import EngineConnection
from console.workspace import RunState, Workspace
from local.deployed_functions import LIVE, DeployedFunction
from local.source_code import Code, Invalid, SourceCode

if TYPE_CHECKING:
    from types_boto3_lambda import LambdaClient

_LAYER = "orders-local-hotswap"
_AT_ONCE = 4


@dataclass(frozen=True)
class Update:
    """A function that runs other code than what is saved."""

    function: DeployedFunction
    running: Code
    wanted: Code

    @property
    def handler(self) -> bool:
        """Whether its own file is another one."""
        return self.wanted.handler != self.running.handler

    @property
    def shared(self) -> bool:
        """Whether the shared package is another one."""
        return self.wanted.shared != self.running.shared


@dataclass(frozen=True)
class Plan:
    """What a save changes."""

    updates: list[Update] = field(default_factory=list)
    invalid: list[Invalid] = field(default_factory=list)
    """Files that cannot be compiled. The functions with such a file keep the code that they run."""


def plan(functions: Iterable[DeployedFunction], running: Mapping[str, Code], source: SourceCode) -> Plan:
    """Returns which functions have to be updated so that they run ``source``.

    ``running`` has the code of the functions that were hotswapped, by their names; the others run what was
    deployed. A function whose file is missing is left alone.
    """
    planned = Plan()
    shared_is_invalid: bool | None = None
    for function in functions:
        if function.source not in source.handlers:
            continue
        now = running.get(function.name, function.deployed)
        saved = source.code_of(function.source)
        handler, shared = saved.handler, saved.shared if function.shared_layer is not None else now.shared
        if handler != now.handler and (invalid := source.invalid_handler(function.source)):
            planned.invalid.append(invalid)
            handler = now.handler
        if shared != now.shared:
            if shared_is_invalid is None:
                invalid = source.invalid_shared()
                shared_is_invalid = invalid is not None
                planned.invalid.extend([invalid] if invalid else [])
            shared = now.shared if shared_is_invalid else shared
        if (wanted := Code(handler, shared)) != now:
            planned.updates.append(Update(function, now, wanted))
    return planned


def hotswap(
    workspace: Workspace,
    state: RunState,
    updates: Sequence[Update],
    source: SourceCode,
    client: LambdaClient,
) -> None:
    """Make the functions of ``updates`` run ``source``, and record it. The caller holds the workspace's lock.

    An interrupted hotswap is recorded as unknown code, which is replaced next time.
    """
    if not updates:
        return
    state.hotswapped |= {each.function.name: ("", "") for each in updates}
    workspace.save(state)
    layer = _publish_shared(client, source) if any(each.shared for each in updates) else None
    try:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            jobs = {each: pool.submit(_update, client, each, source, layer) for each in updates}
        for update, job in jobs.items():
            if job.exception() is None:
                _record(state, update)
        for job in jobs.values():
            job.result()
    finally:
        workspace.save(state)


def delete_superseded(client: LambdaClient, function: DeployedFunction) -> None:
    """Delete the versions of a function that hotswaps have replaced, with their warm workers.

    The engine serves nothing else until a worker has ended, which takes up to two seconds. The newest version
    but one is kept, because it may still run an invocation. CloudFormation deletes its own version itself.
    """
    pages = client.get_paginator("list_versions_by_function").paginate(FunctionName=function.name)
    published = sorted(
        int(each["Version"]) for page in pages for each in page["Versions"] if each["Version"].isdigit()
    )
    for version in published[:-2]:
        if str(version) != function.version:
            client.delete_function(FunctionName=function.name, Qualifier=str(version))


def running_code(state: RunState) -> dict[str, Code]:
    """Returns the code of the functions that were hotswapped, by their names."""
    return {name: Code(*digests) for name, digests in state.hotswapped.items()}


def lambda_client(aws: EngineConnection) -> LambdaClient:
    """Returns a client that does not wait for an engine that has ended."""
    config = Config(read_timeout=30, retries={"total_max_attempts": 1, "mode": "standard"})
    client: LambdaClient = boto3.client("lambda", **aws, config=config)
    return client


def _record(state: RunState, update: Update) -> None:
    if update.wanted == update.function.deployed:
        del state.hotswapped[update.function.name]
    else:
        state.hotswapped[update.function.name] = (update.wanted.handler, update.wanted.shared)


def _publish_shared(client: LambdaClient, source: SourceCode) -> str:
    published = client.publish_layer_version(
        LayerName=_LAYER, Content={"ZipFile": source.archive_of_shared()}, CompatibleRuntimes=["python3.13"]
    )
    return published["LayerVersionArn"]


def _update(client: LambdaClient, update: Update, source: SourceCode, layer: str | None) -> None:
    """Publish a version of a function, and let its alias name it.

    The engine accepts an update, and publishes it, while the one before is still "in progress".
    """
    name = update.function.name
    if update.handler:
        client.update_function_code(FunctionName=name, ZipFile=source.archive_of(update.function.source))
    if update.shared and layer and update.function.shared_layer is not None:
        attached = [each["Arn"] for each in client.get_function_configuration(FunctionName=name)["Layers"]]
        attached[update.function.shared_layer] = layer
        client.update_function_configuration(FunctionName=name, Layers=attached)
    version = client.publish_version(FunctionName=name)["Version"]
    client.update_alias(FunctionName=name, Name=LIVE, FunctionVersion=version)
