"""Fixtures of the handler tests."""

import os
from collections.abc import Iterator

import boto3
import moto
import pytest
from moto.core.base_backend import BackendDict

from lambdas.events import drive_order
from tests.support.aws_calls import AwsCalls, listen
from tests.support.driving import Machine
from tests.support.logs import Logs, kept
from tests.support.snapshots import beginning_with
from tests.support.tables import attributes_as_they_are, comparisons_of_types, create_tables
from tests.support.world import World


@pytest.fixture(scope="package")
def aws_in_memory() -> Iterator[None]:
    """Start moto once for all tests, since starting it is slow."""
    with moto.mock_aws(), attributes_as_they_are(), comparisons_of_types():
        yield


@pytest.fixture
def world(aws_in_memory: None) -> World:
    """A shop with empty tables, in an otherwise empty AWS account."""
    BackendDict.reset()
    beginning_with("empty tables", create_tables)
    return World()


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> AwsCalls:
    """The calls that the handlers make of AWS."""
    return listen(monkeypatch)


@pytest.fixture
def logs() -> Iterator[Logs]:
    """What the handlers write into their logs."""
    with kept() as logs:
        yield logs


@pytest.fixture
def cursor_secret(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The secret whose key signs cursors. A process keeps the key once it has read it."""
    if "CURSOR_SECRET_ARN" not in os.environ:
        secret = boto3.client("secretsmanager").create_secret(Name="cursors", SecretString="made up")
        monkeypatch.setenv("CURSOR_SECRET_ARN", secret["ARN"])


@pytest.fixture
def machine(world: World, calls: AwsCalls) -> Machine:
    """A machine that drives every order to its end, and a queue that takes every back-off."""
    machine = Machine()
    calls.always("StartSyncExecution", machine)
    calls.always("ChangeMessageVisibilityBatch", lambda parameters, send: {})
    calls.always("DeleteMessageBatch", lambda parameters, send: {})
    drive_order.process.begin()
    return machine
