"""Guarantee 4: the rules for outages and overload, tested without any I/O."""

import botocore.exceptions
import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, HTTPClientError, ReadTimeoutError
from hypothesis import given
from hypothesis import strategies as st

from ordering.aws.saga_client import ExecutionFailed, diagnose, may_still_run
from ordering.domain.order import OrderFault
from ordering.resilience import circuit as rules
from ordering.resilience.circuit import Circuit, CircuitState, failed, probe, succeeded
from ordering.resilience.concurrency import INITIAL_LIMIT, MIN_LIMIT, Concurrency, LoadSignal
from ordering.resilience.diagnosis import Diagnosis, FaultKind, of_execution
from ordering.resilience.pacing import is_due, nudge_delay_seconds, room_in_queue
from ordering.resilience.parking import must_park, next_fault

# -- diagnosis ------------------------------------------------------------------------------------------


def lambda_cause(name: str, said: str) -> str:
    return f'{{"errorMessage": "{said}", "errorType": "{name}", "stackTrace": ["  File ..."]}}'


@pytest.mark.parametrize(
    ("error", "cause", "expected"),
    [
        ("GatewayTimeout", lambda_cause("GatewayTimeout", "payments: away"), ("PROVIDER", "payments")),
        (
            "GatewayUnavailable",
            lambda_cause("GatewayUnavailable", "shipping: away"),
            ("PROVIDER", "shipping"),
        ),
        ("GatewayFault", lambda_cause("GatewayFault", "no name"), ("PROVIDER", None)),
        # The local engine reports every exception under one name; the cause contains its own name.
        ("Runtime.HandlerError", lambda_cause("GatewayTimeout", "payments: away"), ("PROVIDER", "payments")),
        ("Runtime.HandlerError", lambda_cause("KeyError", "'lines'"), ("ORDER", None)),
        ("KeyError", lambda_cause("KeyError", "'lines'"), ("ORDER", None)),
        ("ValidationError", lambda_cause("ValidationError", "Expected `str`"), ("ORDER", None)),
        ("Order keeps moving", "The order changed under every attempt", ("ORDER", None)),
        ("NotSettled", lambda_cause("NotSettled", "but not: payment 1 is AUTHORISED"), ("ORDER", None)),
        (
            "NotSettled",
            lambda_cause(
                "NotSettled",
                "but not: payment 1 is AUTHORISED; a compensation failed: GatewayTimeout: payments: away",
            ),
            ("PROVIDER", "payments"),
        ),
        ("Unknown outcome", "A step answered an outcome that no row names", ("PLATFORM", None)),
        ("States.Timeout", "", ("PLATFORM", None)),
        ("Lambda.TooManyRequestsException", "Rate Exceeded.", ("PLATFORM", None)),
        ("Runtime.ImportModuleError", "Unable to import module", ("PLATFORM", None)),
        (
            "ClientError",
            lambda_cause(
                "ClientError", "An error occurred (ThrottlingException) when calling the Query operation"
            ),
            ("PLATFORM", None),
        ),
        (
            "ClientError",
            lambda_cause(
                "ClientError", "An error occurred (ValidationException) when calling the PutItem operation"
            ),
            ("ORDER", None),
        ),
        (
            "AccessDeniedException",
            lambda_cause(
                "AccessDeniedException", "An error occurred (AccessDeniedException) when calling the Query"
            ),
            ("PLATFORM", None),
        ),
        (
            "TransactionCancelled",
            lambda_cause("TransactionCancelled", "contention: stock"),
            ("PLATFORM", None),
        ),
        ("no error", "no cause", ("ORDER", None)),
        # Cut off in the middle.
        (
            "Runtime.HandlerError",
            '{"errorType": "GatewayTimeout", "errorMessage": "payments: aw',
            ("PROVIDER", "payments"),
        ),
    ],
)
def test_error_of_an_execution_is_assigned_to_a_fault_kind(
    error: str, cause: str, expected: tuple[str, str | None]
) -> None:
    found = of_execution("FAILED", error, cause)
    assert (found.kind, found.provider) == expected


@pytest.mark.parametrize(
    ("status", "error", "congested"),
    [
        ("TIMED_OUT", "no error", True),
        ("FAILED", "States.Timeout", True),
        ("FAILED", "Lambda.TooManyRequestsException", True),
        ("FAILED", "ReadTimeoutError", True),
        ("FAILED", "AccessDeniedException", False),
        ("FAILED", "GatewayTimeout", False),
        ("ABORTED", "no error", False),
    ],
)
def test_timeout_of_an_execution_is_diagnosed_as_congestion(status: str, error: str, congested: bool) -> None:
    assert of_execution(status, error, "").congested is congested


@given(st.text(max_size=50), st.text(max_size=200))
def test_arbitrary_error_of_an_execution_has_a_diagnosis(error: str, cause: str) -> None:
    assert of_execution("FAILED", error, cause).kind in FaultKind


@pytest.mark.parametrize(
    "name",
    sorted(
        name
        for name, each in vars(botocore.exceptions).items()
        if isinstance(each, type) and issubclass(each, HTTPClientError)
    ),
)
def test_every_botocore_http_error_is_a_fault_of_the_platform(name: str) -> None:
    assert of_execution("FAILED", name, "").kind is FaultKind.PLATFORM


def test_exceptions_of_the_start_call_have_a_diagnosis() -> None:
    throttled = ClientError({"Error": {"Code": "ThrottlingException", "Message": ""}}, "StartSyncExecution")
    assert diagnose(throttled) == Diagnosis(FaultKind.PLATFORM, congested=True)
    assert diagnose(ReadTimeoutError(endpoint_url="")).congested
    assert diagnose(ZeroDivisionError()).kind is FaultKind.ORDER
    assert diagnose(ExecutionFailed("FAILED", "KeyError", "")).kind is FaultKind.ORDER


def test_execution_may_still_run_only_after_a_broken_connection() -> None:
    assert may_still_run(ConnectionClosedError(endpoint_url=""))
    for known in (ReadTimeoutError(endpoint_url=""), ExecutionFailed("FAILED", "", ""), ZeroDivisionError()):
        assert not may_still_run(known)


# -- pacing ---------------------------------------------------------------------------------------------


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


# -- parking --------------------------------------------------------------------------------------------

_OWN, _THEIRS = Diagnosis(FaultKind.ORDER), Diagnosis(FaultKind.PROVIDER, "payments")


def _at(hours: float) -> str:
    return f"2026-11-{21 + int(hours // 24):02d}T{int(hours % 24):02d}:{round(hours % 1 * 60):02d}:00.000Z"


def _fail(diagnosis: Diagnosis, times: int, *, every: float, others: bool) -> OrderFault:
    fault = None
    for number in range(times):
        moment = number * every
        fault = next_fault(
            fault,
            diagnosis,
            "",
            at=_at(moment),
            others_ended_at=_at(moment - every / 2) if others and number else None,
        )
    assert fault
    return fault


@pytest.mark.parametrize(
    ("diagnosis", "times", "every", "parked"),
    [
        (_OWN, 4, 1.0, False),
        (_OWN, 5, 0.2, False),
        (_OWN, 5, 0.25, True),
        (_THEIRS, 30, 0.5, False),
        (_THEIRS, 49, 0.5, True),
        (_THEIRS, 19, 2.0, False),
    ],
)
def test_order_is_parked_for_a_fault_of_its_own(
    diagnosis: Diagnosis, times: int, every: float, parked: bool
) -> None:
    assert must_park(_fail(diagnosis, times, every=every, others=True), 900) is parked


@pytest.mark.parametrize("diagnosis", [_OWN, _THEIRS])
def test_no_order_is_parked_while_no_other_order_ends(diagnosis: Diagnosis) -> None:
    assert not must_park(_fail(diagnosis, 160, every=1.0, others=False), 900)


def test_fault_of_another_kind_restarts_the_count() -> None:
    own = _fail(_OWN, 9, every=1.0, others=True)
    fault = next_fault(own, _THEIRS, "", at=_at(10), others_ended_at=_at(9.9))
    assert (fault.count, fault.since) == (1, _at(10))


def test_fault_recorded_by_an_earlier_release_is_readable() -> None:
    fault = next_fault(OrderFault(at=_at(0), cause="x"), _OWN, "", at=_at(1), others_ended_at=None)
    assert (fault.count, fault.kind) == (1, FaultKind.ORDER)


# -- the circuit ----------------------------------------------------------------------------------------


def _failing(circuit: Circuit, orders: int, *, every: int = 1000, start: int = 1000) -> Circuit:
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
        asked = probe(circuit, "a", max(now, circuit.probe_at))
        assert asked
        now = max(now, circuit.probe_at) + 5000
        circuit = failed(asked, "a", now, jitter)
        assert 0 < circuit.probe_at - now <= rules.LONGEST_PROBE


def test_only_the_probe_can_half_open_a_circuit() -> None:
    opened = _failing(Circuit(of="payments"), 5)
    asked = probe(opened, "a", opened.probe_at)
    assert asked
    assert succeeded(asked, "b", 99_000) is asked
    assert failed(asked, "b", 99_000, 0) is asked
    assert succeeded(asked, "a", 99_000).state is CircuitState.HALF_OPEN


def _half_open() -> Circuit:
    opened = _failing(Circuit(of="payments"), 5)
    asked = probe(opened, "a", opened.probe_at)
    assert asked
    return succeeded(asked, "a", 99_000)


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


# -- concurrency ---------------------------------------------------------------------------------------

_steps = st.lists(st.tuples(st.sampled_from(LoadSignal), st.floats(0, 130)), max_size=60)


@given(_steps)
def test_concurrency_limit_stays_within_its_bounds(steps: list[tuple[LoadSignal, float]]) -> None:
    figure, now = Concurrency(), 0.0
    for sign, took in steps:
        now += took
        figure = figure.after(sign, begun=now - took, now=now, most=10)
        assert MIN_LIMIT <= figure.limit <= 10
        assert 0 <= figure.admitted(10, 0.99) <= 10


@given(_steps)
def test_concurrency_limit_recovers_from_any_state(steps: list[tuple[LoadSignal, float]]) -> None:
    figure, now = Concurrency(), 0.0
    for sign, took in steps:
        now += took
        figure = figure.after(sign, begun=now - took, now=now, most=10)
    for _ in range(100):
        now += 1
        figure = figure.after(LoadSignal.ENDED, begun=now - 1, now=now, most=10)
    assert figure.limit == 10


def test_congestion_halves_the_concurrency_once_for_a_batch() -> None:
    figure = Concurrency(8.0)
    for now in (15.0, 15.1, 15.2):
        figure = figure.after(LoadSignal.CONGESTED, begun=0, now=now, most=10)
    assert figure.limit == 4
    assert figure.after(LoadSignal.CONGESTED, begun=16, now=31, most=10).limit == 2


def test_constantly_slow_provider_does_not_lower_the_concurrency() -> None:
    """A provider that always needs eight seconds is not overloaded."""
    figure, now = Concurrency(), 0.0
    for _ in range(30):
        now += 8
        figure = figure.after(LoadSignal.ENDED, begun=now - 8, now=now, most=10)
    assert figure.limit == 10


def test_slower_execution_lowers_the_concurrency_by_one() -> None:
    figure = Concurrency(8.0, growing=False, quickest=1.0).after(LoadSignal.ENDED, begun=0, now=6, most=10)
    assert figure.limit == 7


def test_failure_without_congestion_keeps_the_concurrency() -> None:
    assert Concurrency().after(LoadSignal.NOTHING, begun=0, now=99, most=10).limit == INITIAL_LIMIT
