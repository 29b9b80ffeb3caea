"""The same for what lies around the saga: the outbox, the queue, the sweep."""

from collections.abc import Iterator

import pytest

from tests.simulation.guards.fences import COURTESIES_OF_THE_PATH, OF_THE_PATH
from tests.simulation.guards.fences.fence import Courtesy, Mutation
from tests.simulation.guards.missing import missed, spared
from tests.support.backend import Backend, backend


@pytest.fixture(scope="module")
def shop() -> Iterator[Backend]:
    """One backend for all of them."""
    with backend() as ours:
        yield ours


@pytest.mark.parametrize("fence", OF_THE_PATH, ids=str)
def test_without_the_fence_a_promise_is_broken(
    fence: Mutation[Backend], shop: Backend, report: list[str]
) -> None:
    report += missed(fence, shop)


@pytest.mark.parametrize("check", COURTESIES_OF_THE_PATH, ids=str)
def test_without_the_check_every_promise_holds(
    check: Courtesy[Backend], shop: Backend, report: list[str]
) -> None:
    report += spared(check, shop)
