"""The cloud of the saga's tests, and the plays performed in it."""

from collections.abc import Callable, Iterator

import moto  # noqa: F401 (before a handler makes its client)
import pytest

from tests.simulation.harness.scenario_run import SagaHarness, Scenario, ScenarioRun
from tests.support.cloud import cloud
from tests.support.machine import Saga
from tests.support.world import World

Stage = Callable[[Scenario], ScenarioRun]


@pytest.fixture(scope="package")
def theatre() -> Iterator[SagaHarness]:
    """One cloud for all of them."""
    with cloud() as ours:
        yield SagaHarness(ours)


@pytest.fixture
def stage(theatre: SagaHarness) -> Stage:
    """Opens a scenario: the shop is stocked, the order is placed, and nothing has happened yet."""
    return theatre.open


@pytest.fixture
def world(theatre: SagaHarness) -> World:
    """A shop with empty tables, in the cloud that executes the saga."""
    theatre.cloud.begin()
    return theatre.cloud.world


@pytest.fixture
def saga(theatre: SagaHarness) -> Saga:
    """The state machine of `world`."""
    return theatre.cloud.saga
