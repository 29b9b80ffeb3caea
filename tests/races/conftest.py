"""The cloud in which the races are run."""

from collections.abc import Iterator

import moto  # noqa: F401 (before a handler makes its client)
import pytest

from tests.saga.play import Theatre
from tests.support.cloud import cloud


@pytest.fixture(scope="module")
def theatre() -> Iterator[Theatre]:
    """One cloud for the races of a module."""
    with cloud() as ours:
        yield Theatre(ours)
