"""Every fence of the saga and of the API is taken down in turn: a promise must be broken, and which one."""

from collections.abc import Iterator

import pytest

from tests.simulation.guards.fences import COURTESIES, COURTESIES_OF_THE_PATH, OF_THE_PATH, OF_THE_SAGA
from tests.simulation.guards.fences.fence import Courtesy, Mutation
from tests.simulation.guards.missing import missed, spared
from tests.simulation.harness.scenario_run import SagaHarness
from tests.support.cloud import cloud


@pytest.fixture(scope="module")
def theatre() -> Iterator[SagaHarness]:
    """One cloud for all of them."""
    with cloud() as ours:
        yield SagaHarness(ours)


@pytest.mark.parametrize("fence", OF_THE_SAGA, ids=str)
def test_without_the_fence_a_promise_is_broken(
    fence: Mutation[SagaHarness], theatre: SagaHarness, report: list[str]
) -> None:
    report += missed(fence, theatre)


@pytest.mark.parametrize("check", COURTESIES, ids=str)
def test_without_the_check_every_promise_holds(
    check: Courtesy[SagaHarness], theatre: SagaHarness, report: list[str]
) -> None:
    report += spared(check, theatre)


def test_every_fence_has_a_name_of_its_own() -> None:
    every = (*OF_THE_SAGA, *OF_THE_PATH, *COURTESIES, *COURTESIES_OF_THE_PATH)
    names = [str(fence) for fence in every]
    assert len(set(names)) == len(names)
