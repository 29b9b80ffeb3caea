"""Fixtures of the handler tests."""

import os
from collections.abc import Iterator

import boto3
import moto
import pytest
from moto.core.base_backend import BackendDict

from lambdas.events import drive_order
from ordering.aws.clients import client
from ordering.dead_letters import sources
from ordering.repositories.health import Health
from ordering.webhooks import secret_key
from tests.handlers.api.removals.customers import set_budget_clock
from tests.handlers.exports.exporting import prepare_exports
from tests.support.aws_calls import AwsCalls, recorded_calls
from tests.support.deployed_queues import DeployedQueues
from tests.support.driving import Machine
from tests.support.environment import BUS, QUEUE_URL, WEBHOOK_KEY, WEBHOOK_KEY_ID
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


@pytest.fixture(autouse=True)
def _endless_removals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Removals of customers have a time budget that never runs out, however slow the machine is."""
    set_budget_clock(monkeypatch, lambda: 0.0)


@pytest.fixture
def shop(world: World) -> World:
    """A shop that sells red mugs at 12.50 EUR, and has ten of them."""

    def stock_mugs() -> None:
        world.stocked()

    beginning_with("red mugs", stock_mugs)
    return world


@pytest.fixture
def unstocked_shop(world: World) -> World:
    """A shop that sells red mugs, and has none of them."""

    def create_product() -> None:
        world.stocked(units=0)

    beginning_with("no mugs", create_product)
    return world


@pytest.fixture
def queue(world: World) -> None:
    """The order queue, empty, whose length the sweep reads, and what customers' jobs need."""
    assert boto3.client("sqs").create_queue(QueueName="orders")["QueueUrl"] == QUEUE_URL
    prepare_exports()


@pytest.fixture
def queues(world: World, monkeypatch: pytest.MonkeyPatch) -> DeployedQueues:
    """Every queue of the stage, each empty."""
    # In memory, every message is visible at once.
    monkeypatch.setattr(sources, "WAIT_SECONDS", 0)
    return DeployedQueues()


@pytest.fixture
def calls() -> Iterator[AwsCalls]:
    """Records the calls of the handlers to AWS, and can replace them."""
    with recorded_calls() as calls:
        yield calls


@pytest.fixture
def outbox(world: World, calls: AwsCalls) -> AwsCalls:
    """A bus to publish on, and a queue to park on."""
    client("events").create_event_bus(Name=BUS)
    client("sqs").create_queue(QueueName="parked")
    return calls


@pytest.fixture
def logs() -> Iterator[Logs]:
    """The lines that the handlers log."""
    with kept() as logs:
        yield logs


@pytest.fixture
def cursor_secret(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The secret whose key signs cursors. A process keeps the key once it has read it."""
    if "CURSOR_SECRET_ARN" not in os.environ:
        secret = boto3.client("secretsmanager").create_secret(Name="cursors", SecretString="made up")
        monkeypatch.setenv("CURSOR_SECRET_ARN", secret["ARN"])


@pytest.fixture
def webhook_key(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The secret with the key. A process keeps the key once it has read it."""
    created = boto3.client("secretsmanager").create_secret(
        Name="webhooks", SecretString=WEBHOOK_KEY, ClientRequestToken=WEBHOOK_KEY_ID
    )
    monkeypatch.setenv("WEBHOOK_KEY_ARN", created["ARN"])
    secret_key.webhook_keys.forget()
    yield
    secret_key.webhook_keys.forget()


@pytest.fixture
def machine(world: World, calls: AwsCalls) -> Machine:
    """A state machine whose executions succeed, and a queue that accepts every back-off."""
    machine = Machine()
    calls.always("StartSyncExecution", machine)
    calls.always("ChangeMessageVisibilityBatch", lambda parameters, send: {})
    calls.always("DeleteMessageBatch", lambda parameters, send: {})
    drive_order.process.begin()
    return machine


@pytest.fixture
def health(world: World) -> Health:
    return Health(world.table)
