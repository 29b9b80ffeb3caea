"""Reconcile orders: the sweep, which drives orders that should have ended.

Normally an order is driven by its own message. The sweep drives an order whose message was lost or expired,
and orders that were left to it: those that failed too often, and those that wait for a provider. It also
settles payments that a closed order still owes, makes the refunds of fulfilled orders that operators have
requested, and sends a message for each removal or export of a customer's data that has none. It drives orders
only through the order queue, and adds nothing while that queue is behind. See `docs/outages.md`.

| if it dies                            | then                                                        |
|---------------------------------------|-------------------------------------------------------------|
| before an order is claimed            | the next sweep finds it                                     |
| between claiming an order and sending | a later sweep claims it again, when it is due again         |
| after sending                         | the order is driven; driving it twice does no harm          |
| while settling or refunding a payment | the next sweep completes it, by the provider's books        |
| after sending a customer's message    | a later sweep sends another one, which does no harm         |

A payment that cannot be settled or refunded is moved behind the others, and is retried after the bound.
"""

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from itertools import islice
from time import sleep
from typing import Any

from aws_lambda_powertools.metrics import Metrics, MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from ordering import guards
from ordering.aws.clients import client, is_input_error
from ordering.aws.customer_job_queue import CustomerJobQueue
from ordering.aws.logging import logger
from ordering.domain.clock import ago, milliseconds, now, seconds_since, text_of
from ordering.domain.customer_jobs import CustomerJob, JobKind
from ordering.domain.order import OrderId, Status
from ordering.domain.order_details import OrderDetails
from ordering.domain.trace import log_keys
from ordering.dynamodb.client import Table
from ordering.guards import Guard
from ordering.providers import payment_gateway
from ordering.repositories import keys
from ordering.repositories.customer_jobs import CustomerJobs
from ordering.repositories.health import Health, Readings
from ordering.repositories.items import UnreadableRecord
from ordering.repositories.keys import order_keys
from ordering.repositories.leases import Leases
from ordering.repositories.ledger import Ledger
from ordering.repositories.orders import Orders
from ordering.repositories.reconciliation import ClaimedOrder, DueOrder, Reconciliation
from ordering.repositories.refunds import Refunds
from ordering.repositories.removals import Removals
from ordering.resilience import parallel
from ordering.resilience.pacing import is_behind, is_due, room_in_queue
from ordering.saga.payments import make_refund, settle

# How long an order may make no progress before it is nudged, and the minimum time before the next nudge.
BOUND_SECONDS = int(os.environ["OPEN_TOO_LONG_SECONDS"])
# How many orders the drivers drive at the same time, all of them together.
ORDERS_AT_ONCE = int(os.environ["ORDERS_AT_ONCE"])
# The maximum number of parked orders, of unsettled payments and of due refunds that one sweep reads.
BATCH = 100
# BatchGetItem takes 100 keys, and SendMessageBatch ten messages (API References).
CHUNK, MESSAGES_AT_ONCE = 100, 10
THREADS = 10
# If the provider is slow, a payment takes up to three calls of five seconds.
TIME_TO_SETTLE_MILLISECONDS = 20_000
# The metrics must still be written.
TIME_TO_MEASURE_MILLISECONDS = 5_000
# The assumed age of a removal that cannot be read: old enough to raise the alarm.
UNREADABLE_SECONDS = 24 * 3600.0
# Nudging stops when this much time is left: enough to send one more chunk and then to settle payments.
TIME_TO_NUDGE_MILLISECONDS = 30_000
# While the queue is full, the sweep waits this long (seconds) for the drivers to process some messages.
PAUSE = 1.0

table = Table.of_environment()
orders, ledger, sweep = Orders(table), Ledger(table), Reconciliation(table)
leases, health, removals, refunds = Leases(table), Health(table), Removals(table), Refunds(table)
gateway = payment_gateway()
queues = client("sqs")
queue_url = os.environ["ORDER_QUEUE_URL"]
jobs, job_queue = CustomerJobs(table), CustomerJobQueue(os.environ["CUSTOMER_JOBS_QUEUE_URL"])
metrics = Metrics()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    """Nudge orders without progress, settle and refund payments, queue jobs. Returns the counts."""
    before = ago(seconds=BOUND_SECONDS)
    waiting = sweep.open_since(before, BATCH)
    readings = health.read(now=milliseconds())
    if is_behind(_waiting_messages(), ORDERS_AT_ONCE):
        logger.warning("the queue is behind: nothing is added to it", extra={"open": len(waiting)})
        done = {"redriven": 0}
    else:
        done = {"redriven": _nudge_due(before, readings, context)}
    done |= _settle(before, context)
    done |= _refund(context)
    _queue_jobs(context)
    _measure(waiting, readings, done)
    logger.info("swept", extra={"open": len(waiting), **done})
    return done


def _nudge_due(before: str, readings: Readings, context: LambdaContext) -> int:
    """Nudge the orders that are due, as fast as the drivers process them, while there is time.

    Returns how many. While a provider is unavailable, only a few are sent, to find out whether it responds
    again; then more and more, as they succeed.
    """
    due = sweep.to_nudge(before, lambda order: _is_due(order, readings))
    redriven, allowed = 0, readings.allowance
    while guards.applies(Guard.SWEEP_DRIVES) and (room := _room(allowed, redriven, context)) > 0:
        chunk = list(islice(due, room))
        if not chunk:
            break
        redriven += _nudge(chunk)
        if allowed is not None:
            allowed = health.read(now=milliseconds()).allowance
    return redriven


def _is_due(order: DueOrder, readings: Readings) -> bool:
    try:
        return is_due(
            order.order_id,
            order.reconcile_attempts,
            order.nudged_at,
            now=now(),
            bound=BOUND_SECONDS,
            recovered_at=text_of(readings.recovered_at) if readings.recovered_at else None,
        )
    except (ArithmeticError, TypeError, ValueError):
        # The order's notes are invalid, so it counts as due; it must not block the other orders.
        return True


def _room(allowed: int | None, redriven: int, context: LambdaContext) -> int:
    """Returns how many orders may be sent now; 0 when no more can be sent in this sweep.

    While the queue is full, this waits for the drivers.
    """
    if allowed is not None and redriven >= allowed:
        return 0
    while context.get_remaining_time_in_millis() > TIME_TO_NUDGE_MILLISECONDS:
        if room := room_in_queue(_waiting_messages(), ORDERS_AT_ONCE):
            return min(room, CHUNK, CHUNK if allowed is None else allowed - redriven)
        sleep(PAUSE)
    return 0


def _nudge(chunk: Sequence[DueOrder]) -> int:
    """Send each order that has no message in flight to the queue, once. Returns how many."""
    in_flight = leases.in_flight([order.order_id for order in chunk], now=milliseconds())
    free = [order for order in chunk if order.order_id not in in_flight]
    at = now()
    claimed = parallel.each(lambda order: _claim(order, at), free, at_once=THREADS)
    ours = [order for order in claimed if order]
    batches = [ours[start : start + MESSAGES_AT_ONCE] for start in range(0, len(ours), MESSAGES_AT_ONCE)]
    return sum(parallel.each(_send, batches, at_once=THREADS))


def _claim(order: DueOrder, at: str) -> ClaimedOrder | None:
    try:
        return sweep.claim(order, at=at)
    except Exception as error:
        # An order that cannot be claimed must not block the others.
        if not is_input_error(error):
            raise
        logger.exception("order not claimed", extra={"order_id": order.order_id, **_ids(order.order_id)})
        return None


def _ids(order_id: OrderId) -> dict[str, str]:
    """Returns the members of a log line by which an order is followed, if they can be read.

    This takes a read unit. It is called only where a claim has failed, since a claim returns the ids.
    """
    with suppress(Exception):
        return log_keys(orders.trace(order_id))
    return {}


def _send(batch: Sequence[ClaimedOrder]) -> int:
    """Send up to ten messages. Returns how many. An order that was not sent becomes due again later."""
    response = queues.send_message_batch(
        QueueUrl=queue_url,
        Entries=[
            {"Id": str(position), "MessageBody": json.dumps({"orderId": order.order_id})}
            for position, order in enumerate(batch)
        ],
    )
    failed = response.get("Failed", ())
    positions = {int(each["Id"]) for each in failed}
    if failed:
        unsent = [batch[position] for position in sorted(positions)]
        logger.warning("orders not sent", extra={"failed": failed, **_ids_of_all(unsent)})
    if sent := [order for position, order in enumerate(batch) if position not in positions]:
        logger.info("orders nudged", extra=_ids_of_all(sent))
    return len(sent)


def _ids_of_all(batch: Sequence[ClaimedOrder]) -> dict[str, list[str]]:
    """Returns the members of a log line about several orders."""
    return {
        "order_ids": [order.order_id for order in batch],
        "correlation_ids": [order.ids.correlation_id for order in batch if order.ids],
    }


def _waiting_messages() -> int:
    """How many messages could be received now."""
    response = queues.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["ApproximateNumberOfMessages"])
    return int(response["Attributes"]["ApproximateNumberOfMessages"])


def _settle(before: str, context: LambdaContext) -> dict[str, int]:
    """Settle the payments of ended orders by the provider's own books, while there is time."""
    settled = unsettled = 0
    for key in sweep.unsettled_since(before, BATCH):
        if context.get_remaining_time_in_millis() < TIME_TO_SETTLE_MILLISECONDS:
            break
        log_fields = {"order_id": str(order_keys.order_of(key))}
        try:
            details = orders.load(order_keys.order_of(key))
            if details is None:
                continue
            log_fields |= log_keys(details.order.ids)
            settled += _settle_one(key, details)
        except Exception:
            # A payment that cannot be settled, or not even read, must not block the others.
            logger.exception("payment not settled", extra=log_fields)
            unsettled += 1
            _postpone(key, now(), log_fields)
    return {"settled": settled, "unsettled": unsettled}


def _refund(context: LambdaContext) -> dict[str, int]:
    """Make the refunds that operators have requested, while there is time.

    A fulfilled order has no message in the order queue, so the sweep makes them itself.
    """
    refunded = unrefunded = 0
    for order_id in refunds.due(now(), BATCH):
        if context.get_remaining_time_in_millis() < TIME_TO_SETTLE_MILLISECONDS:
            break
        log_fields = {"order_id": str(order_id)}
        try:
            details = orders.load(order_id)
            if details is None:
                continue
            log_fields |= log_keys(details.order.ids)
            refunded += make_refund(refunds, gateway, details)
        except Exception:
            # A refund that cannot be made, or not even read, must not block the others.
            logger.exception("payment not refunded", extra=log_fields)
            unrefunded += 1
            _postpone(order_keys.refund(order_id), text_of(milliseconds() + BOUND_SECONDS * 1000), log_fields)
    return {"refunded": refunded, "unrefunded": unrefunded}


def _postpone(key: keys.Key, at: str, log_fields: dict[str, str]) -> None:
    try:
        sweep.postpone_payment(key, at=at)
    except Exception as error:
        # The next sweep then begins with this one, and still reaches the others.
        if not is_input_error(error):
            raise
        logger.exception("payment not postponed", extra=log_fields)


def _settle_one(key: keys.Key, details: OrderDetails) -> bool:
    """Settle one payment of an ended order. Returns whether there was anything to settle."""
    order_id = details.order.order_id
    payments = details.payments
    payment = next((each for each in payments if order_keys.payment(order_id, each.attempt) == key), None)
    if payment is None or payment.status.is_settled:
        return False
    if guards.applies(Guard.SWEEP_ENDED, not details.order.status.is_terminal):
        # The saga settles the payments of an open order.
        sweep.postpone_payment(key, at=now())
        return False
    kept = details.order.status is Status.FULFILLED and payment == details.payment
    if guards.applies(Guard.SWEEP_FULFILLED, kept):
        ledger.dismiss_payment(payment)
        return False
    settle(ledger, gateway, payment)
    return True


def _queue_jobs(context: LambdaContext) -> None:
    """Send a message for each customer's job that is due and has none; measure the oldest removal."""
    oldest = 0.0
    for job in jobs.due(BATCH):
        if context.get_remaining_time_in_millis() < TIME_TO_MEASURE_MILLISECONDS:
            break
        log_fields = {"customer_id": job.customer_id, "job": job.kind.value}
        try:
            oldest = max(oldest, _age(job))
            if jobs.has_message(job):
                jobs.postpone(job)
            else:
                job_queue.send(job)
                jobs.note_message(job)
                logger.info("job queued", extra=log_fields)
        except Exception:
            # A job that fails must not block the others: it is moved behind them.
            logger.exception("job not queued", extra=log_fields)
            with suppress(Exception):
                jobs.postpone(job)
    metrics.add_metric("OldestRemoval", MetricUnit.Seconds, oldest)


def _age(job: CustomerJob) -> float:
    """Returns how many seconds ago a removal was asked for; 0 for any other job."""
    if job.kind is not JobKind.REMOVAL:
        return 0
    try:
        removal = removals.find(job.customer_id)
    except UnreadableRecord:
        # The alarm reports it. Its message fails too, and ends in the dead-letter queue.
        return UNREADABLE_SECONDS
    return seconds_since(removal.asked_at) if removal else 0


def _measure(waiting: Sequence[DueOrder], readings: Readings, done: dict[str, int]) -> None:
    metrics.add_metric("OpenOrdersOverdue", MetricUnit.Count, len(waiting))
    for due in waiting:
        # The time since the order was placed. Up to BATCH values, which is as many as one line may have.
        metrics.add_metric("AgeOfOpenOrder", MetricUnit.Seconds, seconds_since(due.created_at))
    metrics.add_metric("OrdersWaiting", MetricUnit.Count, int(readings.unavailable is not None))
    if not readings.unavailable:
        # The first order need not be the oldest: an unparked order is indexed by the time when it was
        # unparked, but it changed earlier. Not measured while a provider is unavailable, because
        # OrdersWaiting is raised instead.
        oldest = max((seconds_since(due.updated_at) for due in waiting), default=0)
        metrics.add_metric("OldestOpenOrder", MetricUnit.Seconds, oldest)
    metrics.add_metric("ParkedOrders", MetricUnit.Count, len(sweep.parked(BATCH)))
    metrics.add_metric("OrdersRedriven", MetricUnit.Count, done["redriven"])
    metrics.add_metric("PaymentsSettled", MetricUnit.Count, done["settled"])
    metrics.add_metric("PaymentsNotSettled", MetricUnit.Count, done["unsettled"] + done["unrefunded"])
    metrics.flush_metrics()
