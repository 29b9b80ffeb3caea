"""Fixtures of the tests of images."""

from datetime import UTC, datetime, timedelta

import pytest

from lambdas.scheduled import sweep_images
from ordering.aws.image_files import StoredFile
from tests.handlers.images.uploading import Studio
from tests.support.world import World


@pytest.fixture
def studio(shop: World) -> Studio:
    """A shop that sells red mugs, with an empty bucket of images."""
    studio = Studio(shop)
    studio.create_bucket()
    return studio


@pytest.fixture
def days_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """All files are two days old."""
    listed = sweep_images.files.page

    def page(prefix: str, after: str) -> tuple[list[StoredFile], bool]:
        files, more = listed(prefix, after)
        return [each._replace(modified_at=datetime.now(UTC) - timedelta(days=2)) for each in files], more

    monkeypatch.setattr(sweep_images.files, "page", page)
