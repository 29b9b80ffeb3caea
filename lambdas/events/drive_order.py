"""Drive order: each message of the order queue names an order; the saga takes it to its end.

| if it dies                 | then                                                               |
|----------------------------|--------------------------------------------------------------------|
| before the execution starts| the message becomes visible again, and the order is driven then    |
| while the execution runs   | the execution goes on alone; the message comes back, and the saga, |
|                            | which begins by looking where the order stands, finds it further   |
| before it reports          | the same                                                           |
"""

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
from aws_lambda_powertools.utilities.typing import LambdaContext

from ordering.clock import now
from ordering.driving import Driver
from ordering.log import logger
from ordering.messages import Messages
from ordering.order import OrderId, fault_of
from ordering.table.client import Table
from ordering.table.sweep import Sweep

driver = Driver(os.environ["STATE_MACHINE_ARN"])
messages = Messages(os.environ["ORDER_QUEUE_URL"])
sweep = Sweep(Table.of_environment())


class Message(msgspec.Struct, frozen=True, rename="camel"):
    """The body of a message."""

    order_id: OrderId


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Drive a batch, every message in a thread of its own; reports those that failed, by id."""
    records = event["Records"]
    with ThreadPoolExecutor(max_workers=max(1, len(records))) as threads:
        driven = list(threads.map(_drive, records))
    return messages.answer(record for record, succeeded in zip(records, driven, strict=True) if not succeeded)


def _drive(record: dict[str, Any]) -> bool:
    receives = record["attributes"]["ApproximateReceiveCount"]
    execution = f"{record['messageId']}-{receives}"
    told: dict[str, str] = {"message_id": record["messageId"], "receives": receives}
    try:
        order_id = msgspec.json.decode(record["body"], type=Message).order_id
    except Exception:
        # Not dropped: the dead-letter queue shows it to a person.
        logger.exception("not an order's message", extra=told)
        return False
    told |= {"order_id": order_id, "execution": execution}
    try:
        driver.drive(order_id, name=execution)
    except Exception as error:
        # Whatever it was, the message must come back: it is the order's only way to its end.
        logger.exception("not driven", extra=told)
        _note_fault(order_id, error)
        return False
    logger.info("driven", extra=told)
    return True


def _note_fault(order_id: OrderId, error: Exception) -> None:
    """Leave the cause with the order, for whoever asks why it stands still."""
    try:
        sweep.note_fault(order_id, fault_of(error, at=now()))
    except Exception:
        # A note is not worth more than the message's return.
        logger.exception("cause not noted", extra={"order_id": order_id})
