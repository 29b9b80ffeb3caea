"""A stage for each test."""

import io
import json
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import moto  # noqa: F401 (before a handler makes its client)
import pytest
from botocore.client import BaseClient

from ops import pace, stage
from ordering.dead_letters import sources
from tests.support import environment
from tests.support.aws_calls import AwsCalls, recorded_calls
from tests.support.client_calls import Parameters, Send, intercepted
from tests.support.world import World, invoke
from tests.tools.ops.deployed import Deployed, client


def _called(client: BaseClient, operation: str, parameters: Parameters, send: Send) -> Any:
    """Calls the handler of the daily report in this process: moto's Lambda needs Docker."""
    if operation != "Invoke":
        return send(parameters)
    try:
        response = invoke("scheduled.make_daily_report", json.loads(parameters["Payload"]))
    except Exception as error:
        failure = {"errorMessage": str(error), "errorType": type(error).__name__}
        return {"FunctionError": "Unhandled", "Payload": io.BytesIO(json.dumps(failure).encode())}
    return {"Payload": io.BytesIO(json.dumps(response).encode())}


@pytest.fixture
def deployed(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Deployed]:
    """Stage dev; no order was ever placed, and nothing ever failed."""
    # In memory, every message is visible at once.
    monkeypatch.setattr(sources, "WAIT_SECONDS", 0)
    client("secretsmanager").create_secret(
        Name="webhooks",
        SecretString=environment.WEBHOOK_KEY,
        ClientRequestToken=environment.WEBHOOK_KEY_ID,
    )
    deployed = Deployed(world, capsys)

    def reaching(service: str, *, region_name: str | None = None, **options: Any) -> Any:
        region = region_name or environment.REGION
        return deployed.cloudformation(region) if service == "cloudformation" else client(service, region)

    monkeypatch.setattr(stage, "boto3", SimpleNamespace(client=reaching))
    with intercepted(_called):
        yield deployed


@pytest.fixture
def calls() -> Iterator[AwsCalls]:
    """The AWS calls of the command, which can be replaced."""
    with recorded_calls() as calls:
        yield calls


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The durations that the tool would have slept; nothing else takes time on its clock."""
    clock_seconds = [0.0]
    naps: list[float] = []

    def sleep(seconds: float) -> None:
        naps.append(round(seconds, 3))
        clock_seconds[0] += seconds

    clock = SimpleNamespace(monotonic=lambda: clock_seconds[0], sleep=sleep)
    monkeypatch.setattr(pace, "time", clock)
    return naps


@pytest.fixture
def types(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The operator's answers to the prompts, in order."""
    answers: list[str] = []
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr("builtins.input", lambda prompt: answers.pop(0))
    return answers
