"""A shop that counts its sales."""

from collections.abc import Iterator

import pytest

from tests.handlers.sales.counted_shop import CountedShop
from tests.support.clock import MovableClock
from tests.support.world import World


@pytest.fixture
def counted(world: World) -> Iterator[CountedShop]:
    """A shop without an order."""
    clock = MovableClock()
    with clock.ticking():
        yield CountedShop(world, clock)
