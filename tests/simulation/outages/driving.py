"""`drive_order`, step by step as in its handler, with the handler's own rules."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from ordering.domain.order import OrderFault
from ordering.repositories.health import UNKNOWN, Readings
from ordering.resilience import budget, circuit
from ordering.resilience.concurrency import Concurrency, LoadSignal
from ordering.resilience.diagnosis import PROVIDERS, Diagnosis, FaultKind, of_execution
from ordering.resilience.pacing import LAST_ATTEMPT, back_off_seconds, is_handed_over
from ordering.resilience.parking import must_park, next_fault
from tests.simulation.outages.execution import Failure, Platform
from tests.simulation.outages.queue import VISIBILITY_SECONDS, Message, Queue
from tests.simulation.outages.rules import Rules
from tests.simulation.outages.scheduler import Scheduler
from tests.simulation.outages.table import SimulatedOrder, SimulatedTable, TableUnavailable

_END_SECONDS = 150 - budget.RESERVE_SECONDS
# A call of an unavailable table is abandoned after this time.
_NO_RESPONSE_SECONDS = 4.0
_MACHINE_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class DriveResult:
    """The result of driving a message."""

    done: bool
    seconds: float | None = None
    signal: LoadSignal = LoadSignal.NOTHING


diagnose = lru_cache(of_execution)


class Driver:
    """One of the concurrent invocations of the event source."""

    def __init__(
        self, scheduler: Scheduler, queue: Queue, table: SimulatedTable, platform: Platform, rules: Rules
    ) -> None:
        self._scheduler, self._queue, self._shop, self._platform = scheduler, queue, table, platform
        self._rules = rules
        self.concurrency = Concurrency() if rules.adaptive else Concurrency(rules.batch, growing=False)
        self._readings = UNKNOWN
        self._read_at = float("-inf")
        self._batch: _Batch | None = None

    def poll(self) -> None:
        """Receive a batch, unless one is being handled."""
        if self._batch is None and (messages := self._queue.receive(self._rules.batch)):
            self._batch = _Batch(self, messages, self._scheduler.random.random())
            self._batch.proceed()

    def learn(self, signal: LoadSignal, begun: float) -> None:
        """An execution has ended, or its driver has stopped waiting for it."""
        if self._rules.adaptive:
            self.concurrency = self.concurrency.after(
                signal, begun=begun, now=self._scheduler.now, most=self._rules.batch
            )

    def answered(self, batch: "_Batch") -> None:
        """The batch is finished, or its time is up."""
        self._batch = None
        for place, message in enumerate(batch.messages):
            driven = batch.results.get(place)
            if driven is None:
                first, last = budget.NOT_BEGUN_SECONDS
                begun = place in batch.running
                seconds = budget.LEASE_SECONDS if begun else self._scheduler.random.uniform(first, last)
                self._queue.delay(message, seconds)
            elif driven.done:
                self._queue.delete(message)
            elif driven.seconds is not None:
                self._queue.delay(message, driven.seconds)
        self._scheduler.after(0.05, self.poll)

    # -- one message ---------------------------------------------------------------------------------

    def drive(self, message: Message, then: Callable[[DriveResult], object]) -> None:
        """As `_drive` of the handler."""
        order = self._shop.orders[message.order_id]
        back_off = self._back_off(message)
        try:
            if message.receives > LAST_ATTEMPT and self._rules.hands_over:
                if not self._shop.is_unavailable():
                    order.nudged_at = self._scheduler.text()
                then(DriveResult(True))
                return
            self._shop.call()
            readings = self._read()
            if (away := readings.unavailable) and self._rules.circuit and not self._is_probe(away, order):
                self._wait(order, away)
                then(DriveResult(True))
                return
        except TableUnavailable:
            self._scheduler.after(_NO_RESPONSE_SECONDS, lambda: then(DriveResult(False, back_off)))
            return
        now = self._scheduler.now
        if order.lease_until > now and self._rules.lease:
            then(DriveResult(False, min(order.lease_until - now + 1, back_off)))
            return
        order.lease_until, order.message_until = now + budget.LEASE_SECONDS, now + VISIBILITY_SECONDS
        self._execute(message, order, readings, then)

    def _execute(
        self,
        message: Message,
        order: SimulatedOrder,
        readings: Readings,
        then: Callable[[DriveResult], object],
    ) -> None:
        figures = self._shop.figures
        figures.executions += 1
        figures.overlapping += order.running > 0
        order.executions += 1
        order.running += 1

        def ended(failure: Failure | None) -> None:
            order.running -= 1
            order.lease_until = order.message_until = 0.0
            if failure is None:
                self._shop.end(order)
                self._note_success(order, readings)
                then(DriveResult(True, signal=LoadSignal.ENDED))
                return
            found = diagnose(*failure)
            seconds = self._back_off(message)
            signal = LoadSignal.CONGESTED if found.congested else LoadSignal.NOTHING
            then(DriveResult(self._note(message, order, found, readings, seconds), seconds, signal))

        if order.is_open:
            self._platform.execute(order, ended)
        else:
            self._scheduler.after(0.1, lambda: ended(None))

    def _note(
        self, message: Message, order: SimulatedOrder, found: Diagnosis, readings: Readings, seconds: float
    ) -> bool:
        """As `_note` of the handler."""
        moment, table = self._scheduler.milliseconds, self._shop
        try:
            away = readings.unavailable is not None
            if self._rules.circuit:
                jitter = self._scheduler.random.random()
                after = table.change(
                    found.circuit, lambda before: circuit.failed(before, order.order_id, moment, jitter)
                )
                away = away or (after is not None and after.is_away)
            table.call()
        except TableUnavailable:
            return False
        if not order.is_open:
            return False
        handed_over = self._rules.hands_over and is_handed_over(
            message.receives, order.attempts, away=away and self._rules.circuit
        )
        at = self._scheduler.text()
        fault = next_fault(order.fault, found, "", at=at, others_ended_at=readings.ended_at)
        order.fault = fault
        if self._rules.hands_over:
            order.nudged_at = at if handed_over else self._scheduler.text(seconds)
        if must_park(fault, self._rules.bound) and self._rules.parks_its_own:
            self._park(order)
        table.failed_at = at
        return handed_over

    def _park(self, order: SimulatedOrder) -> None:
        order.parked_at = self._scheduler.now
        self._shop.open.pop(order.order_id, None)

    # -- unavailable services -----------------------------------------------------------------------

    def _read(self) -> Readings:
        if self._scheduler.now - self._read_at > 5:
            self._readings, self._read_at = self._shop.readings(), self._scheduler.now
        return self._readings

    def _is_probe(self, away: str, order: SimulatedOrder) -> bool:
        def asking(before: circuit.Circuit) -> circuit.Circuit | None:
            if not before.is_away:
                return before
            after = circuit.probe(before, order.order_id, self._scheduler.milliseconds)
            self._shop.figures.probes += after is not None
            return after

        return self._shop.change(away, asking) is not None

    def _wait(self, order: SimulatedOrder, away: str) -> None:
        at = self._scheduler.text()
        if away in PROVIDERS and (order.fault is None or order.fault.provider != away):
            order.fault = OrderFault(at=at, cause="", kind=FaultKind.PROVIDER, provider=away, since=at)
        order.nudged_at = at

    def _note_success(self, order: SimulatedOrder, readings: Readings) -> None:
        moment = self._scheduler.milliseconds
        try:
            for name, seen in readings.circuits.items():
                if seen.concerns_success:
                    self._shop.change(name, lambda before: circuit.succeeded(before, order.order_id, moment))
            self._shop.call()
        except TableUnavailable:
            return
        if self._shop.failed_at is not None:
            self._shop.last_end = self._scheduler.text()

    def _back_off(self, message: Message) -> int:
        return back_off_seconds(message.receives, self._scheduler.random.random())


class _Batch:
    """The messages of an invocation, several at once, as in `parallel.until`."""

    def __init__(self, driver: Driver, messages: list[Message], chance: float) -> None:
        self._driver, self.messages, self._chance = driver, messages, chance
        self._scheduler = driver._scheduler
        self._begun_at = self._scheduler.now
        self._waiting = deque(range(len(messages)))
        self.running: dict[int, float] = {}
        """place → when it was started."""
        self.results: dict[int, DriveResult] = {}
        self._answered = False
        self._scheduler.after(_END_SECONDS, self._answer)

    def proceed(self) -> None:
        """Start what may be started; return the response when nothing runs any more."""
        in_time = self._scheduler.now < self._begun_at + budget.BEGIN_SECONDS
        at_once = self._driver.concurrency.admitted(len(self.messages), self._chance)
        while self._waiting and len(self.running) < at_once and in_time:
            place = self._waiting.popleft()
            self.running[place] = self._scheduler.now
            self._driver.drive(self.messages[place], lambda driven, place=place: self._ended(place, driven))  # type: ignore[misc]
        if not self.running:
            self._answer()

    def _ended(self, place: int, driven: DriveResult) -> None:
        begun = self.running.pop(place)
        if not self._answered:
            self._driver.learn(driven.signal, begun)
            self.results[place] = driven
            # Not within the loop that starts others.
            self._scheduler.after(0, self.proceed)

    def _answer(self) -> None:
        if not self._answered:
            self._answered = True
            for begun in self.running.values():
                self._driver.learn(LoadSignal.CONGESTED, begun)
            self._driver.answered(self)
