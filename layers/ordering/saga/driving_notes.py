"""What a driver notes beside driving: with the order why it could not be driven, and for all drivers whether
a provider is away, and whether orders still come to their end. See `docs/outages.md`.

All of it is a hint but one: that an order is left to the sweep ends its message.
"""

import random

from ordering.aws.logging import logger
from ordering.aws.saga_client import describe
from ordering.domain.clock import ago, milliseconds, now, text_of
from ordering.domain.order import Order, OrderFault, OrderId
from ordering.dynamodb.client import Table
from ordering.repositories.health import UNKNOWN, Health, Readings
from ordering.repositories.orders import Orders
from ordering.repositories.reconciliation import Reconciliation
from ordering.resilience import circuit
from ordering.resilience.diagnosis import PROVIDERS, Diagnosis, FaultKind
from ordering.resilience.pacing import is_handed_over
from ordering.resilience.parking import is_its_own, next_fault

# The circuits are read by each process this often at most (milliseconds).
READINGS_LAST = 5_000
# That an order has failed, or has come to its end, is noted by each process this often at most.
NOTED_EVERY = 15_000
# Ends are noted while orders have failed within this time.
_ENDS_NOTED_FOR = {"hours": 2}


class DrivingNotes:
    """The notes of one process. `hints` is the table with less patience, for what is only looked at.

    `bound` is how long an order may stand still before the sweep drives it on, in seconds.
    """

    def __init__(self, table: Table, hints: Table, bound: int) -> None:
        self._sweep, self._health = Reconciliation(table), Health(table)
        self._orders, self._hints = Orders(hints), Health(hints)
        self._bound = bound
        self.begin()

    def begin(self) -> None:
        """Remember nothing."""
        self._readings = UNKNOWN
        self._read_at = self._end_noted_at = self._failure_noted_at = 0

    def readings(self) -> Readings:
        """The circuits as they were a few seconds ago at most; where they cannot be read, all is well."""
        if milliseconds() - self._read_at > READINGS_LAST:
            try:
                self._readings = self._hints.read(now=milliseconds())
            except Exception:
                logger.exception("circuits not read")
                self._readings = UNKNOWN
            self._read_at = milliseconds()
        return self._readings

    def hand_over(self, order_id: OrderId) -> bool:
        """Leave an order to the sweep; False if the table holds no order that is open.

        Where the table cannot be asked, the order is as good as handed over: its message came of its own
        item, which is in the index of what is due until it ends. So there is no dead letter of it.
        """
        try:
            return self._sweep.hand_over(order_id, at=now())
        except Exception:
            logger.exception("not noted as handed over", extra={"order_id": order_id})
            return True

    def is_probe(self, away: str, order_id: OrderId) -> bool:
        """Whether this order is driven to see whether what is away is back."""

        def asking(before: circuit.Circuit) -> circuit.Circuit | None:
            return circuit.probe(before, order_id, milliseconds()) if before.is_away else before

        return self._health.change(away, asking) is not None

    def wait(self, order_id: OrderId, away: str) -> bool:
        """Leave an order to the sweep, with a note of the provider that it waits for. Returns whether it was
        noted."""
        order = self._orders.find(order_id)
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
        """Note a failure with the order, and with the circuit that counts it.

        The message was received `receives` times, and stays away for `seconds`. Returns whether the sweep
        has the order now, so that the message is done with.
        """
        try:
            order = self._orders.find(order_id)
            if order is None or order.status.is_terminal:
                return False
            after = self._health.change(
                found.circuit,
                lambda before: circuit.failed(before, order_id, milliseconds(), random.random()),  # noqa: S311
            )
            away = readings.away is not None or (after is not None and after.is_away)
            handed_over = is_handed_over(receives, order.attempts, away=away)
            fault = next_fault(
                order.fault, found, describe(error), at=now(), others_ended_at=readings.ended_at
            )
            back_at = now() if handed_over else text_of(milliseconds() + seconds * 1000)
            noted = self._sweep.note_fault(order_id, fault, nudged_at=back_at)
            self._park_if_its_own(order, fault)
            self._note_failure()
            return noted and handed_over
        except Exception:
            # A note is not worth more than the message's return.
            logger.exception("cause not noted", extra={"order_id": order_id})
            return False

    def ended(self, order_id: OrderId, readings: Readings) -> None:
        """Note that an order has ended, for circuits that are not closed, and for whoever has to know whether
        others fail alone."""
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
            # It is a hint: the next order's end says the same.
            logger.exception("end not noted", extra={"order_id": order_id})

    def _park_if_its_own(self, order: Order, fault: OrderFault) -> None:
        if is_its_own(fault, self._bound) and self._sweep.park(order.order_id, fault, at=now()):
            logger.error("order parked", extra={"order_id": order.order_id})

    def _note_failure(self) -> None:
        if milliseconds() - self._failure_noted_at > NOTED_EVERY:
            self._health.note_failure(now())
            self._failure_noted_at = milliseconds()
