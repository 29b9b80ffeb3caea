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
    """One cloud for all tests."""
    with cloud() as ours:
        yield SagaHarness(ours)


@pytest.mark.parametrize("expected", NEEDED_IN_THE_SAGA, ids=str)
def test_switching_off_a_needed_guard_breaks_its_guarantee(
    expected: NeededGuard[SagaHarness], harness: SagaHarness, report: list[str]
) -> None:
    report += check_needed(expected, harness)


@pytest.mark.parametrize("expected", REDUNDANT_IN_THE_SAGA, ids=str)
def test_switching_off_a_redundant_guard_breaks_nothing(
    expected: RedundantGuard[SagaHarness], harness: SagaHarness, report: list[str]
) -> None:
    report += check_redundant(expected, harness)
