"""The cloud in which the interleavings are searched."""

from collections.abc import Iterator

import moto  # noqa: F401 (before a handler makes its client)
import pytest

from tests.simulation.harness.scenario_run import SagaHarness
from tests.support.cloud import cloud


@pytest.fixture(scope="module")
def harness() -> Iterator[SagaHarness]:
    """One cloud for the searches of a module."""
    with cloud() as ours:
        yield SagaHarness(ours)
