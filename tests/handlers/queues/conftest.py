"""A shop whose stage has every queue."""

import pytest

from ordering.dead_letters import sources
from tests.support.deployed_queues import DeployedQueues
from tests.support.world import World


@pytest.fixture
def queues(shop: World, monkeypatch: pytest.MonkeyPatch) -> DeployedQueues:
    """Every queue of the stage, each empty."""
    # In memory, every message is visible at once.
    monkeypatch.setattr(sources, "WAIT_SECONDS", 0)
    return DeployedQueues()
