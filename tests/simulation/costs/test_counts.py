"""The cost of an order is a budget: the counts of its journey are committed, so every addition is noticed.

So are those of work beside orders: the export and the removal of a customer's data, and the totals of sales.
"""

from collections.abc import Iterator

import moto  # noqa: F401 (before a handler makes its client)
import pytest

from tests.simulation.costs.jobs import JOBS, CountedJob
from tests.simulation.costs.journeys import JOURNEYS, CountedJourney
from tests.support.backend import Backend, backend
from tools.costs import counts
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


@pytest.mark.slow
@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_job_uses_what_is_committed(shop: Backend, job: CountedJob) -> None:
    before = committed(counts.JOBS).get(job.name, Journey(1))
    found = list(differences(job.name, before, job.count(shop)))
    assert not found, "\n".join([*found, f"If that is right: {WRITE_COMMAND}"])


def test_every_committed_journey_and_job_is_counted() -> None:
    assert list(committed()) == [journey.name for journey in JOURNEYS]
    assert list(committed(counts.JOBS)) == [job.name for job in JOBS]
