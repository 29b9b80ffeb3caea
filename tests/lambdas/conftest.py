"""What the tests of handlers ask for."""

from collections.abc import Iterator

import pytest

from tests.support.aws_calls import AwsCalls, listen
from tests.support.logs import Logs, kept


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> AwsCalls:
    """The calls that the handlers make of AWS."""
    return listen(monkeypatch)


@pytest.fixture
def logs() -> Iterator[Logs]:
    """What the handlers write into their logs."""
    with kept() as logs:
        yield logs
