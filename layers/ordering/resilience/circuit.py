"""Whether something that orders need is away: a circuit that all drivers share.

There is one for each provider, and one for the platform, which counts every other fault: it opens when
nothing succeeds any more, whatever the reason.

| state     | what is driven                              | it becomes                                      |
|-----------|---------------------------------------------|-------------------------------------------------|
| CLOSED    | every order                                 | OPEN after so many failures in a row (a         |
|           |                                             | provider: 5, the platform: 20), of orders that  |
|           |                                             | differ, each within two minutes of the one      |
|           |                                             | before                                          |
| OPEN      | one order at a time, as a probe             | HALF_OPEN when a probe succeeds                 |
| HALF_OPEN | new orders, and four times as many of those | CLOSED after 64 successes, OPEN again after     |
|           | that wait after each round                  | three failures                                  |

Times are milliseconds since 1970. Each transition returns the circuit as it is then, the same object where
nothing changes, so that nothing is written.
"""

from enum import StrEnum

from msgspec.structs import replace

from ordering.domain.base import Record

# By the name of what is away. A provider's error is its own word for it; of the platform's circuit more is
# asked, since a few orders may each fail for a reason of their own.
PAYMENTS, SHIPPING, PLATFORM = "payments", "shipping", "platform"
FAILURES_TO_OPEN = {PAYMENTS: 5, SHIPPING: 5, PLATFORM: 20}
WINDOW = 120_000
FAILURES_TO_OPEN_AGAIN = 3
FIRST_PROBE = 15_000
LONGEST_PROBE = 60_000
# Longer than a driver may take. If the driver of a probe dies, there is another after this.
PROBE_TIME = 160_000
FIRST_ALLOWANCE = 2
SUCCESSES_TO_CLOSE = 64


class CircuitState(StrEnum):
    """Of a circuit: see the table above."""

    CLOSED = "CLOSED"
    OPEN = "OPEN"
    HALF_OPEN = "HALF_OPEN"


class Circuit(Record, frozen=True):
    """The circuit of one provider, or of the platform."""

    of: str
    state: CircuitState = CircuitState.CLOSED
    failures: int = 0
    """CLOSED and HALF_OPEN: those that count. OPEN: probes that failed."""
    successes: int = 0
    """HALF_OPEN: since it is."""
    last_order: str | None = None
    """The order that failed last, or the one that is the probe."""
    changed_at: int = 0
    """When it last became what it is."""
    failed_at: int = 0
    probe_at: int = 0
    """OPEN: from when another probe may be made."""
    away_since: int = 0
    """OPEN and HALF_OPEN: when it opened first. CLOSED: 0."""

    @property
    def is_away(self) -> bool:
        """Whether orders have to wait."""
        return self.state is CircuitState.OPEN

    @property
    def concerns_success(self) -> bool:
        """Whether an order that ends changes anything of it."""
        return self.state is not CircuitState.CLOSED or self.failures > 0

    @property
    def allowance(self) -> int | None:
        """How many waiting orders may be sent on at once; None: as many as there is room for.

        OPEN: a few candidates, of which one becomes the probe.
        """
        match self.state:
            case CircuitState.CLOSED:
                return None
            case CircuitState.OPEN:
                return FIRST_ALLOWANCE
        return max(FIRST_ALLOWANCE, 4 * self.successes)


def failed(circuit: Circuit, order_id: str, now: int, jitter: float) -> Circuit:
    """An order has failed for want of it. `jitter` is from 0 to 1."""
    match circuit.state:
        case CircuitState.OPEN:
            if order_id != circuit.last_order:
                # It was begun before the circuit opened.
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
        # One order alone says nothing about the provider.
        return circuit
    failures = circuit.failures + 1
    if failures < FAILURES_TO_OPEN[circuit.of]:
        return replace(circuit, failures=failures, failed_at=now, last_order=order_id)
    return _open(circuit, order_id, now, jitter)


def succeeded(circuit: Circuit, order_id: str, now: int) -> Circuit:
    """An order has come to its end."""
    match circuit.state:
        case CircuitState.CLOSED:
            return replace(circuit, failures=0, last_order=None) if circuit.failures else circuit
        case CircuitState.OPEN:
            if order_id != circuit.last_order:
                # It may have needed nothing of the provider.
                return circuit
            return replace(circuit, state=CircuitState.HALF_OPEN, failures=0, successes=1, changed_at=now)
    if circuit.successes + 1 < SUCCESSES_TO_CLOSE:
        return replace(circuit, successes=circuit.successes + 1, failures=max(0, circuit.failures - 1))
    return Circuit(of=circuit.of, changed_at=now)


def probe(circuit: Circuit, order_id: str, now: int) -> Circuit | None:
    """The circuit with this order as its probe; None: it has to wait like the others."""
    if circuit.state is not CircuitState.OPEN or now < circuit.probe_at:
        return None
    return replace(circuit, last_order=order_id, probe_at=now + PROBE_TIME)


def settled(circuit: Circuit, now: int) -> Circuit:
    """A half-open circuit for which no order is left to succeed closes after a while by itself."""
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
