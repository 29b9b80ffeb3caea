"""Deliver webhook: make one attempt to send a delivery to its endpoint, when it is due.

A message names a delivery and stays in the queue until the delivery has ended; between two attempts it is
hidden. SQS hides a message for at most twelve hours, so a longer delay takes several receives.

| the message is received, and              | then                                                           |
|-------------------------------------------|----------------------------------------------------------------|
| there is no such delivery                 | it may still be written: the message waits for a minute        |
| the delivery has ended                    | the message is deleted                                         |
| it is not due                             | the message waits until it is                                  |
| the endpoint is paused: it has failed     | the message waits until the endpoint is asked again            |
| an earlier event of the order's family is | the message waits: a receiver that acknowledges gets the       |
| PENDING                                   | events in the order of their sequence. If that one has lost    |
|                                           | its message, it gets another one                               |
| both slots of the endpoint are in use     | the message waits: a slow endpoint delays only itself          |
| otherwise                                 | the attempt is recorded, and the webhook is sent               |

`ordering.repositories.webhook_deliveries` says what happens if it dies.
"""

import os
import random
from datetime import timedelta
from time import sleep
from typing import Any

import msgspec
from aws_lambda_powertools.utilities.typing import LambdaContext

from ordering import guards
from ordering.aws.logging import logger
from ordering.aws.sqs_batch import SqsMessage, SqsQueue, back_off, receive_count
from ordering.aws.webhook_queue import DeliveryMessage, WebhookQueue
from ordering.consumers.recording import RECORD_RETRY_DELAYS, record_patiently
from ordering.domain.clock import later, now, seconds_until, unix_seconds
from ordering.domain.order import CustomerId
from ordering.domain.trace import log_keys
from ordering.domain.webhooks.back_off import retry_delay_seconds
from ordering.domain.webhooks.delivery import DeliveryStatus, WebhookDelivery
from ordering.domain.webhooks.endpoint import DisabledReason, Endpoint, EndpointStatus, WebhookId
from ordering.domain.webhooks.signing import headers_for
from ordering.dynamodb.client import Table
from ordering.guards import Guard
from ordering.repositories.keys import endpoint_keys
from ordering.repositories.webhook_deliveries import Deliveries, Slot
from ordering.repositories.webhooks import Webhooks
from ordering.webhooks import sender
from ordering.webhooks.local_receivers import local_receivers
from ordering.webhooks.secret_key import webhook_keys

table = Table.of_environment()
deliveries, webhooks = Deliveries(table), Webhooks(table)
_QUEUE_URL = os.environ["WEBHOOK_DELIVERIES_QUEUE_URL"]
queue = SqsQueue(_QUEUE_URL)

# A message is hidden for at most twelve hours from when it is received ("Amazon SQS visibility timeout").
_LONGEST_WAIT_SECONDS = 11 * 3600
# A delivery is written at most as long after its message as `fan_out_webhooks` runs.
_UNWRITTEN_SECONDS = 60
_GONE = 410
# An event of which an earlier one is attempted now is attempted soon after.
_SOON_SECONDS = 2
_LONGEST_SLOT_WAIT_SECONDS = 900
# If the process of the earlier event has died, its message is hidden for six minutes.
_LONGEST_WAIT_FOR_EARLIER_SECONDS = 60


class _Wait(Exception):
    """The message is to be received again after so many seconds."""

    def __init__(self, reason: str, seconds: float) -> None:
        super().__init__(reason)
        self.seconds = max(1, min(round(seconds), _LONGEST_WAIT_SECONDS))


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Process each message of a batch. The batch has one message, so that no endpoint waits for another."""
    waiting = []
    for message in event["Records"]:
        if (seconds := _handle(message)) is not None:
            waiting.append((message, seconds))
    return queue.put_back(waiting)


def _handle(message: SqsMessage) -> int | None:
    """Process a message. Returns after how many seconds it is received again; None if it is deleted."""
    log_fields: dict[str, Any] = {"message_id": message["messageId"]}
    try:
        named = msgspec.json.decode(message["body"], type=DeliveryMessage)
        log_fields |= {"webhook_id": named.webhook_id, "order_id": named.order_id, "event": named.event_id}
        log_fields |= log_keys(named.ids)
        outcome = _attempt(named, message)
    except _Wait as wait:
        logger.info("webhook waits", extra={**log_fields, "reason": str(wait), "seconds": wait.seconds})
        return wait.seconds
    except Exception:
        logger.exception("webhook not processed", extra=log_fields)
        return back_off(message)
    logger.info("webhook processed", extra={**log_fields, "outcome": outcome})
    return None


def _attempt(named: DeliveryMessage, message: SqsMessage) -> str:
    """Attempt the delivery that a message names, if it is due. Returns the outcome. Raises _Wait."""
    at = now()
    delivery = deliveries.find(
        endpoint_keys.webhook_delivery(
            named.webhook_id, named.order_id, named.family, named.sequence, named.event_id
        )
    )
    if delivery is None:
        return _unwritten(message, at)
    if delivery.status is not DeliveryStatus.PENDING:
        return delivery.status
    endpoint = webhooks.find(CustomerId(named.customer_id), WebhookId(named.webhook_id))
    if endpoint is None or (endpoint.status is EndpointStatus.DISABLED and not delivery.is_test):
        deliveries.end(delivery, DeliveryStatus.DISCARDED, result="NO_ENDPOINT", at=at)
        return DeliveryStatus.DISCARDED
    if (seconds := seconds_until(delivery.due_at, at=at)) > 0:
        raise _Wait("NOT_DUE", seconds)
    paused_until = None if delivery.is_test else endpoint.paused_until
    if paused_until and (seconds := seconds_until(paused_until, at=at)) > 0:
        raise _Wait("PAUSED", seconds + random.random())  # noqa: S311 (jitter is no secret)
    earlier = deliveries.earlier_pending(delivery)
    if earlier and guards.applies(Guard.WEBHOOK_IN_ORDER):
        _find_again(earlier, at)
        # A little longer than the earlier one, so that it is attempted first.
        wait = _growing_seconds(message, _LONGEST_WAIT_FOR_EARLIER_SECONDS)
        raise _Wait("EARLIER_EVENT", max(0, seconds_until(earlier.due_at, at=at)) + wait)
    slot = deliveries.take_slot(delivery, at=at)
    if slot is None:
        wait = _growing_seconds(message, _LONGEST_SLOT_WAIT_SECONDS)
        raise _Wait("SLOTS_IN_USE", wait * (1 - random.random() / 2))  # noqa: S311 (jitter is no secret)
    try:
        return _send(delivery, endpoint)
    finally:
        _give_back(slot)


def _find_again(earlier: WebhookDelivery, at: str) -> None:
    """Send another message for a delivery that has lost its own, so that no later event waits without an end.

    It is made due first, so that one of the events that wait for it does this.
    """
    if earlier.has_lost_its_message(at=at) and deliveries.reopen(earlier, at=at):
        WebhookQueue(_QUEUE_URL).send([earlier])


def _growing_seconds(message: SqsMessage, longest: int) -> float:
    """Returns a delay that grows with each receive, so that many waiting messages cost little."""
    return min(_SOON_SECONDS << min(receive_count(message) - 1, 10), longest)


def _unwritten(message: SqsMessage, at: str) -> str:
    """Decide about a message without a delivery: its event is redelivered, or was not written after all."""
    sent_at = int(message["attributes"]["SentTimestamp"]) // 1000
    if unix_seconds(at) - sent_at < guards.value(Guard.WEBHOOK_UNWRITTEN, _UNWRITTEN_SECONDS):
        raise _Wait("NOT_WRITTEN", 5)
    return "NOT_WRITTEN"


def _send(delivery: WebhookDelivery, endpoint: Endpoint) -> str:
    """Record an attempt, make it, and record what it has led to. Returns the outcome. Raises _Wait."""
    at = now()
    delay = _retry_delay(delivery)
    # The last attempt is due again as well, in case that the process dies: it is then made again.
    begun = deliveries.begin(delivery, due_at=later(at, timedelta(seconds=delay or sender.SECONDS)), at=at)
    if begun is None:
        raise _Wait("ATTEMPTED_ELSEWHERE", sender.SECONDS)
    body = delivery.body.encode()
    headers = headers_for(
        endpoint.secrets(webhook_keys.of, at=at),
        id=delivery.event_id,
        timestamp=unix_seconds(at),
        body=body,
    )
    try:
        response = sender.post(
            endpoint.url,
            body,
            {**headers, "content-type": "application/json", "user-agent": "orders-webhooks/1"},
            listed=local_receivers(),
        )
    except sender.WebhookNotSent as failure:
        return _failed(begun, endpoint, failure.code, None, delay)
    if 200 <= response.status <= 299:
        _record(begun, DeliveryStatus.DELIVERED, str(response.status), response.milliseconds)
        webhooks.note_success(endpoint, at=now())
        return DeliveryStatus.DELIVERED
    return _failed(begun, endpoint, str(response.status), response.milliseconds, delay)


def _retry_delay(delivery: WebhookDelivery) -> int | None:
    """Returns the delay after the attempt that is made now; None if it is the last one."""
    if delivery.is_test:
        return None
    return retry_delay_seconds(delivery.attempts + 1, random.random())  # noqa: S311 (jitter is no secret)


def _failed(
    delivery: WebhookDelivery, endpoint: Endpoint, result: str, milliseconds: int | None, delay: int | None
) -> str:
    """Record a failed attempt. Returns the outcome if it was the last one. Raises _Wait otherwise."""
    at = now()
    is_gone = result == str(_GONE)
    has_ended = delay is None or is_gone
    # The endpoint is disabled before the end of the delivery is recorded. If the process dies between the
    # two, the delivery is received again, and finds the endpoint disabled.
    if delivery.is_test:
        pass
    elif is_gone:
        webhooks.disable(endpoint, DisabledReason.GONE, at=at)
    elif endpoint.has_failed_too_long(at=at):
        webhooks.disable(endpoint, DisabledReason.NOT_ACKNOWLEDGED, at=at)
    else:
        webhooks.note_failure(endpoint, at=at)
    status = DeliveryStatus.FAILED if has_ended else DeliveryStatus.PENDING
    _record(delivery, status, result, milliseconds)
    if delay is not None and not has_ended:
        raise _Wait(result, delay)
    return status


def _record(delivery: WebhookDelivery, status: DeliveryStatus, result: str, milliseconds: int | None) -> None:
    """Record what an attempt has led to. A webhook whose acknowledgement is not recorded is sent again.

    Together with the look-up and the request, the delays fit into the function's time-out.
    """
    record_patiently(
        lambda: deliveries.end(delivery, status, result=result, milliseconds=milliseconds, at=now()),
        delays=guards.value(Guard.WEBHOOK_RECORDED, RECORD_RETRY_DELAYS),
        sleep=sleep,
        log_fields={"webhook_id": delivery.webhook_id},
    )


def _give_back(slot: Slot) -> None:
    try:
        deliveries.give_back(slot)
    except Exception:
        # It expires.
        logger.exception("slot not given back")
