"""Leads a function's calls of DynamoDB through the proxy, and back.

The environment of a version cannot be changed, so a second version with the address of the proxy is published
once, and the alias `live` is moved. Moving it back finds the first version's workers still warm. What is led
through the proxy is read from the engine each time, so a restart of the server leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from local.deployed_functions import LIVE, DeployedFunction

if TYPE_CHECKING:
    from types_boto3_lambda import LambdaClient

# "Service-specific endpoints" (AWS SDKs and Tools Reference Guide).
VARIABLE = "AWS_ENDPOINT_URL_DYNAMODB"
_AT_ONCE = 4


class Rerouting:
    """Moves functions to the proxy at `address`, below which each has a path of its own."""

    def __init__(self, client: LambdaClient, address: str) -> None:
        self._client = client
        self._address = address

    def through_proxy(self, functions: Iterable[DeployedFunction]) -> None:
        """Let new invocations of these functions call DynamoDB through the proxy."""
        self._each(self._lead, functions)

    def direct(self, functions: Iterable[DeployedFunction]) -> None:
        """Let new invocations of these functions call DynamoDB as they were deployed."""
        self._each(self._lead_back, functions)

    def _each(self, act: Any, functions: Iterable[DeployedFunction]) -> None:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(act, functions))

    def _lead(self, function: DeployedFunction) -> None:
        live = self._live(function)
        variables = _variables(live)
        wanted = variables | {VARIABLE: f"{self._address}/{function.label}"}
        if variables == wanted:
            return
        version = self._published(function, live, wanted)
        if version is None:
            name = function.name
            self._client.update_function_configuration(FunctionName=name, Environment={"Variables": wanted})
            version = self._client.publish_version(FunctionName=name)["Version"]
            # What is published next, by a hotswap or a deployment, has nothing of the proxy.
            direct = {name: value for name, value in variables.items() if name != VARIABLE}
            self._client.update_function_configuration(FunctionName=name, Environment={"Variables": direct})
        self._client.update_alias(FunctionName=function.name, Name=LIVE, FunctionVersion=version)

    def _lead_back(self, function: DeployedFunction) -> None:
        live = self._live(function)
        variables = _variables(live)
        if VARIABLE not in variables:
            return
        direct = {name: value for name, value in variables.items() if name != VARIABLE}
        version = self._published(function, live, direct) or function.version
        self._client.update_alias(FunctionName=function.name, Name=LIVE, FunctionVersion=version)

    def _live(self, function: DeployedFunction) -> Mapping[str, Any]:
        return self._client.get_function_configuration(FunctionName=function.name, Qualifier=LIVE)

    def _published(
        self, function: DeployedFunction, live: Mapping[str, Any], variables: Mapping[str, str]
    ) -> str | None:
        """Returns the newest version with the live version's code and these variables."""
        pages = self._client.get_paginator("list_versions_by_function").paginate(FunctionName=function.name)
        found = [
            int(each["Version"])
            for page in pages
            for each in page["Versions"]
            if each["Version"].isdigit() and _code(each) == _code(live) and _variables(each) == variables
        ]
        return str(max(found)) if found else None


def _code(version: Mapping[str, Any]) -> tuple[str, list[str]]:
    return version["CodeSha256"], [each["Arn"] for each in version.get("Layers", [])]


def _variables(version: Mapping[str, Any]) -> dict[str, str]:
    return dict(version.get("Environment", {}).get("Variables", {}))
