"""Drive order: run the saga for the order of each message of the order queue, to the order's end.

| if it dies                 | then                                                               |
|----------------------------|--------------------------------------------------------------------|
| before the execution starts| the message is redelivered, and the order is driven then           |
| while the execution runs   | the execution continues; the message is redelivered, and the saga, |
|                            | which first loads the order, continues from its new status         |
| before it reports          | the same                                                           |
| with the order's lease     | the lease expires before the message is redelivered                |

An order is not driven if another driver is driving it, if it waits for a provider that is unavailable, or if
no time is left. Then its message is redelivered, or the order is left to the sweep. See `docs/outages.md`.
"""

import os
import random
import time
from collections.abc import Callable
from typing import Any, NamedTuple
from uuid import uuid4

import msgspec
from aws_lambda_powertools.utilities.typing import LambdaContext

from ordering import guards
from ordering.aws.clients import BRISK, ONCE
from ordering.aws.logging import logger
from ordering.aws.saga_client import SagaClient, diagnose, may_still_run
from ordering.aws.sqs_batch import SqsMessage, SqsQueue, back_off, receive_count
from ordering.domain.clock import milliseconds
from ordering.domain.order import OrderId
from ordering.domain.trace import Trace, log_keys
from ordering.dynamodb.client import Table
from ordering.guards import Guard
from ordering.repositories.health import Readings
from ordering.repositories.leases import Held, Lease, Leases
from ordering.resilience import budget, parallel
from ordering.resilience.concurrency import Concurrency, LoadSignal
from ordering.resilience.pacing import LAST_ATTEMPT
from ordering.saga.driving_notes import DrivingNotes

VISIBILITY_SECONDS = int(os.environ["ORDER_VISIBILITY_SECONDS"])
# The maximum batch size of an SQS event source without a batching window.
BATCH = 10

driver = SagaClient(os.environ["STATE_MACHINE_ARN"])
messages = SqsQueue(os.environ["ORDER_QUEUE_URL"], BRISK)
table = Table.of_environment(BRISK)
leases = Leases(table)
notes = DrivingNotes(table, Table.of_environment(ONCE), int(os.environ["OPEN_TOO_LONG_SECONDS"]))


class Body(msgspec.Struct, frozen=True, rename="camel"):
    """The body of a message."""

    order_id: OrderId


class Driven(NamedTuple):
    """The result of a message: whether it is done, and if not, for how many seconds it stays hidden.

    If its order was driven: what that signals about the load, and when it began and ended.
    """

    done: bool
    seconds: int | None = None
    signal: LoadSignal = LoadSignal.NOTHING
    begun: float = 0.0
    ended: float = 0.0


class Process:
    """The state that a process keeps between invocations."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Reset the state."""
        self.concurrency = Concurrency()
        notes.begin()


process = Process()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Drive a batch, several messages at a time. Reports those that failed or were not begun, by id."""
    records: list[SqsMessage] = event["Records"]
    begun = time.monotonic()
    end_before = begun + context.get_remaining_time_in_millis() / 1000 - budget.RESERVE_SECONDS
    acknowledged: set[int] = set()

    def acknowledge(results: dict[int, Driven]) -> None:
        """Delete the messages that are done, so that one slow order does not delay the others."""
        done = [index for index, driven in results.items() if driven.done and index not in acknowledged]
        messages.acknowledge([records[index] for index in done])
        acknowledged.update(done)

    readings, chance = notes.readings(), random.random()  # noqa: S311
    results, tried = parallel.until(
        lambda record: _drive(record, readings, lambda: time.monotonic() < end_before),
        records,
        at_once=lambda: process.concurrency.admitted(len(records), chance),
        begin_before=begun + budget.BEGIN_SECONDS,
        end_before=end_before,
        ended=lambda driven: _adjust_concurrency(driven.signal, driven.begun, driven.ended),
        held_up=acknowledge,
        patience=budget.HELD_UP_SECONDS,
    )
    for _ in tried - results.keys():
        _adjust_concurrency(LoadSignal.CONGESTED, begun, time.monotonic())
    for index in {index for index, record in enumerate(records) if _attempts_are_spent(record)} - tried:
        # Not begun, because there was no time or no capacity. After the next receive, SQS might move it to
        # the dead-letter queue.
        if (order_id := _order_of(records[index])) and notes.hand_over(order_id):
            results[index] = Driven(True)
    failed = [
        (
            record,
            results[index].seconds if index in results else _seconds_hidden(record, begun=index in tried),
        )
        for index, record in enumerate(records)
        if index not in results or not results[index].done
    ]
    return messages.put_back(failed)


def _seconds_hidden(record: SqsMessage, *, begun: bool) -> int | None:
    """Returns for how many seconds a message without a result stays hidden.

    If it was begun, it stays hidden while its execution may run.
    """
    if begun:
        logger.warning("not driven in time", extra={"message_id": record["messageId"]})
        return budget.LEASE_SECONDS
    return random.randint(*budget.NOT_BEGUN_SECONDS)  # noqa: S311


def _adjust_concurrency(signal: LoadSignal, begun: float, ended: float) -> None:
    """Raise or lower the concurrency, according to the load signal of an execution."""
    before = process.concurrency
    process.concurrency = before.after(signal, begun=begun, now=ended, most=BATCH)
    if process.concurrency.limit < before.limit:
        logger.warning("fewer orders at once", extra={"limit": process.concurrency.limit})


def _order_of(record: SqsMessage) -> OrderId | None:
    """Returns the order that a message names. Returns None and logs an error if it is not valid."""
    try:
        return msgspec.json.decode(record["body"], type=Body).order_id
    except Exception:
        # Not deleted: it ends in the dead-letter queue, which notifies the on-call engineer.
        logger.exception("not an order's message", extra={"message_id": record["messageId"]})
        return None


def _attempts_are_spent(record: SqsMessage) -> bool:
    """Whether a message was received too often to drive its order again."""
    return receive_count(record) > LAST_ATTEMPT


def _drive(record: SqsMessage, readings: Readings, there_is_time: Callable[[], bool]) -> Driven:
    log_fields: dict[str, Any] = {"message_id": record["messageId"], "receives": receive_count(record)}
    if (order_id := _order_of(record)) is None:
        return Driven(False, back_off(record))
    trace = notes.trace(order_id)
    # The other orders of the batch are driven in other threads.
    logger.thread_safe_append_keys(**log_keys(trace))
    try:
        return _drive_order(record, order_id, trace, readings, there_is_time, log_fields)
    finally:
        logger.thread_safe_clear_keys()


def _drive_order(
    record: SqsMessage,
    order_id: OrderId,
    trace: Trace | None,
    readings: Readings,
    there_is_time: Callable[[], bool],
    log_fields: dict[str, Any],
) -> Driven:
    log_fields["order_id"] = order_id
    try:
        if _attempts_are_spent(record) and notes.hand_over(order_id):
            logger.warning("handed over to the sweep", extra=log_fields)
            return Driven(True)
        unavailable = readings.unavailable
        if unavailable and guards.applies(Guard.DRIVE_WAITS) and not notes.is_probe(unavailable, order_id):
            return Driven(notes.wait(order_id, unavailable), back_off(record))
        lease = _lease(order_id)
        if isinstance(lease, Held):
            logger.info("another driver has the order", extra=log_fields)
            return Driven(False, _seconds_until_free(lease, record))
    except Exception:
        logger.exception("not begun", extra=log_fields)
        return Driven(False, back_off(record))
    return _execute(record, order_id, trace, lease, readings, there_is_time, log_fields)


def _execute(
    record: SqsMessage,
    order_id: OrderId,
    trace: Trace | None,
    lease: Lease,
    readings: Readings,
    there_is_time: Callable[[], bool],
    log_fields: dict[str, Any],
) -> Driven:
    execution = f"{record['messageId']}-{receive_count(record)}"
    log_fields["execution"] = execution
    begun = time.monotonic()
    try:
        driver.drive(order_id, name=execution, trace=trace)
    except Exception as error:
        # After any error, the order must be driven again: by its message, or by the sweep.
        ended = time.monotonic()
        logger.exception("not driven", extra=log_fields)
        if not there_is_time():
            return Driven(False)
        found = diagnose(error)
        signal = LoadSignal.CONGESTED if found.congested else LoadSignal.NOTHING
        seconds = back_off(record)
        handed_over = notes.failed(
            order_id, error, found, readings, receives=receive_count(record), seconds=seconds
        )
        if not may_still_run(error):
            _give_back(lease)
        return Driven(handed_over, seconds, signal, begun, ended)
    ended = time.monotonic()
    logger.info("driven", extra=log_fields)
    _give_back(lease)
    notes.ended(order_id, readings)
    return Driven(True, None, LoadSignal.ENDED, begun, ended)


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
        # The lease expires by itself.
        logger.exception("lease not given back", extra={"order_id": lease.order_id})


def _seconds_until_free(held: Held, record: SqsMessage) -> int:
    """Returns for how many seconds a message stays hidden while another driver has its order's lease."""
    left = max(1, (held.until - milliseconds()) // 1000 + 1)
    return min(left, back_off(record))
