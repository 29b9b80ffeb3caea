"""Reconcile orders: whatever has not come to its end, although it should have, is driven again.

An order's own message takes it to its end; this sweep is for the message that was lost, expired, or
went to the dead-letter queue. It also settles payments that a closed order still owes, and goes on with the
removal of customers who have asked to be forgotten. It sends what it finds to the order queue, never past it,
and adds nothing to a queue that is behind already.

| if it dies                            | then                                                        |
|---------------------------------------|-------------------------------------------------------------|
| before an order is claimed            | the next sweep finds it                                     |
| between claiming an order and sending | the sweep after the next bound claims it again              |
| after sending                         | the order is driven; driving it twice is driving it once    |
| while settling a payment              | the provider and the ledger know; the next sweep goes on    |
| while removing a customer             | how far it came is noted; a later sweep goes on             |

A payment that cannot be settled is put behind all others, and its turn comes again after the bound.
"""

import json
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from ordering.aws import client, is_input_error
from ordering.clock import ago, now, seconds_since
from ordering.gateway import payment_gateway
from ordering.log import logger
from ordering.order import CustomerId, Status
from ordering.saga.settling import settle
from ordering.table import keys
from ordering.table.client import Table
from ordering.table.ledger import Ledger
from ordering.table.orders import Orders
from ordering.table.removals import Removals
from ordering.table.sweep import Due, Sweep

# How long an order may stand still before it is nudged, and how long before it is nudged again.
BOUND_SECONDS = int(os.environ["OPEN_TOO_LONG_SECONDS"])
# An order that was nudged so often in vain is parked: a person is called, and nothing drives it on.
MOST_ATTEMPTS = 5
# Bounded, so that one sweep ends in time and no burst of nudges falls on the queue.
BATCH = 100
# A payment that the provider answers slowly for takes up to three calls of five seconds.
TIME_TO_SETTLE_MILLISECONDS = 20_000
# A page of a customer's orders takes a second at most, and what was swept has yet to be measured.
TIME_TO_REMOVE_MILLISECONDS = 15_000
# For how long a removal that nobody can read was asked for: long enough to call somebody.
UNREADABLE_SECONDS = 24 * 3600.0
# With so many messages waiting the queue is behind, and more of them would help nobody.
BACKLOG = 50

table = Table.of_environment()
orders, ledger, sweep = Orders(table), Ledger(table), Sweep(table)
removals = Removals(table)
gateway = payment_gateway()
queues = client("sqs")
queue_url = os.environ["ORDER_QUEUE_URL"]
metrics = Metrics()


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    """Nudge and park what stands still, settle what is owed; answers how many of each."""
    before = ago(seconds=BOUND_SECONDS)
    waiting = sweep.open_since(before, BATCH)
    if _queue_is_behind():
        logger.warning("the queue is behind: nothing is added to it", extra={"open": len(waiting)})
        done = {"redriven": 0, "parked": 0}
    else:
        done = _drive_on(before)
    done |= _settle(before, context)
    _remove_customers(context)
    _measure(waiting, done)
    logger.info("swept", extra={"open": len(waiting), **done})
    return done


def _drive_on(before: str) -> dict[str, int]:
    """Nudge each order that was not nudged within the bound, and park those nudged in vain too often."""
    done = {"redriven": 0, "parked": 0}
    for due in sweep.to_nudge(before, BATCH):
        try:
            if what := _nudge_or_park(due, before):
                done[what] += 1
        except Exception as error:
            # One order of which no note can be made must not stand before all the others.
            if not is_input_error(error):
                raise
            logger.exception("order not driven on", extra={"order_id": due.order_id})
    return done


def _nudge_or_park(due: Due, before: str) -> str | None:
    """What was done about an order, as the sweep counts it; None: another sweep has done it."""
    if due.attempts >= MOST_ATTEMPTS:
        if not sweep.park(due.order_id, at=now(), after_attempts=MOST_ATTEMPTS):
            return None
        logger.error("order parked", extra={"order_id": due.order_id})
        return "parked"
    if not sweep.claim(due.order_id, at=now(), unless_since=before):
        return None
    queues.send_message(QueueUrl=queue_url, MessageBody=json.dumps({"orderId": due.order_id}))
    return "redriven"


def _queue_is_behind() -> bool:
    answer = queues.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["ApproximateNumberOfMessages"])
    return int(answer["Attributes"]["ApproximateNumberOfMessages"]) >= BACKLOG


def _settle(before: str, context: LambdaContext) -> dict[str, int]:
    """Settle the payments of ended orders by the provider's own books, while there is time."""
    settled = unsettled = 0
    for key in sweep.unsettled_since(before, BATCH):
        if context.get_remaining_time_in_millis() < TIME_TO_SETTLE_MILLISECONDS:
            break
        try:
            settled += _settle_one(key)
        except Exception:
            # One payment that cannot be settled, or not even read, must not stand before all the others.
            logger.exception("payment not settled", extra={"order_id": keys.order_of(key)})
            unsettled += 1
            _put_behind(key)
    return {"settled": settled, "unsettled": unsettled}


def _put_behind(key: keys.Key) -> None:
    try:
        sweep.look_again(key, at=now())
    except Exception as error:
        # The next sweep begins with it, then, and still comes to the others.
        if not is_input_error(error):
            raise
        logger.exception("payment not put behind the others", extra={"order_id": keys.order_of(key)})


def _settle_one(key: keys.Key) -> bool:
    """Whether there was anything to settle. What an open order owes is its own saga's to settle."""
    order_id = keys.order_of(key)
    story = orders.story(order_id)
    payments = story.payments if story else ()
    payment = next((each for each in payments if keys.payment(order_id, each.attempt) == key), None)
    if story is None or payment is None or payment.status.is_settled:
        return False
    if not story.order.status.is_terminal:
        sweep.look_again(key, at=now())
        return False
    if story.order.status is Status.FULFILLED and payment == story.payment:
        ledger.dismiss_payment(payment)
        return False
    settle(ledger, gateway, payment)
    return True


def _remove_customers(context: LambdaContext) -> None:
    """Go on with the removals that are due, while there is time, and measure how long the oldest takes."""

    def there_is_time() -> bool:
        return context.get_remaining_time_in_millis() > TIME_TO_REMOVE_MILLISECONDS

    oldest = 0.0
    for customer_id in removals.due(BATCH):
        if not there_is_time():
            break
        oldest = max(oldest, _remove_customer(customer_id, there_is_time))
    metrics.add_metric("OldestRemoval", MetricUnit.Seconds, oldest)


def _remove_customer(customer_id: CustomerId, there_is_time: Callable[[], bool]) -> float:
    """Go on with one; returns for how long it has been asked for in vain, in seconds."""
    waited = UNREADABLE_SECONDS
    try:
        removal = removals.find(customer_id)
        waited = seconds_since(removal.asked_at) if removal else 0
        return 0 if removal is None or removals.go_on(removal, there_is_time) else waited
    except Exception:
        # One that cannot be done must not stand before all the others: it is put behind them.
        logger.exception("customer not removed", extra={"customer_id": customer_id})
        with suppress(Exception):
            removals.put_behind(customer_id)
        return waited


def _measure(waiting: Sequence[Due], done: dict[str, int]) -> None:
    # Not the first of them: one that was unparked stands in the index by that time, and moved before.
    oldest = max((seconds_since(due.updated_at) for due in waiting), default=0)
    metrics.add_metric("OpenOrdersOverdue", MetricUnit.Count, len(waiting))
    metrics.add_metric("OldestOpenOrder", MetricUnit.Seconds, oldest)
    metrics.add_metric("ParkedOrders", MetricUnit.Count, len(sweep.parked(BATCH)))
    metrics.add_metric("OrdersRedriven", MetricUnit.Count, done["redriven"])
    metrics.add_metric("PaymentsSettled", MetricUnit.Count, done["settled"])
    metrics.add_metric("PaymentsNotSettled", MetricUnit.Count, done["unsettled"])
    metrics.flush_metrics()
