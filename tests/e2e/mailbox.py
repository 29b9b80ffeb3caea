"""The mail that customers got, and the records of `notify_customer`, the function that sends it."""

from __future__ import annotations

from typing import Any

import boto3

from local.environment import Instance
from local.mail import ReceivedMail, inbox
from ordering.domain.clock import now
from ordering.domain.notifications import NOTIFIED_EVENTS
from ordering.domain.order import Status
from ordering.dynamodb.codec import encode_item
from ordering.repositories.keys import event_keys, order_keys
from orders_client import Order
from tests.e2e.engine import Messages, Tables
from tests.e2e.waiting import until, until_none

QUEUE = "NotificationsQueueUrl"

_EVENT_FOR_STATUS = {status: event for event, status in NOTIFIED_EVENTS.items()}
_CONSUMER = "notify_customer"


class Mailbox:
    """The mail of one instance. All tests share it, so each test uses its own addresses."""

    def __init__(self, instance: Instance, tables: Tables, messages: Messages) -> None:
        self._instance = instance
        self._tables = tables
        self._messages = messages

    def sent_to(self, address: str) -> list[ReceivedMail]:
        """The mail that was sent to an address so far, newest last."""
        return [mail for mail in inbox(self._instance.outputs["Endpoint"]) if mail.to == address]

    def sent_once_handled(self, address: str, order: Order) -> list[ReceivedMail]:
        """The mail that was sent to an address, once the events of an ended order are processed."""
        until(f"the outcome of the last event of order {order.order_id}", lambda: self.outcome(order))
        until_none("message in the queue of notifications", lambda: self._messages.message_count(QUEUE))
        return self.sent_to(address)

    def record(self, order: Order) -> dict[str, Any]:
        """The record of the event of the order's current status; empty until the function has received it."""
        return self._records().get(_event_id(order.order_id, order.version, order.status), {})

    def fault(self, order: Order) -> str:
        """The cause if the last attempt to process that event failed; otherwise empty."""
        return str(self.record(order).get("fault", {}).get("cause", ""))

    def outcome(self, order: Order) -> str:
        """The outcome of that event; empty until it is processed."""
        return str(self.record(order).get("outcome", ""))

    def expire_claim(self, order: Order) -> None:
        """Make the claim on that event expire now, so that the test need not wait for it."""
        event_id = _event_id(order.order_id, order.version, order.status)
        key = event_keys.consumed(_CONSUMER, _item(order.order_id), event_id)
        boto3.client("dynamodb", **self._instance.aws).update_item(
            TableName=self._instance.outputs["TableName"],
            Key=encode_item(key),
            UpdateExpression="SET claimedUntil = :now",
            ConditionExpression="attribute_exists(claimedUntil)",
            ExpressionAttributeValues=encode_item({":now": now()}),
        )

    def settle(self) -> None:
        """Wait until the last event of every ended order is processed and the queue is empty."""
        until_none("ended order whose last event is not processed", self._unhandled_events)
        until_none("message in the queue of notifications", lambda: self._messages.message_count(QUEUE))

    def _unhandled_events(self) -> list[str]:
        records = self._records()
        ended = (
            _event_id(item["orderId"], item["version"], item["status"])
            for item in self._tables.items()
            if item["SK"] == order_keys.ORDER and Status(item["status"]).is_terminal
        )
        return [event for event in ended if "handledAt" not in records.get(event, {})]

    def _records(self) -> dict[str, dict[str, Any]]:
        """All records of the function, by event id."""
        own = event_keys.consumer_partition(_CONSUMER, "")
        return {item["SK"]: item for item in self._tables.items() if item["PK"].startswith(own)}


def _item(order_id: str) -> str:
    return f"{order_keys.order_partition(order_id)}/{order_keys.ORDER}"


def _event_id(order_id: str, version: int, status: str) -> str:
    return f"{_item(order_id)}#{version}#{_EVENT_FOR_STATUS[Status(status)]}"
