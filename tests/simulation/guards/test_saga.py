"""Every guard of the saga and of the API is switched off in turn: its guarantee must break."""

from collections.abc import Iterator

import pytest

from tests.simulation.guards.checks import check_needed, check_redundant
from tests.simulation.guards.expectations import NEEDED_IN_THE_SAGA, REDUNDANT_IN_THE_SAGA
from tests.simulation.guards.expectations.expectation import NeededGuard, RedundantGuard
from tests.simulation.harness.scenario_run import SagaHarness
from tests.support.cloud import cloud


@pytest.fixture(scope="module")
def harness() -> Iterator[SagaHarness]:
    """One cloud for all of them."""
    with cloud() as ours:
        yield SagaHarness(ours)


@pytest.mark.parametrize("expected", NEEDED_IN_THE_SAGA, ids=str)
def test_without_the_guard_its_guarantee_breaks(
    expected: NeededGuard[SagaHarness], harness: SagaHarness, report: list[str]
) -> None:
    report += check_needed(expected, harness)


@pytest.mark.parametrize("expected", REDUNDANT_IN_THE_SAGA, ids=str)
def test_without_a_redundant_guard_every_guarantee_holds(
    expected: RedundantGuard[SagaHarness], harness: SagaHarness, report: list[str]
) -> None:
    report += check_redundant(expected, harness)
