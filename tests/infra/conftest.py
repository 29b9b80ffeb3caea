"""The synthesised stages."""

import pytest

from stacks.settings import STAGES
from tests.synth import Synthesised, synthesised


@pytest.fixture(params=list(STAGES))
def app(request: pytest.FixtureRequest) -> Synthesised:
    """Each stage in turn."""
    return synthesised(request.param)


@pytest.fixture
def dev() -> Synthesised:
    """Stage dev, for what is the same in all of them."""
    return synthesised("dev")
