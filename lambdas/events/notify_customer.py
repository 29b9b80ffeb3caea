"""Notify customer: send the customer a mail when an order is confirmed, and another when it ends.

The mail goes to the address in the customer's profile; a customer without a profile gets none. Mail neither
fails nor delays an order, because a consumer of the events sends it. SES does not detect duplicates, so an
event is claimed before its mail is sent, and the result is recorded after.

An address that SES refuses permanently is not a fault: it is recorded as the event's outcome, and counted. So
are mails that were sent, and customers without a profile; each is counted at least once.

| if it dies                          | then                                                            |
|-------------------------------------|-----------------------------------------------------------------|
| before it has claimed the event     | the message is redelivered                                      |
| before it has sent the mail         | the same; its claim has expired by then                         |
| between sending it and recording it | the same, and the mail is sent twice; the only other cause of a |
|                                     | second mail is a lost response of SES                           |
| after recording it                  | the message is redelivered, and nothing is sent                 |

A throttled table does not cause a second mail: recording the result is retried for 15 seconds.
"""

import os
import random
from time import sleep
from typing import Any

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from ordering import guards
from ordering.aws.email import Delivery, EmailSender
from ordering.aws.logging import logger
from ordering.aws.sqs_batch import SqsQueue
from ordering.domain.clock import now
from ordering.domain.events.envelope import Event
from ordering.domain.events.reading import UnreadableEvent, read_event
from ordering.domain.notifications import NOTIFIED_EVENTS, email_for
from ordering.domain.order import OrderId, fault_of
from ordering.domain.trace import log_keys
from ordering.dynamodb.client import Table
from ordering.guards import Guard
from ordering.repositories.customers import Customers
from ordering.repositories.orders import Orders
from ordering.repositories.processed_events import Claim, ClaimRefusal, ProcessedEvents

# Delays between attempts to claim an event while another invocation handles one of the same order. That takes
# a moment only, but a failed message is redelivered much later.
_CLAIM_RETRY_DELAYS = (0.1, 0.2, 0.4, 0.8)
# Delays between attempts to record what was sent. Each attempt is up to three attempts of the SDK.
_RECORD_RETRY_DELAYS = (1, 2, 4, 8)

table = Table.of_environment()
consumer = ProcessedEvents(table, "notify_customer")
customers, orders = Customers(table), Orders(table)
mailer = EmailSender.of_environment()
messages = SqsQueue(os.environ["NOTIFICATIONS_QUEUE_URL"])
metrics = Metrics()


class Busy(Exception):
    """Another invocation is handling an event of the same order."""


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Handle each message of a batch. Reports those that failed, by id."""
    return messages.partial_batch_response([record for record in event["Records"] if not _handle(record)])


def _handle(record: dict[str, Any]) -> bool:
    log_fields = {
        "message_id": record["messageId"],
        "receives": record["attributes"]["ApproximateReceiveCount"],
    }
    try:
        change = read_event(record["body"])
    except UnreadableEvent as error:
        # Only this message fails, and it is not deleted: it ends in the dead-letter queue, which notifies the
        # on-call engineer. An event with a newer schema is read once the release that knows it is deployed.
        logger.exception("not an event", extra={**log_fields, "cause": error.code})
        return False
    log_fields |= {"order_id": change.subject, "event": change.id, "event_type": change.type.value}
    with logger.append_context_keys(**log_keys(change.ids)):
        return _notify_and_log(change, log_fields)


def _notify_and_log(change: Event, log_fields: dict[str, Any]) -> bool:
    try:
        outcome = _notify(change)
    except Busy:
        # Not a fault: it is handled when it is redelivered.
        logger.warning("another invocation is at the order", extra=log_fields)
        return False
    except Exception:
        logger.exception("customer not notified", extra=log_fields)
        return not guards.applies(Guard.MAIL_FAILED)
    logger.info("notified", extra={**log_fields, "outcome": outcome})
    return True


def _notify(change: Event) -> str:
    """Notify the customer, unless that was done before. Returns the outcome."""
    claim = _claim(change)
    if guards.applies(Guard.MAIL_BUSY, claim is ClaimRefusal.BUSY):
        raise Busy(change.id)
    if not isinstance(claim, Claim):
        return claim.name
    try:
        outcome = guards.perform(Guard.MAIL_SENT_FIRST, _mail, claim)
    except Exception as error:
        if guards.applies(Guard.MAIL_RELEASED):
            consumer.release(claim, fault_of(error, at=now()))
        raise
    _record(claim, outcome)
    return outcome


def _claim(change: Event) -> Claim | ClaimRefusal:
    """Claim the event, as soon as no other invocation handles an event of its order."""
    for pause in _CLAIM_RETRY_DELAYS:
        claim = consumer.claim(change)
        if claim is not ClaimRefusal.BUSY:
            return claim
        # Random jitter, so that two competing invocations do not keep yielding to each other.
        sleep(pause * (0.5 + random.random()))  # noqa: S311 (jitter is no secret)
    return consumer.claim(change)


def _record(claim: Claim, outcome: str) -> None:
    """Record the outcome, so that the mail is not sent again."""
    for pause in guards.value(Guard.MAIL_RECORDED, _RECORD_RETRY_DELAYS):
        try:
            consumer.complete(claim, outcome, at=now())
        except Exception:
            logger.exception("not recorded yet", extra={"event": claim.event.id})
            sleep(pause)
        else:
            return
    consumer.complete(claim, outcome, at=now())


def _mail(claim: Claim) -> str:
    change = claim.event
    details = orders.load(OrderId(change.subject))
    if details is None:
        raise LookupError(f"the table holds no order {change.subject}")
    profile = customers.find(details.order.customer_id)
    if profile is None:
        _count("MailsWithoutProfile")
        return "NO_PROFILE"
    email = email_for(NOTIFIED_EVENTS[change.type], details)
    delivery = mailer.send(email, to=profile.email, trace=details.order.ids)
    _count("MailsSent" if delivery is Delivery.SENT else "MailAddressesRefused")
    return delivery


def _count(metric: str) -> None:
    metrics.add_metric(metric, MetricUnit.Count, 1)
    metrics.flush_metrics()
