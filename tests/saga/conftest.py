"""The cloud of the saga's tests, and the plays performed in it."""

from collections.abc import Callable, Iterator

import moto  # noqa: F401 (before a handler makes its client)
import pytest

from tests.saga.play import Play, Scenario, Theatre
from tests.support.cloud import cloud
from tests.support.machine import Saga
from tests.support.world import World

Stage = Callable[[Scenario], Play]


@pytest.fixture(scope="package")
def theatre() -> Iterator[Theatre]:
    """One cloud for all of them."""
    with cloud() as ours:
        yield Theatre(ours)


@pytest.fixture
def stage(theatre: Theatre) -> Stage:
    """Opens a scenario: the shop is stocked, the order is placed, and nothing has happened yet."""
    return theatre.open


@pytest.fixture
def world(theatre: Theatre) -> World:
    """A shop with empty tables, in the cloud that executes the saga."""
    theatre.cloud.begin()
    return theatre.cloud.world


@pytest.fixture
def saga(theatre: Theatre) -> Saga:
    """The state machine of `world`."""
    return theatre.cloud.saga
