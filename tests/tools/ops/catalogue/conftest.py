"""Fixtures of the tests of the catalogue's files."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def no_pause(slept: list[float]) -> None:
    """The rate takes no time."""
