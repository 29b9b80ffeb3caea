"""Functions are led through the proxy and back by their alias; what is published next has nothing of it."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import boto3
import moto
import pytest

from local.breaking.rerouting import VARIABLE, Rerouting
from local.deployed_functions import LIVE, DeployedFunction
from local.source_code import Code

if TYPE_CHECKING:
    from types_boto3_lambda import LambdaClient

ADDRESS = "http://127.0.0.1:5173/local/break/dynamodb"


@pytest.fixture
def client() -> Iterator["LambdaClient"]:
    with moto.mock_aws():
        yield boto3.client("lambda", region_name="eu-west-1")


def _archive(text: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("capture_payment.py", text)
    return content.getvalue()


@pytest.fixture
def function(client: "LambdaClient") -> DeployedFunction:
    role = boto3.client("iam").create_role(RoleName="step", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    client.create_function(
        FunctionName="step",
        Runtime="python3.13",
        Role=role,
        Handler="capture_payment.handler",
        Code={"ZipFile": _archive("one")},
        Environment={"Variables": {"TABLE_NAME": "orders"}},
    )
    version = client.publish_version(FunctionName="step")["Version"]
    client.create_alias(FunctionName="step", Name=LIVE, FunctionVersion=version)
    source = PurePosixPath("lambdas/saga/capture_payment.py")
    return DeployedFunction("step", source, "log", None, Code("", ""), version)


def _live(client: "LambdaClient") -> str:
    return client.get_alias(FunctionName="step", Name=LIVE)["FunctionVersion"]


def _variables(client: "LambdaClient", qualifier: str) -> dict[str, Any]:
    found = client.get_function_configuration(FunctionName="step", Qualifier=qualifier)
    return dict(found["Environment"]["Variables"])


@pytest.mark.slow
def test_function_is_led_through_the_proxy_and_back(
    client: "LambdaClient", function: DeployedFunction
) -> None:
    rerouting = Rerouting(client, ADDRESS)
    rerouting.through_proxy([function])
    through = _live(client)
    assert _variables(client, through) == {"TABLE_NAME": "orders", VARIABLE: f"{ADDRESS}/capture_payment"}
    assert _variables(client, "$LATEST") == {"TABLE_NAME": "orders"}
    rerouting.direct([function])
    assert _live(client) == function.version
    # The second time, nothing is published, so both versions keep their workers.
    rerouting.through_proxy([function])
    assert _live(client) == through


@pytest.mark.slow
def test_leading_twice_changes_nothing(client: "LambdaClient", function: DeployedFunction) -> None:
    rerouting = Rerouting(client, ADDRESS)
    rerouting.direct([function])
    assert _live(client) == function.version
    rerouting.through_proxy([function])
    through = _live(client)
    rerouting.through_proxy([function])
    assert _live(client) == through


@pytest.mark.slow
def test_code_that_was_saved_meanwhile_is_led_through_the_proxy(
    client: "LambdaClient", function: DeployedFunction
) -> None:
    rerouting = Rerouting(client, ADDRESS)
    rerouting.through_proxy([function])
    rerouting.direct([function])
    # A hotswap: `make watch` publishes a version, and moves the alias.
    client.update_function_code(FunctionName="step", ZipFile=_archive("two"))
    saved = client.publish_version(FunctionName="step")["Version"]
    client.update_alias(FunctionName="step", Name=LIVE, FunctionVersion=saved)
    rerouting.through_proxy([function])
    through = client.get_function_configuration(FunctionName="step", Qualifier=_live(client))
    wanted = client.get_function_configuration(FunctionName="step", Qualifier=saved)
    assert through["CodeSha256"] == wanted["CodeSha256"]
    assert VARIABLE in through["Environment"]["Variables"]
    rerouting.direct([function])
    assert _live(client) == saved
