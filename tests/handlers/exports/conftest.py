"""Fixtures of the tests of exports."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.support.clock import MovableClock


@pytest.fixture
def clock(queue: None) -> Iterator[MovableClock]:
    """A clock that shows the present time until the test moves it, with the resources that exports need."""
    clock = MovableClock()
    clock.present = datetime.now(UTC)
    with clock.ticking():
        yield clock
