"""Fixtures of the tests of images."""

import pytest

from tests.handlers.images.uploading import Studio
from tests.support.world import World


@pytest.fixture
def studio(shop: World) -> Studio:
    """A shop that sells red mugs, with an empty bucket of images."""
    studio = Studio(shop)
    studio.create_bucket()
    return studio
