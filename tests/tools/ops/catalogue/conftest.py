"""Fixtures of the tests of the catalogue's files."""

from __future__ import annotations

import pytest

from tests.support.aws_calls import AwsCalls, listen


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> AwsCalls:
    """The AWS calls of the command."""
    return listen(monkeypatch)


@pytest.fixture(autouse=True)
def no_pause(slept: list[float]) -> None:
    """The rate takes no time."""
