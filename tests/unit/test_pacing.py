"""Guarantee 4: how often the sweep drives an order again, and how many it adds to the queue."""

from hypothesis import given
from hypothesis import strategies as st

from ordering.resilience.pacing import is_due, nudge_delay_seconds, room_in_queue


@given(st.integers(1, 1800), st.integers(0, 1000), st.uuids())
def test_delays_between_nudges_grow_up_to_half_an_hour(bound: int, attempts: int, order_id: object) -> None:
    delay = nudge_delay_seconds(bound, attempts, str(order_id))
    assert min(bound, 1800) / 2 <= delay <= 1800
    assert delay <= bound << min(attempts, 20)


def test_nudges_of_different_orders_are_spread_out() -> None:
    assert len({round(nudge_delay_seconds(900, 3, f"order-{n}")) for n in range(50)}) > 40


def test_order_not_driven_since_its_last_change_is_due() -> None:
    assert is_due("order", 0, None, now="2026-11-21T12:00:00.000Z", bound=900, recovered_at=None)


def test_sweep_never_fills_the_queue_above_four_rounds() -> None:
    assert [room_in_queue(waiting, 50) for waiting in (0, 150, 200, 9000)] == [200, 50, 0, 0]
