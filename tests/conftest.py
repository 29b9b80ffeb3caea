"""The environment of every test, and a fresh world in memory for those that ask for one."""

from collections.abc import Iterator

import moto
import pytest

from tests.support.environment import set_environment

# Before any handler is imported: see `tests.support.environment`. moto comes first, because it sees only
# the calls of clients that were made after it was imported.
set_environment()

from tests.support.snapshots import beginning_with  # noqa: E402
from tests.support.tables import create_tables  # noqa: E402
from tests.support.world import World  # noqa: E402


@pytest.fixture
def world() -> Iterator[World]:
    """A shop with empty tables."""
    with moto.mock_aws():
        beginning_with("empty tables", create_tables)
        yield World()
