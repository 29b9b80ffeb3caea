"""`reconcile_orders`, once a minute, with the handler's own rules."""

from collections.abc import Iterator
from itertools import islice

from ordering.domain.clock import text_of
from ordering.repositories.health import Readings
from ordering.resilience.pacing import is_behind, is_due, room_in_queue
from tests.simulation.outages.queue import Queue
from tests.simulation.outages.rules import Rules
from tests.simulation.outages.scheduler import Scheduler
from tests.simulation.outages.table import SimulatedOrder, SimulatedTable, TableUnavailable

EVERY_SECONDS = 60.0
# The part of a sweep's 60 seconds for nudging.
_NUDGING_SECONDS = 30.0
_CHUNK = 100
# A chunk is claimed by ten threads and sent.
_CHUNK_SECONDS = 0.5
_MOST_NUDGES, _BACKLOG_BEFORE = 5, 50


class Sweep:
    """Nudges orders that make no progress."""

    def __init__(self, scheduler: Scheduler, queue: Queue, table: SimulatedTable, rules: Rules) -> None:
        self._scheduler, self._queue, self._shop, self._rules = scheduler, queue, table, rules

    def begin(self) -> None:
        """Schedule the next sweep."""
        self._scheduler.after(EVERY_SECONDS, self.run)

    def run(self) -> None:
        """One sweep."""
        self.begin()
        try:
            readings = self._shop.readings()
        except TableUnavailable:
            return
        behind = (
            is_behind(self._queue.waiting(), self._rules.at_once)
            if self._rules.spares_waiting
            else self._queue.waiting() >= _BACKLOG_BEFORE
        )
        if not behind:
            due = (
                each for each in self._shop.not_moved_for(self._rules.bound) if self._is_due(each, readings)
            )
            self._nudge(due, readings, self._scheduler.now + _NUDGING_SECONDS, 0)

    def _is_due(self, order: SimulatedOrder, readings: Readings) -> bool:
        if not self._rules.hands_over:
            # The earlier rule: a fixed time after the last nudge.
            before = self._scheduler.text(-self._rules.bound)
            return order.nudged_at is None or order.nudged_at < before
        recovered = readings.recovered_at
        return is_due(
            order.order_id,
            order.attempts,
            order.nudged_at,
            now=self._scheduler.text(),
            bound=self._rules.bound,
            recovered_at=text_of(recovered) if recovered else None,
        )

    def _nudge(self, due: Iterator[SimulatedOrder], readings: Readings, until: float, redriven: int) -> None:
        """A chunk, and later the next one: as `_drive_on` of the handler."""
        allowed = readings.allowance if self._rules.circuit else None
        if self._scheduler.now >= until or (allowed is not None and redriven >= allowed):
            return
        room = room_in_queue(self._queue.waiting(), self._rules.at_once)
        if self._rules.sweeps is not None:
            room = self._rules.sweeps - redriven
            if room <= 0:
                return
        chunk = list(islice(due, min(room, _CHUNK, _CHUNK if allowed is None else allowed - redriven)))
        if room and not chunk:
            return
        for order in chunk:
            redriven += self._send(order)

        def proceed() -> None:
            try:
                now = self._shop.readings() if allowed is not None else readings
            except TableUnavailable:
                return
            self._nudge(due, now, until, redriven)

        self._scheduler.after(_CHUNK_SECONDS if chunk else 1.0, proceed)

    def _send(self, order: SimulatedOrder) -> bool:
        if not order.is_open or (self._rules.lease and order.message_until > self._scheduler.now):
            return False
        if not self._rules.parks_its_own and order.attempts >= _MOST_NUDGES:
            order.parked_at = self._scheduler.now
            self._shop.open.pop(order.order_id, None)
            return True
        order.nudged_at = self._scheduler.text()
        order.attempts += 1
        self._shop.figures.nudges += 1
        self._queue.send(order.order_id)
        return True
