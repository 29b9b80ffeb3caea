"""Circuits: whether a provider, or the platform, is unavailable. All drivers share them.

There is one for each provider, and one for the platform. The platform's circuit counts all faults that no
provider caused: it opens if no order succeeds any more, whatever the reason.

| state     | what is driven                              | it becomes                                      |
|-----------|---------------------------------------------|-------------------------------------------------|
| CLOSED    | every order                                 | OPEN after 5 failures in a row (provider) or 20 |
|           |                                             | (platform), each of another order than the one  |
|           |                                             | before, and within two minutes of it            |
| OPEN      | one order at a time, as a probe             | HALF_OPEN when a probe succeeds                 |
| HALF_OPEN | new orders, and four times as many of those | CLOSED after 64 successes, OPEN again after     |
|           | that wait after each round                  | three failures                                  |

Times are milliseconds since 1970. Each transition returns the new circuit, or the same object if nothing has
changed, so that nothing is written.
"""

from enum import StrEnum

from msgspec.structs import replace

from ordering.domain.base import Record

# The names of the circuits. A provider's own error shows that it is unavailable. The platform's circuit needs
# more failures, since a few orders may fail for reasons of their own.
PAYMENTS, SHIPPING, PLATFORM = "payments", "shipping", "platform"
FAILURES_TO_OPEN = {PAYMENTS: 5, SHIPPING: 5, PLATFORM: 20}
WINDOW = 120_000
FAILURES_TO_OPEN_AGAIN = 3
FIRST_PROBE = 15_000
LONGEST_PROBE = 60_000
# Longer than a driver can run. If the driver of a probe dies, another probe is made after this time.
PROBE_TIME = 160_000
FIRST_ALLOWANCE = 2
SUCCESSES_TO_CLOSE = 64


class CircuitState(StrEnum):
    """The state of a circuit: see the table above."""

    CLOSED = "CLOSED"
    OPEN = "OPEN"
    HALF_OPEN = "HALF_OPEN"


class Circuit(Record, frozen=True):
    """The circuit of one provider, or of the platform."""

    of: str
    state: CircuitState = CircuitState.CLOSED
    failures: int = 0
    """CLOSED and HALF_OPEN: the failures counted so far. OPEN: the failed probes."""
    successes: int = 0
    """HALF_OPEN: the successes since the circuit became half-open."""
    last_order: str | None = None
    """The order that failed last; OPEN: the order that is the probe."""
    changed_at: int = 0
    """When the state last changed."""
    failed_at: int = 0
    probe_at: int = 0
    """OPEN: when the next probe may be made."""
    away_since: int = 0
    """OPEN and HALF_OPEN: when the circuit first opened since it was closed. CLOSED: 0."""

    @property
    def is_away(self) -> bool:
        """Whether orders have to wait."""
        return self.state is CircuitState.OPEN

    @property
    def concerns_success(self) -> bool:
        """Whether the end of an order changes this circuit."""
        return self.state is not CircuitState.CLOSED or self.failures > 0

    @property
    def allowance(self) -> int | None:
        """How many waiting orders may be driven at once; None: as many as there is room for.

        OPEN: a few candidates, of which one becomes the probe.
        """
        match self.state:
            case CircuitState.CLOSED:
                return None
            case CircuitState.OPEN:
                return FIRST_ALLOWANCE
        return max(FIRST_ALLOWANCE, 4 * self.successes)


def failed(circuit: Circuit, order_id: str, now: int, jitter: float) -> Circuit:
    """Return the circuit after an order failed because of its provider. `jitter` is from 0 to 1."""
    match circuit.state:
        case CircuitState.OPEN:
            if order_id != circuit.last_order:
                # This order is not the probe: it was begun before the circuit opened.
                return circuit
            failures = circuit.failures + 1
            return replace(circuit, failures=failures, failed_at=now, probe_at=now + _pause(failures, jitter))
        case CircuitState.HALF_OPEN:
            failures = circuit.failures + 1
            if failures < FAILURES_TO_OPEN_AGAIN:
                return replace(circuit, failures=failures, failed_at=now, last_order=order_id)
            return _open(circuit, order_id, now, jitter)
    if now - circuit.failed_at > WINDOW:
        return replace(circuit, failures=1, failed_at=now, last_order=order_id)
    if order_id == circuit.last_order:
        # Repeated failures of one order may have a cause of its own.
        return circuit
    failures = circuit.failures + 1
    if failures < FAILURES_TO_OPEN[circuit.of]:
        return replace(circuit, failures=failures, failed_at=now, last_order=order_id)
    return _open(circuit, order_id, now, jitter)


def succeeded(circuit: Circuit, order_id: str, now: int) -> Circuit:
    """Return the circuit after an order ended."""
    match circuit.state:
        case CircuitState.CLOSED:
            return replace(circuit, failures=0, last_order=None) if circuit.failures else circuit
        case CircuitState.OPEN:
            if order_id != circuit.last_order:
                # This order is not the probe: it may not have needed the provider.
                return circuit
            return replace(circuit, state=CircuitState.HALF_OPEN, failures=0, successes=1, changed_at=now)
    if circuit.successes + 1 < SUCCESSES_TO_CLOSE:
        return replace(circuit, successes=circuit.successes + 1, failures=max(0, circuit.failures - 1))
    return Circuit(of=circuit.of, changed_at=now)


def probe(circuit: Circuit, order_id: str, now: int) -> Circuit | None:
    """Return the circuit with this order as its probe; None if the order must wait."""
    if circuit.state is not CircuitState.OPEN or now < circuit.probe_at:
        return None
    return replace(circuit, last_order=order_id, probe_at=now + PROBE_TIME)


def closed_if_idle(circuit: Circuit, now: int) -> Circuit:
    """Return the circuit at this time: half-open circuits close after a while if no order needs them."""
    if circuit.state is CircuitState.HALF_OPEN and now - circuit.changed_at > WINDOW:
        return Circuit(of=circuit.of, changed_at=now)
    return circuit


def _open(circuit: Circuit, order_id: str, now: int, jitter: float) -> Circuit:
    return Circuit(
        of=circuit.of,
        state=CircuitState.OPEN,
        last_order=None,
        changed_at=now,
        failed_at=now,
        probe_at=now + _pause(0, jitter),
        away_since=circuit.away_since or now,
    )


def _pause(failures: int, jitter: float) -> int:
    longest = min(FIRST_PROBE << min(failures, 10), LONGEST_PROBE)
    return round(longest * (1 - jitter / 2))
