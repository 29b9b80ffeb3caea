"""Drive order: each message of the order queue names an order; the saga takes it to its end.

| if it dies                 | then                                                               |
|----------------------------|--------------------------------------------------------------------|
| before the execution starts| the message becomes visible again, and the order is driven then    |
| while the execution runs   | the execution goes on alone; the message comes back, and the saga, |
|                            | which begins by looking where the order stands, finds it further   |
| before it reports          | the same                                                           |
| with the order's lease     | the lease ends by itself, before the message comes back            |

Not every order is driven: one that another driver has at present, one that waits for a provider which is
away, and one for which there is no time come back, or are left to the sweep. See `docs/outages.md`.
"""

import os
import random
import time
from collections.abc import Callable
from typing import Any, NamedTuple
from uuid import uuid4

import msgspec
from aws_lambda_powertools.utilities.typing import LambdaContext

from ordering import parallel
from ordering.aws import BRISK, ONCE
from ordering.clock import ago, milliseconds, now, text_of
from ordering.driving import Driver, diagnose, may_still_run
from ordering.log import logger
from ordering.messages import Message, Messages, back_off, received
from ordering.order import Fault, Order, OrderId
from ordering.resilience import budget, circuit
from ordering.resilience.concurrency import Concurrency, Sign
from ordering.resilience.diagnosis import PROVIDERS, Diagnosis, Kind
from ordering.resilience.pacing import LAST_ATTEMPT, is_handed_over
from ordering.resilience.parking import is_its_own, next_fault
from ordering.table.client import Table
from ordering.table.health import UNKNOWN, Health, Readings
from ordering.table.leases import Held, Lease, Leases
from ordering.table.orders import Orders
from ordering.table.sweep import Sweep

LONGEST_CAUSE = 1000
BOUND_SECONDS = int(os.environ["OPEN_TOO_LONG_SECONDS"])
VISIBILITY_SECONDS = int(os.environ["ORDER_VISIBILITY_SECONDS"])
# An event source of SQS hands over no more at a time without a window.
BATCH = 10
# The circuits are read by each process this often at most (milliseconds).
READINGS_LAST = 5_000
# That an order has failed, or has come to its end, is noted by each process this often at most.
NOTED_EVERY = 15_000
# Ends are noted while orders have failed within this time.
ENDS_NOTED_FOR = {"hours": 2}

driver = Driver(os.environ["STATE_MACHINE_ARN"])
messages = Messages(os.environ["ORDER_QUEUE_URL"], BRISK)
table, hints = Table.of_environment(BRISK), Table.of_environment(ONCE)
sweep, leases, health = Sweep(table), Leases(table), Health(table)
orders, readings_of = Orders(hints), Health(hints)


class Body(msgspec.Struct, frozen=True, rename="camel"):
    """The body of a message."""

    order_id: OrderId


class Driven(NamedTuple):
    """What became of a message: whether it is done with, and if not, for how many seconds it stays away.

    If it was driven, what that is a sign of, and when it was begun and had ended.
    """

    done: bool
    seconds: int | None = None
    sign: Sign = Sign.NOTHING
    begun: float = 0.0
    ended: float = 0.0


class Process:
    """What a process remembers between its invocations."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Remember nothing."""
        self.concurrency = Concurrency()
        self.readings = UNKNOWN
        self.read_at = self.end_noted_at = self.failure_noted_at = 0


process = Process()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Drive a batch, several messages at once; reports those that failed, or were not begun, by id."""
    records: list[Message] = event["Records"]
    begun = time.monotonic()
    end_before = begun + context.get_remaining_time_in_millis() / 1000 - budget.RESERVE_SECONDS
    acknowledged: set[int] = set()

    def acknowledge(results: dict[int, Driven]) -> None:
        """Delete what is done with, so that one slow order does not hold up the others."""
        done = [place for place, driven in results.items() if driven.done and place not in acknowledged]
        messages.acknowledge([records[place] for place in done])
        acknowledged.update(done)

    readings, chance = _readings(), random.random()  # noqa: S311
    results, tried = parallel.until(
        lambda record: _drive(record, readings, lambda: time.monotonic() < end_before),
        records,
        at_once=lambda: process.concurrency.admitted(len(records), chance),
        begin_before=begun + budget.BEGIN_SECONDS,
        end_before=end_before,
        ended=lambda driven: _learn(driven.sign, driven.begun, driven.ended),
        held_up=acknowledge,
        patience=budget.HELD_UP_SECONDS,
    )
    for _ in tried - results.keys():
        _learn(Sign.CONGESTED, begun, time.monotonic())
    failed = [
        (record, results[place].seconds if place in results else _late(record, begun=place in tried))
        for place, record in enumerate(records)
        if place not in results or not results[place].done
    ]
    return messages.put_back(failed)


def _late(record: Message, *, begun: bool) -> int | None:
    """How long a message stays away that has no result: one whose execution goes on as long as it may."""
    if begun:
        logger.warning("not driven in time", extra={"message_id": record["messageId"]})
        return budget.LEASE_SECONDS
    return random.randint(*budget.NOT_BEGUN_SECONDS)  # noqa: S311


def _learn(sign: Sign, begun: float, ended: float) -> None:
    """Do more at once, or less, by what an execution is a sign of."""
    before = process.concurrency
    process.concurrency = before.after(sign, begun=begun, now=ended, most=BATCH)
    if process.concurrency.limit < before.limit:
        logger.warning("fewer orders at once", extra={"limit": process.concurrency.limit})


def _drive(record: Message, readings: Readings, there_is_time: Callable[[], bool]) -> Driven:
    said: dict[str, Any] = {"message_id": record["messageId"], "receives": received(record)}
    try:
        order_id = msgspec.json.decode(record["body"], type=Body).order_id
    except Exception:
        # Not dropped: the dead-letter queue shows it to a person.
        logger.exception("not an order's message", extra=said)
        return Driven(False, back_off(record))
    said["order_id"] = order_id
    try:
        if received(record) > LAST_ATTEMPT and _hand_over(order_id):
            logger.warning("handed over to the sweep", extra=said)
            return Driven(True)
        if (waits_for := readings.away) and not _is_probe(waits_for, order_id):
            return Driven(_wait(order_id, waits_for), back_off(record))
        lease = _lease(order_id)
        if isinstance(lease, Held):
            logger.info("another driver has the order", extra=said)
            return Driven(False, _until(lease, record))
    except Exception:
        logger.exception("not begun", extra=said)
        return Driven(False, back_off(record))
    return _execute(record, order_id, lease, readings, there_is_time, said)


def _hand_over(order_id: OrderId) -> bool:
    """Leave an order to the sweep; False if the table holds no order that is open.

    Where the table cannot be asked, the order is as good as handed over: its message came of its own item,
    which is in the index of what is due until it ends. So there is no dead letter of it.
    """
    try:
        return sweep.hand_over(order_id, at=now())
    except Exception:
        logger.exception("not noted as handed over", extra={"order_id": order_id})
        return True


def _execute(
    record: Message,
    order_id: OrderId,
    lease: Lease,
    readings: Readings,
    there_is_time: Callable[[], bool],
    said: dict[str, Any],
) -> Driven:
    execution = f"{record['messageId']}-{received(record)}"
    said["execution"] = execution
    begun = time.monotonic()
    try:
        driver.drive(order_id, name=execution)
    except Exception as error:
        # Whatever it was, the order must be driven again: by its message, or by the sweep.
        ended = time.monotonic()
        logger.exception("not driven", extra=said)
        if not there_is_time():
            return Driven(False)
        found = diagnose(error)
        sign = Sign.CONGESTED if found.congested else Sign.NOTHING
        seconds = back_off(record)
        handed_over = _note(record, order_id, error, found, readings, seconds)
        if not may_still_run(error):
            _give_back(lease)
        return Driven(handed_over, seconds, sign, begun, ended)
    ended = time.monotonic()
    logger.info("driven", extra=said)
    _give_back(lease)
    _note_success(order_id, readings)
    return Driven(True, None, Sign.ENDED, begun, ended)


def _lease(order_id: OrderId) -> Lease | Held:
    moment = milliseconds()
    return leases.take(
        order_id,
        uuid4().hex,
        now=moment,
        until=moment + budget.LEASE_SECONDS * 1000,
        message_until=moment + VISIBILITY_SECONDS * 1000,
    )


def _give_back(lease: Lease) -> None:
    try:
        leases.give_back(lease)
    except Exception:
        # It ends by itself.
        logger.exception("lease not given back", extra={"order_id": lease.order_id})


def _until(held: Held, record: Message) -> int:
    """How long a message stays away whose order another driver has: until that one is done, most likely."""
    left = max(1, (held.until - milliseconds()) // 1000 + 1)
    return min(left, back_off(record))


# -- what failed ---------------------------------------------------------------------------------------


def _note(
    record: Message, order_id: OrderId, error: Exception, found: Diagnosis, readings: Readings, seconds: int
) -> bool:
    """Note a failure with the order, and with the provider. Returns whether the sweep has the order now, so
    that the message is done with."""
    try:
        order = orders.find(order_id)
        if order is None or order.status.is_terminal:
            return False
        after = health.change(
            found.circuit,
            lambda before: circuit.failed(before, order_id, milliseconds(), random.random()),  # noqa: S311
        )
        away = readings.away is not None or (after is not None and after.is_away)
        handed_over = is_handed_over(received(record), order.attempts, away=away)
        fault = next_fault(
            order.fault,
            found,
            f"{type(error).__name__}: {error}"[:LONGEST_CAUSE],
            at=now(),
            others_ended_at=readings.ended_at,
        )
        back_at = now() if handed_over else text_of(milliseconds() + seconds * 1000)
        noted = sweep.note_fault(order_id, fault, nudged_at=back_at)
        _park_if_its_own(order, fault)
        if milliseconds() - process.failure_noted_at > NOTED_EVERY:
            health.note_failure(now())
            process.failure_noted_at = milliseconds()
        return noted and handed_over
    except Exception:
        # A note is not worth more than the message's return.
        logger.exception("cause not noted", extra={"order_id": order_id})
        return False


def _park_if_its_own(order: Order, fault: Fault) -> None:
    if is_its_own(fault, BOUND_SECONDS) and sweep.park(order.order_id, fault, at=now()):
        logger.error("order parked", extra={"order_id": order.order_id})


# -- what is away -----------------------------------------------------------------------------


def _readings() -> Readings:
    """The circuits as they were a few seconds ago at most."""
    if milliseconds() - process.read_at > READINGS_LAST:
        try:
            process.readings = readings_of.read(now=milliseconds())
        except Exception:
            logger.exception("circuits not read")
            process.readings = UNKNOWN
        process.read_at = milliseconds()
    return process.readings


def _is_probe(away: str, order_id: OrderId) -> bool:
    """Whether this order is driven to see whether what is away is back."""
    asked = health.change(away, lambda before: _asking(before, order_id))
    return asked is not None


def _asking(before: circuit.Circuit, order_id: OrderId) -> circuit.Circuit | None:
    return circuit.probe(before, order_id, milliseconds()) if before.is_away else before


def _wait(order_id: OrderId, away: str) -> bool:
    """Leave an order to the sweep, with a note of the provider that it waits for. Returns whether it was
    noted."""
    order = orders.find(order_id)
    if order is None:
        return False
    at = now()
    if away not in PROVIDERS or order.waits_for == away:
        return sweep.hand_over(order_id, at=at)
    fault = Fault(at=at, cause=f"{away}: away", kind=Kind.PROVIDER, provider=away, since=at)
    return sweep.note_fault(order_id, fault, nudged_at=at)


def _note_success(order_id: OrderId, readings: Readings) -> None:
    """Note that an order has ended, for whoever has to know whether others fail alone."""
    try:
        for name, seen in readings.circuits.items():
            if seen.concerns_success:
                health.change(name, lambda before: circuit.succeeded(before, order_id, milliseconds()))
        failing = readings.failed_at is not None and readings.failed_at > ago(**ENDS_NOTED_FOR)
        if failing and milliseconds() - process.end_noted_at > NOTED_EVERY:
            health.note_end(now())
            process.end_noted_at = milliseconds()
    except Exception:
        # It is a hint: the next order's end says the same.
        logger.exception("end not noted", extra={"order_id": order_id})
