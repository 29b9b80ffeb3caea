"""The backend of the path's tests: set up once, reset for each."""

from collections.abc import Iterator

import moto  # noqa: F401 (before a handler makes its client)
import pytest

from tests.support.backend import Backend, backend
from tests.support.world import World


@pytest.fixture(scope="package")
def one_backend() -> Iterator[Backend]:
    """One backend for all tests."""
    with backend() as ours:
        yield ours


@pytest.fixture
def shop(one_backend: Backend) -> Backend:
    """A shop with ten red mugs, where nothing has happened yet."""
    one_backend.begin("ten red mugs", World.stocked)
    return one_backend
