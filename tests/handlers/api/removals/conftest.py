"""Fixtures of the tests of DELETE /customers/me."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from ordering.repositories import removals as module
from tests.support.clock import MovableClock


@pytest.fixture
def clock() -> Iterator[MovableClock]:
    """A clock that starts at the present time and that the test moves."""
    clock = MovableClock()
    clock.present = datetime.now(UTC)
    with clock.ticking():
        yield clock


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten orders a page, because moto is slow with more."""
    monkeypatch.setattr(module, "PAGE", 10)
