"""Fixtures of the tests of notify_customer."""

from collections.abc import Iterator

import pytest

from tests.handlers.events.notify_customer.notifying import SLEEP
from tests.support.aws_calls import AwsCalls
from tests.support.clock import MovableClock
from tests.support.ses import prove_sender
from tests.support.world import World


@pytest.fixture
def shop(world: World, calls: AwsCalls) -> World:
    """A shop with a verified sender, and a queue that accepts every back-off."""
    prove_sender()
    calls.always("ChangeMessageVisibilityBatch", lambda parameters, send: {})
    return world


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Replaces the sleep of the consumer; lists the delays in seconds."""
    pauses: list[float] = []
    monkeypatch.setattr(SLEEP, pauses.append)
    return pauses


@pytest.fixture
def clock() -> Iterator[MovableClock]:
    """A clock that the test moves."""
    clock = MovableClock()
    clock.begin()
    with clock.ticking():
        yield clock
