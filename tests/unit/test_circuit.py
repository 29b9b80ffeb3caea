"""Guarantee 4: a circuit opens when a provider fails, is probed, and closes again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordering.resilience import circuit as rules
from ordering.resilience.circuit import Circuit, CircuitState, failed, probe, succeeded


def _failing(circuit: Circuit, orders: int, *, every: int = 1000, start: int = 1000) -> Circuit:
    """Returns a circuit after so many different orders have failed, one every so many milliseconds."""
    for number in range(orders):
        circuit = failed(circuit, f"order-{number}", start + number * every, 0.5)
    return circuit


@pytest.mark.parametrize(("of", "needed"), rules.FAILURES_TO_OPEN.items())
def test_circuit_opens_after_a_number_of_orders_fail_in_a_row(of: str, needed: int) -> None:
    assert _failing(Circuit(of=of), needed - 1).state is CircuitState.CLOSED
    assert _failing(Circuit(of=of), needed).state is CircuitState.OPEN


def test_success_restarts_the_failure_count_of_a_circuit() -> None:
    circuit = succeeded(_failing(Circuit(of="payments"), 4), "another", 9000)
    assert _failing(circuit, 4, start=10_000).state is CircuitState.CLOSED


def test_failures_far_apart_do_not_open_a_circuit() -> None:
    assert _failing(Circuit(of="payments"), 20, every=rules.WINDOW + 1).state is CircuitState.CLOSED


def test_open_circuit_admits_one_order_at_a_time_as_its_probe() -> None:
    opened = _failing(Circuit(of="payments"), 5)
    assert probe(opened, "a", opened.probe_at - 1) is None
    probing = probe(opened, "a", opened.probe_at)
    assert probing
    assert probe(probing, "b", opened.probe_at + 1) is None
    # If the driver of the probe dies, another order becomes the probe.
    assert probe(probing, "b", opened.probe_at + rules.PROBE_TIME)


@given(st.integers(1, 60), st.floats(0, 1))
def test_open_circuit_is_probed_at_least_once_a_minute(failures: int, jitter: float) -> None:
    circuit, now = _failing(Circuit(of="payments"), 5), 10_000
    for _ in range(failures):
        probing = probe(circuit, "a", max(now, circuit.probe_at))
        assert probing
        now = max(now, circuit.probe_at) + 5000
        circuit = failed(probing, "a", now, jitter)
        assert 0 < circuit.probe_at - now <= rules.LONGEST_PROBE


def test_only_the_probe_can_half_open_a_circuit() -> None:
    opened = _failing(Circuit(of="payments"), 5)
    probing = probe(opened, "a", opened.probe_at)
    assert probing
    assert succeeded(probing, "b", 99_000) is probing
    assert failed(probing, "b", 99_000, 0) is probing
    assert succeeded(probing, "a", 99_000).state is CircuitState.HALF_OPEN


def _half_open() -> Circuit:
    opened = _failing(Circuit(of="payments"), 5)
    probing = probe(opened, "a", opened.probe_at)
    assert probing
    return succeeded(probing, "a", 99_000)


def test_half_open_circuit_admits_more_orders_after_each_success() -> None:
    circuit, allowed = _half_open(), []
    while circuit.state is CircuitState.HALF_OPEN:
        assert circuit.allowance is not None
        allowed.append(circuit.allowance)
        circuit = succeeded(circuit, "x", 100_000)
    assert allowed == sorted(allowed)
    assert (allowed[0], circuit.allowance) == (4, None)


def test_circuit_that_opens_again_keeps_the_start_of_the_outage() -> None:
    half = _half_open()
    again = _failing(half, rules.FAILURES_TO_OPEN_AGAIN, start=100_000)
    assert (again.state, again.away_since) == (CircuitState.OPEN, half.away_since)


def test_unused_half_open_circuit_closes_after_the_window() -> None:
    half = _half_open()
    assert rules.closed_if_idle(half, half.changed_at + rules.WINDOW) is half
    assert rules.closed_if_idle(half, half.changed_at + rules.WINDOW + 1).state is CircuitState.CLOSED
