"""Every guard of the saga and of the API is switched off in turn: its guarantee must break."""

from collections.abc import Iterator

import pytest

from tests.simulation.guards.expectations import NEEDED_IN_THE_SAGA, REDUNDANT_IN_THE_SAGA
from tests.simulation.guards.expectations.expectation import NeededGuard, RedundantGuard
from tests.simulation.guards.missing import missed, spared
from tests.simulation.harness.scenario_run import SagaHarness
from tests.support.cloud import cloud


@pytest.fixture(scope="module")
def theatre() -> Iterator[SagaHarness]:
    """One cloud for all of them."""
    with cloud() as ours:
        yield SagaHarness(ours)


@pytest.mark.parametrize("expected", NEEDED_IN_THE_SAGA, ids=str)
def test_without_the_guard_its_guarantee_breaks(
    expected: NeededGuard[SagaHarness], theatre: SagaHarness, report: list[str]
) -> None:
    report += missed(expected, theatre)


@pytest.mark.parametrize("expected", REDUNDANT_IN_THE_SAGA, ids=str)
def test_without_a_redundant_guard_every_guarantee_holds(
    expected: RedundantGuard[SagaHarness], theatre: SagaHarness, report: list[str]
) -> None:
    report += spared(expected, theatre)
