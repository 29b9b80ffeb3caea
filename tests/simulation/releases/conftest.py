"""The releases, loaded once for all tests."""

import moto  # noqa: F401 (before a handler makes its client)
import pytest

from tests.releases.previous import require_history
from tests.simulation.releases.release import Release, previous_release, this_release


@pytest.fixture(scope="package")
def previous() -> Release:
    """The recorded release."""
    require_history()
    return previous_release()


@pytest.fixture(scope="package")
def this() -> Release:
    """The release that this project would become."""
    return this_release()


@pytest.fixture(scope="package")
def later() -> Release:
    """A second copy of this project's code, to be altered."""
    return this_release()
