"""Every guard around the saga (outbox, queue, sweep, mail) is switched off: its guarantee must break."""

from collections.abc import Iterator

import pytest

from tests.simulation.guards.checks import check_needed, check_redundant
from tests.simulation.guards.expectations import NEEDED_ON_THE_PATH, REDUNDANT_ON_THE_PATH
from tests.simulation.guards.expectations.expectation import NeededGuard, RedundantGuard
from tests.support.backend import Backend, backend


@pytest.fixture(scope="module")
def shop() -> Iterator[Backend]:
    """One backend for all tests."""
    with backend() as ours:
        yield ours


@pytest.mark.parametrize("expected", NEEDED_ON_THE_PATH, ids=str)
def test_switching_off_a_needed_guard_breaks_its_guarantee(
    expected: NeededGuard[Backend], shop: Backend, report: list[str]
) -> None:
    report += check_needed(expected, shop)


@pytest.mark.parametrize("expected", REDUNDANT_ON_THE_PATH, ids=str)
def test_switching_off_a_redundant_guard_breaks_nothing(
    expected: RedundantGuard[Backend], shop: Backend, report: list[str]
) -> None:
    report += check_redundant(expected, shop)
