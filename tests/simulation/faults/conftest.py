"""The backend that the faults befall: set up once, begun anew by each case."""

from collections.abc import Iterator

import moto  # noqa: F401 (before a handler makes its client)
import pytest

from tests.support.backend import Backend, backend


@pytest.fixture(scope="package")
def shop() -> Iterator[Backend]:
    """One for all of them."""
    with backend() as ours:
        yield ours
