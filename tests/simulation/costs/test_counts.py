"""The cost of an order is a budget: the counts of its journey are committed, so every addition is noticed."""

from collections.abc import Iterator

import moto  # noqa: F401 (before a handler makes its client)
import pytest

from tests.simulation.costs.journeys import JOURNEYS, CountedJourney
from tests.support.backend import Backend, backend
from tools.costs.counts import WRITE_COMMAND, Journey, committed, differences


@pytest.fixture(scope="module")
def shop() -> Iterator[Backend]:
    """One backend for all journeys."""
    with backend() as ours:
        yield ours


@pytest.mark.slow
@pytest.mark.parametrize("journey", JOURNEYS, ids=lambda journey: journey.name)
def test_journey_uses_what_is_committed(shop: Backend, journey: CountedJourney) -> None:
    before = committed().get(journey.name, Journey(journey.orders))
    found = list(differences(journey.name, before, journey.count(shop)))
    assert not found, "\n".join([*found, f"If that is right: {WRITE_COMMAND}"])


def test_every_committed_journey_is_counted() -> None:
    assert list(committed()) == [journey.name for journey in JOURNEYS]
