"""Fixtures of the tests of the daily report."""

from collections.abc import Iterator

import pytest

from tests.handlers.reports.reporting_shop import ReportingShop
from tests.handlers.sales.counted_shop import CountedShop
from tests.support.clock import MovableClock
from tests.support.world import World


@pytest.fixture
def shop(world: World) -> Iterator[ReportingShop]:
    """A shop without an order, on the morning of 28 November 2026 in Berlin, with an empty bucket."""
    clock = MovableClock()
    with clock.ticking():
        shop = ReportingShop(CountedShop(world, clock))
        shop.prepare()
        yield shop
