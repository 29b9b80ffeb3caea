"""The environment of every test, and a fresh world in memory for those that ask for one."""

import os
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


@pytest.fixture(autouse=True)
def _environment() -> Iterator[None]:
    """What a test changes in the process's environment is put back: our own command lines close it off."""
    before = dict(os.environ)
    yield
    if os.environ != before:
        os.environ.clear()
        os.environ.update(before)


@pytest.fixture
def world() -> Iterator[World]:
    """A shop with empty tables."""
    with moto.mock_aws():
        beginning_with("empty tables", create_tables)
        yield World()
