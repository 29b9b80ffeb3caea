"""How long a failed message stays hidden: 15 s, 30 s, 1 min and so on up to 15 min, less a random part."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordering.resilience.pacing import back_off_seconds

jitters = st.floats(0, 1)


@pytest.mark.parametrize(
    ("receives", "seconds"),
    [(1, 15), (2, 30), (3, 60), (4, 120), (5, 240), (6, 480), (7, 900), (8, 900), (100, 900)],
)
def test_each_failure_doubles_the_back_off_up_to_fifteen_minutes(receives: int, seconds: int) -> None:
    assert back_off_seconds(receives, jitter=0) == seconds


@given(st.integers(1, 1000), jitters)
def test_jitter_removes_at_most_half_of_the_back_off(receives: int, jitter: float) -> None:
    longest = back_off_seconds(receives, jitter=0)
    assert longest / 2 - 1 <= back_off_seconds(receives, jitter) <= longest


@given(st.integers(1, 1000), jitters)
def test_back_off_never_exceeds_the_limit_of_sqs(receives: int, jitter: float) -> None:
    assert 0 < back_off_seconds(receives, jitter) <= 43_200


def test_messages_that_failed_together_are_redelivered_apart() -> None:
    assert len({back_off_seconds(5, jitter / 10) for jitter in range(11)}) == 11
