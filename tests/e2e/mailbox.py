"""What customers were told by mail, and what the function that tells them has recorded of it."""

from __future__ import annotations

from typing import Any

import boto3

from local.instance import Instance
from local.mail import Mail, inbox
from ordering.domain.clock import now
from ordering.domain.notifications import NOTIFIED_EVENTS
from ordering.domain.order import Status
from ordering.dynamodb.codec import encode_item
from ordering.repositories import keys
from orders_client import Order
from tests.e2e.engine import Messages, Tables
from tests.e2e.waiting import until, until_none

QUEUE = "NotificationsQueueUrl"

_TOLD_OF = {status: event for event, status in NOTIFIED_EVENTS.items()}
_CONSUMER = "notify_customer"


class Post:
    """The mail of one instance. All its tests share it: each writes to addresses of its own."""

    def __init__(self, instance: Instance, tables: Tables, messages: Messages) -> None:
        self._instance = instance
        self._tables = tables
        self._messages = messages

    def sent_to(self, address: str) -> list[Mail]:
        """What was sent to an address so far, the newest last."""
        return [mail for mail in inbox(self._instance.outputs["Endpoint"]) if mail.to == address]

    def sent_when_settled(self, address: str, order: Order) -> list[Mail]:
        """What was sent to an address once all is said about an order that has ended."""
        until(f"the end of order {order.order_id} to be told", lambda: self.outcome(order))
        until_none("message in the queue of notifications", lambda: self._messages.in_queue(QUEUE))
        return self.sent_to(address)

    def record(self, order: Order) -> dict[str, Any]:
        """What is recorded of the event that brought the order where it stands; empty until it is heard."""
        return self._records().get(_event_id(order.order_id, order.version, order.status), {})

    def fault(self, order: Order) -> str:
        """Why that event could not be handled when it was last tried; empty if nothing went wrong."""
        return str(self.record(order).get("fault", {}).get("cause", ""))

    def outcome(self, order: Order) -> str:
        """What came of that event; empty until it is handled."""
        return str(self.record(order).get("outcome", ""))

    def end_claim(self, order: Order) -> None:
        """Let the time of a claim on that event be over, rather than wait for it."""
        event_id = _event_id(order.order_id, order.version, order.status)
        key = keys.consumed(_CONSUMER, _item(order.order_id), event_id)
        boto3.client("dynamodb", **self._instance.aws).update_item(
            TableName=self._instance.outputs["TableName"],
            Key=encode_item(key),
            UpdateExpression="SET claimedUntil = :now",
            ConditionExpression="attribute_exists(claimedUntil)",
            ExpressionAttributeValues=encode_item({":now": now()}),
        )

    def settle(self) -> None:
        """Wait until the customer of every order that has ended is told, and nothing else is to be told."""
        until_none("end of an order that was not told", self._untold)
        until_none("message in the queue of notifications", lambda: self._messages.in_queue(QUEUE))

    def _untold(self) -> list[str]:
        records = self._records()
        ended = (
            _event_id(item["orderId"], item["version"], item["status"])
            for item in self._tables.items()
            if item["SK"] == keys.ORDER and Status(item["status"]).is_terminal
        )
        return [event for event in ended if "handledAt" not in records.get(event, {})]

    def _records(self) -> dict[str, dict[str, Any]]:
        """Each record of the function's, by the id of its event."""
        own = keys.consumer_partition(_CONSUMER, "")
        return {item["SK"]: item for item in self._tables.items() if item["PK"].startswith(own)}


def _item(order_id: str) -> str:
    return f"{keys.order_partition(order_id)}/{keys.ORDER}"


def _event_id(order_id: str, version: int, status: str) -> str:
    return f"{_item(order_id)}#{version}#{_TOLD_OF[Status(status)]}"
