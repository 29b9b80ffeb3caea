"""The cloud of the saga's tests, and the scenarios that run in it."""

from collections.abc import Callable, Iterator

import moto  # noqa: F401 (before a handler makes its client)
import pytest

from tests.simulation.harness.scenario_run import SagaHarness, Scenario, ScenarioRun
from tests.support.cloud import cloud
from tests.support.machine import Saga
from tests.support.world import World

OpenScenario = Callable[[Scenario], ScenarioRun]


@pytest.fixture(scope="package")
def harness() -> Iterator[SagaHarness]:
    """One cloud for all tests."""
    with cloud() as ours:
        yield SagaHarness(ours)


@pytest.fixture
def open_scenario(harness: SagaHarness) -> OpenScenario:
    """Opens a scenario: the shop is stocked, the order is placed, and nothing else has happened."""
    return harness.open


@pytest.fixture
def world(harness: SagaHarness) -> World:
    """A shop with empty tables, in the cloud that executes the saga."""
    harness.cloud.begin()
    return harness.cloud.world


@pytest.fixture
def saga(harness: SagaHarness) -> Saga:
    """The state machine of `world`."""
    return harness.cloud.saga
