"""Every guard of the saga and of the API is switched off in turn: its guarantee must break."""

from collections.abc import Iterator

import pytest

from tests.mutations.expectations import NEEDED_IN_THE_SAGA, REDUNDANT_IN_THE_SAGA
from tests.mutations.expectations.expectation import NeededGuard, RedundantGuard
from tests.mutations.missing import missed, spared
from tests.saga.play import Theatre
from tests.support.cloud import cloud


@pytest.fixture(scope="module")
def theatre() -> Iterator[Theatre]:
    """One cloud for all of them."""
    with cloud() as ours:
        yield Theatre(ours)


@pytest.mark.parametrize("expected", NEEDED_IN_THE_SAGA, ids=str)
def test_without_the_guard_its_guarantee_breaks(
    expected: NeededGuard[Theatre], theatre: Theatre, report: list[str]
) -> None:
    report += missed(expected, theatre)


@pytest.mark.parametrize("expected", REDUNDANT_IN_THE_SAGA, ids=str)
def test_without_a_redundant_guard_every_guarantee_holds(
    expected: RedundantGuard[Theatre], theatre: Theatre, report: list[str]
) -> None:
    report += spared(expected, theatre)
