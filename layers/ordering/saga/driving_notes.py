"""Notes of a driver about failures, for the sweep and the other drivers. See `docs/outages.md`.

They record why an order could not be driven, whether a provider is unavailable, and whether orders still end.
All notes are hints except one: handing an order over to the sweep ends its message.
"""

import random

from ordering.aws.logging import logger
from ordering.aws.saga_client import describe
from ordering.domain.clock import ago, milliseconds, now, text_of
from ordering.domain.order import OrderFault, OrderId
from ordering.domain.trace import Trace
from ordering.dynamodb.client import Table
from ordering.repositories.health import UNKNOWN, Health, Readings
from ordering.repositories.orders import Orders
from ordering.repositories.reconciliation import Reconciliation
from ordering.resilience import circuit
from ordering.resilience.diagnosis import PROVIDERS, Diagnosis, FaultKind
from ordering.resilience.pacing import is_handed_over
from ordering.resilience.parking import must_park, next_fault

# The minimum time between two reads of the circuits by one process, in milliseconds.
READINGS_LAST = 5_000
# The minimum time between two notes of one process that an order has failed, or ended, in milliseconds.
NOTED_EVERY = 15_000
# Ends are noted only if an order has failed within this time.
_ENDS_NOTED_FOR = {"hours": 2}


class DrivingNotes:
    """The notes of one process. `hints` is the same table with shorter time-outs, for reads that may fail.

    `bound` is how long an order may make no progress before the sweep drives it, in seconds.
    """

    def __init__(self, table: Table, hints: Table, bound: int) -> None:
        self._sweep, self._health = Reconciliation(table), Health(table)
        self._orders, self._hints = Orders(hints), Health(hints)
        self._bound = bound
        self.begin()

    def begin(self) -> None:
        """Reset the state of the process."""
        self._readings = UNKNOWN
        self._read_at = self._end_noted_at = self._failure_noted_at = 0

    def readings(self) -> Readings:
        """Returns the circuits, at most a few seconds old. If they cannot be read, none counts as open."""
        if milliseconds() - self._read_at > READINGS_LAST:
            try:
                self._readings = self._hints.read(now=milliseconds())
            except Exception:
                logger.exception("circuits not read")
                self._readings = UNKNOWN
            self._read_at = milliseconds()
        return self._readings

    def trace(self, order_id: OrderId) -> Trace | None:
        """Returns the order's ids for the log and for X-Ray; None if it has none, or they cannot be read."""
        try:
            return self._orders.trace(order_id)
        except Exception:
            logger.warning("trace not read", exc_info=True, extra={"order_id": order_id})
            return None

    def hand_over(self, order_id: OrderId) -> bool:
        """Leave an order to the sweep. Returns False if there is no such open order.

        Returns True if the table cannot be reached: the order's own item caused its message, and stays in the
        index of due orders until the order ends, so the sweep finds it. This avoids a dead letter.
        """
        try:
            return self._sweep.hand_over(order_id, at=now())
        except Exception:
            logger.exception("not noted as handed over", extra={"order_id": order_id})
            return True

    def is_probe(self, away: str, order_id: OrderId) -> bool:
        """Whether this order is driven as a probe, to find out whether `away` is available again."""

        def take_probe(before: circuit.Circuit) -> circuit.Circuit | None:
            return circuit.probe(before, order_id, milliseconds()) if before.is_away else before

        return self._health.change(away, take_probe) is not None

    def wait(self, order_id: OrderId, away: str) -> bool:
        """Leave an order to the sweep, and note which provider it waits for.

        Returns whether it was noted.
        """
        order = self._orders.notes(order_id)
        if order is None:
            return False
        at = now()
        if away not in PROVIDERS or order.waits_for == away:
            return self._sweep.hand_over(order_id, at=at)
        fault = OrderFault(at=at, cause=f"{away}: away", kind=FaultKind.PROVIDER, provider=away, since=at)
        return self._sweep.note_fault(order_id, fault, nudged_at=at)

    def failed(
        self,
        order_id: OrderId,
        error: Exception,
        found: Diagnosis,
        readings: Readings,
        *,
        receives: int,
        seconds: int,
    ) -> bool:
        """Note a failure in the order's item, and in the circuit that counts it.

        The message was received `receives` times, and stays hidden for `seconds`. Returns whether the order
        was handed over to the sweep, so that the message can be deleted.
        """
        try:
            # This works for an unreadable order too: its notes let it be parked eventually.
            order = self._orders.notes(order_id)
            if order is None or order.has_ended:
                return False
            after = self._health.change(
                found.circuit,
                lambda before: circuit.failed(before, order_id, milliseconds(), random.random()),  # noqa: S311
            )
            away = readings.unavailable is not None or (after is not None and after.is_away)
            handed_over = is_handed_over(receives, order.reconcile_attempts, away=away)
            fault = next_fault(
                order.fault, found, describe(error), at=now(), others_ended_at=readings.ended_at
            )
            retry_from = now() if handed_over else text_of(milliseconds() + seconds * 1000)
            noted = self._sweep.note_fault(order_id, fault, nudged_at=retry_from)
            self._park_if_needed(order_id, fault)
            self._note_failure()
            return noted and handed_over
        except Exception:
            # If the note fails, the message must still be redelivered.
            logger.exception("cause not noted", extra={"order_id": order_id})
            return False

    def ended(self, order_id: OrderId, readings: Readings) -> None:
        """Note that an order has ended.

        Circuits that are not closed count it, and it shows whether failing orders fail alone.
        """
        try:
            for name, seen in readings.circuits.items():
                if seen.concerns_success:
                    self._health.change(
                        name, lambda before: circuit.succeeded(before, order_id, milliseconds())
                    )
            failing = readings.failed_at is not None and readings.failed_at > ago(**_ENDS_NOTED_FOR)
            if failing and milliseconds() - self._end_noted_at > NOTED_EVERY:
                self._health.note_end(now())
                self._end_noted_at = milliseconds()
        except Exception:
            # It is only a hint: the next order that ends gives the same hint.
            logger.exception("end not noted", extra={"order_id": order_id})

    def _park_if_needed(self, order_id: OrderId, fault: OrderFault) -> None:
        if must_park(fault, self._bound) and self._sweep.park(order_id, fault, at=now()):
            logger.error("order parked", extra={"order_id": order_id})

    def _note_failure(self) -> None:
        if milliseconds() - self._failure_noted_at > NOTED_EVERY:
            self._health.note_failure(now())
            self._failure_noted_at = milliseconds()
