"""The Hypothesis profile of the unit tests. A failure prints a blob that reproduces it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from tests.support.aws_calls import AwsCalls

settings.register_profile("orders", max_examples=60, deadline=None, print_blob=True)
settings.load_profile("orders")


@pytest.fixture
def calls() -> "Iterator[AwsCalls]":
    """Records the calls to AWS. A unit test must replace every call: there is no moto."""
    from tests.support.aws_calls import recorded_calls

    with recorded_calls() as calls:
        yield calls
