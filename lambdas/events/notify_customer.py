"""Notify customer: a mail when their order is confirmed, and one when it has come to its end.

It goes to the address in the customer's profile; whoever has none gets none. Mail neither fails nor delays
an order, since it is sent by a consumer of the events. SES sends a mail as often as it is asked to, so that
what was sent is recorded, and an event is claimed before anything is sent for it.

An address that SES refuses for good is no fault: it is recorded as what came of the event, and counted.

| if it dies                          | then                                                            |
|-------------------------------------|-----------------------------------------------------------------|
| before it has claimed the event     | the message becomes visible again                               |
| before it has sent the mail         | the same; its claim has ended by then                           |
| between sending it and recording it | the same, and the mail is sent twice; nothing else repeats one, |
|                                     | but for an answer of SES's that is lost                         |
| after recording it                  | the message comes again, and is found handled                   |

A table that is busy does not make it repeat one: recording what was sent is tried for a quarter of a minute.
"""

import os
import random
from time import sleep
from typing import Any

import msgspec
from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from ordering.aws.email import Delivery, EmailSender
from ordering.aws.logging import logger
from ordering.aws.sqs_batch import SqsQueue
from ordering.domain.clock import now
from ordering.domain.events import Event
from ordering.domain.notifications import NOTIFIED_EVENTS, email_for
from ordering.domain.order import OrderId, fault_of
from ordering.dynamodb.client import Table
from ordering.repositories.customers import Customers
from ordering.repositories.orders import Orders
from ordering.repositories.processed_events import Claim, ClaimRefusal, ProcessedEvents

# Between looks at an order that another invocation is at. It needs a moment, and a message that has failed
# comes again only after a while.
_CLAIM_RETRY_DELAYS = (0.1, 0.2, 0.4, 0.8)
# Between the tries of recording what was sent, each of them three of the SDK's.
_RECORD_RETRY_DELAYS = (1, 2, 4, 8)

table = Table.of_environment()
consumer = ProcessedEvents(table, "notify_customer")
customers, orders = Customers(table), Orders(table)
mailer = EmailSender.of_environment()
messages = SqsQueue(os.environ["NOTIFICATIONS_QUEUE_URL"])
metrics = Metrics()


class Message(msgspec.Struct, frozen=True):
    """The body of a message: the event as EventBridge delivers it."""

    detail: Event


class Busy(Exception):
    """Another invocation is at an event of the same order."""


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Handle each message of a batch; reports those that failed, by id."""
    return messages.partial_batch_response([record for record in event["Records"] if not _handle(record)])


def _handle(record: dict[str, Any]) -> bool:
    said = {
        "message_id": record["messageId"],
        "receives": record["attributes"]["ApproximateReceiveCount"],
    }
    try:
        happened = msgspec.json.decode(record["body"], type=Message).detail
    except Exception:
        # However it cannot be read (nested without end, say): it is not dropped, and the dead-letter queue
        # shows it to a person.
        logger.exception("not an event", extra=said)
        return False
    said |= {"order_id": str(happened.order_id), "event": happened.event_id}
    try:
        outcome = _notify(happened)
    except Busy:
        # No fault: it is handled when it comes again.
        logger.warning("another invocation is at the order", extra=said)
        return False
    except Exception:
        logger.exception("customer not notified", extra=said)
        return False
    logger.info("notified", extra={**said, "outcome": outcome})
    return True


def _notify(happened: Event) -> str:
    """Notify the customer, unless that was done before; answers what came of it."""
    claim = _claim(happened)
    if claim is ClaimRefusal.BUSY:
        raise Busy(happened.event_id)
    if not isinstance(claim, Claim):
        return claim.name
    try:
        outcome = _mail(happened)
    except Exception as error:
        consumer.release(claim, fault_of(error, at=now()))
        raise
    _record(claim, outcome)
    return outcome


def _claim(happened: Event) -> Claim | ClaimRefusal:
    """Claim the event, as soon as nobody else is at its order."""
    for pause in _CLAIM_RETRY_DELAYS:
        claim = consumer.claim(happened)
        if claim is not ClaimRefusal.BUSY:
            return claim
        # By chance, so that two which have given way to each other do not do so for ever.
        sleep(pause * (0.5 + random.random()))  # noqa: S311 (jitter is no secret)
    return consumer.claim(happened)


def _record(claim: Claim, outcome: str) -> None:
    """Record what was done: it would be done again otherwise."""
    for pause in _RECORD_RETRY_DELAYS:
        try:
            consumer.complete(claim, outcome, at=now())
        except Exception:
            logger.exception("not recorded yet", extra={"event": claim.event.event_id})
            sleep(pause)
        else:
            return
    consumer.complete(claim, outcome, at=now())


def _mail(happened: Event) -> str:
    details = orders.load(OrderId(str(happened.order_id)))
    if details is None:
        raise LookupError(f"the table holds no order {happened.order_id}")
    profile = customers.find(details.order.customer_id)
    if profile is None:
        return "NO_PROFILE"
    delivery = mailer.send(email_for(NOTIFIED_EVENTS[happened.type], details), to=profile.email)
    if delivery is Delivery.ADDRESS_REFUSED:
        metrics.add_metric("MailAddressesRefused", MetricUnit.Count, 1)
        metrics.flush_metrics()
    return delivery
