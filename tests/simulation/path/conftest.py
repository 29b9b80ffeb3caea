"""The backend of the path's tests: set up once, begun anew for each."""

from collections.abc import Iterator

import moto  # noqa: F401 (before a handler makes its client)
import pytest

from tests.support.backend import Backend, backend
from tests.support.world import World


@pytest.fixture(scope="package")
def one_backend() -> Iterator[Backend]:
    """One for all of them."""
    with backend() as ours:
        yield ours


@pytest.fixture
def shop(one_backend: Backend) -> Backend:
    """A backend whose shop has ten red mugs, where nothing has happened yet."""
    one_backend.begin("ten red mugs", World.stocked)
    return one_backend
