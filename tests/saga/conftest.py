"""The shop of the saga's tests, with its state machine."""

from collections.abc import Iterator

import moto
import pytest

from tests.support.machine import Saga, running
from tests.support.tables import create_tables
from tests.support.world import World
from tests.synth import synthesised_state_machine


@pytest.fixture
def world() -> Iterator[World]:
    """A shop with empty tables, in a cloud that executes state machines."""
    executing = {"stepfunctions": {"execute_state_machine": True}}
    with moto.mock_aws(config=executing):
        create_tables()
        yield World()


@pytest.fixture
def saga(world: World) -> Iterator[Saga]:
    """The state machine as it is synthesised."""
    with running(synthesised_state_machine()) as saga:
        yield saga
