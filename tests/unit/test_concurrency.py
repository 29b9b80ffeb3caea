"""Guarantee 4: the limit of concurrent executions falls under congestion and recovers."""

from hypothesis import given
from hypothesis import strategies as st

from ordering.resilience.concurrency import INITIAL_LIMIT, MIN_LIMIT, Concurrency, LoadSignal

_steps = st.lists(st.tuples(st.sampled_from(LoadSignal), st.floats(0, 130)), max_size=60)


@given(_steps)
def test_concurrency_limit_stays_within_its_bounds(steps: list[tuple[LoadSignal, float]]) -> None:
    concurrency, now = Concurrency(), 0.0
    for signal, seconds in steps:
        now += seconds
        concurrency = concurrency.after(signal, begun=now - seconds, now=now, most=10)
        assert MIN_LIMIT <= concurrency.limit <= 10
        assert 0 <= concurrency.admitted(10, 0.99) <= 10


@given(_steps)
def test_concurrency_limit_recovers_from_any_state(steps: list[tuple[LoadSignal, float]]) -> None:
    concurrency, now = Concurrency(), 0.0
    for signal, seconds in steps:
        now += seconds
        concurrency = concurrency.after(signal, begun=now - seconds, now=now, most=10)
    for _ in range(100):
        now += 1
        concurrency = concurrency.after(LoadSignal.ENDED, begun=now - 1, now=now, most=10)
    assert concurrency.limit == 10


def test_congestion_halves_the_concurrency_once_for_a_batch() -> None:
    concurrency = Concurrency(8.0)
    for now in (15.0, 15.1, 15.2):
        concurrency = concurrency.after(LoadSignal.CONGESTED, begun=0, now=now, most=10)
    assert concurrency.limit == 4
    assert concurrency.after(LoadSignal.CONGESTED, begun=16, now=31, most=10).limit == 2


def test_constantly_slow_provider_does_not_lower_the_concurrency() -> None:
    """A provider that always needs eight seconds is not overloaded."""
    concurrency, now = Concurrency(), 0.0
    for _ in range(30):
        now += 8
        concurrency = concurrency.after(LoadSignal.ENDED, begun=now - 8, now=now, most=10)
    assert concurrency.limit == 10


def test_slower_execution_lowers_the_concurrency_by_one() -> None:
    concurrency = Concurrency(8.0, growing=False, quickest=1.0).after(
        LoadSignal.ENDED, begun=0, now=6, most=10
    )
    assert concurrency.limit == 7


def test_failure_without_congestion_keeps_the_concurrency() -> None:
    assert Concurrency().after(LoadSignal.NOTHING, begun=0, now=99, most=10).limit == INITIAL_LIMIT
