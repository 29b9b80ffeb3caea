"""The backend in which the faults are injected: set up once, reset by each case."""

from collections.abc import Iterator

import moto  # noqa: F401 (before a handler makes its client)
import pytest

from tests.support.backend import Backend, backend


@pytest.fixture(scope="package")
def shop() -> Iterator[Backend]:
    """One backend for all tests."""
    with backend() as ours:
        yield ours
