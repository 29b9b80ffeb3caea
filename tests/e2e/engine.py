"""Reads the table, the queues, the event bus and the logs behind the API, through the AWS APIs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3

from local.environment import Instance
from ordering.dynamodb.codec import decode_item
from ordering.repositories.keys import customer_keys, driving_keys, event_keys, order_keys, sales_keys
from tests.e2e.waiting import until_none
from tests.support import event_schemas

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient


_Key = tuple[str, str]
_Item = dict[str, Any]


class Tables:
    """The app's table, and the table in which the sandbox providers keep their records."""

    def __init__(self, instance: Instance) -> None:
        self._dynamodb = boto3.client("dynamodb", **instance.aws)
        self._table = instance.outputs["TableName"]
        self._provider_table = instance.outputs["SandboxTableName"]

    def items(self) -> list[dict[str, Any]]:
        """Every item of the table."""
        return list(self._scan(self._table))

    def provider_records(self) -> list[dict[str, Any]]:
        """Every payment and shipment that the sandbox providers have recorded."""
        return list(self._scan(self._provider_table))

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        """Assert that the block writes no item: raises AssertionError with the old and the new items.

        Ignores background writes of the app and the engine: see `_is_background`.
        """
        before = self._by_key()
        yield
        after = self._by_key()
        changed = {
            key: (before.get(key), after.get(key))
            for key in sorted(before.keys() | after.keys())
            if before.get(key) != after.get(key) and not _is_background(key, before.get(key), after.get(key))
        }
        assert not changed, f"changed items, (before, after) by key: {changed}"

    def _by_key(self) -> dict[_Key, _Item]:
        return {(item["PK"], item.get("SK", "")): item for item in [*self.items(), *self.provider_records()]}

    def of_order(self, order_id: str) -> dict[str, dict[str, Any]]:
        """The items of an order, by sort key."""
        return {item["SK"]: item for item in self.items() if item["PK"] == f"ORDER#{order_id}"}

    def orders_of(self, customer_id: str) -> list[dict[str, Any]]:
        """A customer's orders."""
        return [item for item in self.items() if item["SK"] == "ORDER" and item["customerId"] == customer_id]

    def _scan(self, table: str) -> Iterator[dict[str, Any]]:
        for page in self._dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
            yield from (decode_item(item) for item in page["Items"])


def _is_background(key: _Key, before: _Item | None, after: _Item | None) -> bool:
    """Whether a change is not caused by a request, so that it may happen at any time.

    The sweep and the drivers record their health, and consumers the events and the sales of earlier orders. A
    schedule makes the report of the previous day. The deletion of a customer's data continues for minutes
    after the request, and then deletes the addresses of the orders that have ended since. Time to live
    deletes expired items.
    """
    partition, sort_key = key
    if (
        partition == driving_keys.HEALTH
        or sort_key == customer_keys.REMOVAL
        or partition.startswith(
            (
                event_keys.earlier_consumer_partition(""),
                sales_keys.sales_partition(""),
                sales_keys.report_partition(""),
            )
        )
    ):
        return True
    if before is None:
        return False
    if sort_key == order_keys.ADDRESS:
        return after is None or {**after, "expiresAt": None} == {**before, "expiresAt": None}
    return after is None and "expiresAt" in before


class Messages:
    """The event bus and the queues. A queue is named by the output that contains its URL."""

    def __init__(self, instance: Instance) -> None:
        self._outputs = instance.outputs
        self._sqs: SQSClient = boto3.client("sqs", **instance.aws)
        self._events = boto3.client("events", **instance.aws)

    def send(self, queue: str, body: str) -> None:
        """Put a message into a queue."""
        self._sqs.send_message(QueueUrl=self._outputs[queue], MessageBody=body)

    def message_count(self, queue: str) -> int:
        """The number of messages in a queue, including those that a consumer is processing."""
        return self._message_count(self._outputs[queue])

    def messages_by_queue(self) -> dict[str, int]:
        """The number of messages in each queue, by the queue's name."""
        urls = self._sqs.list_queues().get("QueueUrls", [])
        return {url.rpartition("/")[2]: self._message_count(url) for url in urls}

    def publish_again(self, event: dict[str, Any]) -> None:
        """Put an event that `EventRecorder` has recorded on the bus again, with the same id."""
        again = {
            "EventBusName": self._outputs["EventBusName"],
            "Source": event["source"],
            "DetailType": event["detail-type"],
            "Detail": json.dumps(event["detail"]),
        }
        answer = self._events.put_events(Entries=[again])
        assert answer["FailedEntryCount"] == 0

    def receive(self, queue: str) -> list[str]:
        """Receive and delete up to ten messages of a queue; returns their bodies."""
        return _receive(self._sqs, self._outputs[queue])

    def purge(self, queue: str) -> None:
        """Delete all messages of a queue, and wait for those that a consumer is processing."""
        self._sqs.purge_queue(QueueUrl=self._outputs[queue])
        until_none("message that is being processed", lambda: self.message_count(queue))

    @contextmanager
    def dead_letter_after_one_receive(self, queue: str) -> Iterator[None]:
        """Within the block, move a message to the dead-letter queue after its first failure."""
        url = self._outputs[queue]
        before = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])
        policy = before["Attributes"]["RedrivePolicy"]
        once = json.dumps(json.loads(policy) | {"maxReceiveCount": 1})
        self._sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": once})
        try:
            yield
        finally:
            self._sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": policy})

    @contextmanager
    def recording_events(self) -> Iterator[EventRecorder]:
        """Record the events that are published within the block, by a rule with a queue of its own."""
        bus, name = self._outputs["EventBusName"], f"recorder-{uuid4().hex[:8]}"
        url = self._sqs.create_queue(QueueName=name)["QueueUrl"]
        try:
            arn = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
            pattern = json.dumps({"source": ["orders"]})
            self._events.put_rule(Name=name, EventBusName=bus, EventPattern=pattern)
            try:
                target = {"Id": "queue", "Arn": arn["Attributes"]["QueueArn"]}
                self._events.put_targets(Rule=name, EventBusName=bus, Targets=[target])
                yield EventRecorder(self._sqs, url)
            finally:
                self._events.remove_targets(Rule=name, EventBusName=bus, Ids=["queue"])
                self._events.delete_rule(Name=name, EventBusName=bus)
        finally:
            self._sqs.delete_queue(QueueUrl=url)

    def _message_count(self, url: str) -> int:
        counts = self._sqs.get_queue_attributes(
            QueueUrl=url,
            AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
        )
        return sum(int(count) for count in counts["Attributes"].values())


class EventRecorder:
    """The events that were published since the recording started."""

    def __init__(self, sqs: SQSClient, url: str) -> None:
        self._sqs = sqs
        self._url = url
        self._received: list[dict[str, Any]] = []

    def events(self) -> list[dict[str, Any]]:
        """Every event so far, in the order of their delivery. Raises NotAsDescribed."""
        while bodies := _receive(self._sqs, self._url):
            received = [json.loads(body) for body in bodies]
            for event in received:
                event_schemas.check(event["detail-type"], event["detail"])
            self._received += received
        return list(self._received)

    def events_of(self, order_id: str) -> list[dict[str, Any]]:
        """The events of one order so far."""
        return [event for event in self.events() if event["detail"].get("orderId") == order_id]


class Logs:
    """The log lines of the functions."""

    def __init__(self, instance: Instance) -> None:
        self._logs = boto3.client("logs", **instance.aws)

    def lines(self) -> list[str]:
        """Every line of every function."""
        return [
            event["message"]
            for groups in self._logs.get_paginator("describe_log_groups").paginate()
            for group in groups["logGroups"]
            for page in self._logs.get_paginator("filter_log_events").paginate(
                logGroupName=group["logGroupName"]
            )
            for event in page["events"]
        ]


def _receive(sqs: SQSClient, url: str) -> list[str]:
    received = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    for message in received:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return [message["Body"] for message in received]
