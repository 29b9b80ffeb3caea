"""How hard Hypothesis tries. A failure prints how to have it again: a blob, and the seed of the run."""

from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from tests.support.aws_calls import AwsCalls

settings.register_profile("orders", max_examples=60, deadline=None, print_blob=True)
settings.load_profile("orders")


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> "AwsCalls":
    """The calls of AWS, of which none may leave this process: a unit has no world."""
    from tests.support.aws_calls import listen

    return listen(monkeypatch)
