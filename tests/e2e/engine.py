"""What lies behind the API, read through AWS's own APIs as an operator would."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3

from local.environment import Instance
from ordering.dynamodb.codec import decode_item
from ordering.repositories import keys

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient


class Tables:
    """The table, and the books of the sandbox providers."""

    def __init__(self, instance: Instance) -> None:
        self._dynamodb = boto3.client("dynamodb", **instance.aws)
        self._table = instance.outputs["TableName"]
        self._books = instance.outputs["SandboxTableName"]

    def items(self) -> list[dict[str, Any]]:
        """Every item of the table."""
        return list(self._scan(self._table))

    def pages(self) -> list[dict[str, Any]]:
        """Every page of the sandbox providers' books."""
        return list(self._scan(self._books))

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        """Assert that no item is written meanwhile: raises AssertionError with each change, before and after.

        Left out is what the sweep and the drivers write of their own accord: their notes on the health of the
        whole, and the progress of removals, whose second look follows minutes after the customer's request.
        """
        before = self._compared()
        yield
        after = self._compared()
        changed = {
            key: (before.get(key), after.get(key))
            for key in sorted(before.keys() | after.keys())
            if before.get(key) != after.get(key)
        }
        assert not changed, f"written meanwhile, (before, after) by key: {changed}"

    def _compared(self) -> dict[tuple[str, str], dict[str, Any]]:
        return {
            (item["PK"], item.get("SK", "")): item
            for item in [*self.items(), *self.pages()]
            if item["PK"] != keys.HEALTH and item.get("SK") != keys.REMOVAL
        }

    def of_order(self, order_id: str) -> dict[str, dict[str, Any]]:
        """What the table holds of an order, by sort key."""
        return {item["SK"]: item for item in self.items() if item["PK"] == f"ORDER#{order_id}"}

    def orders_of(self, customer_id: str) -> list[dict[str, Any]]:
        """A customer's orders."""
        return [item for item in self.items() if item["SK"] == "ORDER" and item["customerId"] == customer_id]

    def _scan(self, table: str) -> Iterator[dict[str, Any]]:
        for page in self._dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
            yield from (decode_item(item) for item in page["Items"])


class Messages:
    """The queues, by the names that the stacks' outputs give their URLs, and the event bus."""

    def __init__(self, instance: Instance) -> None:
        self._outputs = instance.outputs
        self._sqs: SQSClient = boto3.client("sqs", **instance.aws)
        self._events = boto3.client("events", **instance.aws)

    def send(self, queue: str, body: str) -> None:
        """Put a message into a queue."""
        self._sqs.send_message(QueueUrl=self._outputs[queue], MessageBody=body)

    def in_queue(self, queue: str) -> int:
        """How many messages a queue holds, those being handled among them."""
        return self._held(self._outputs[queue])

    def in_every_queue(self) -> dict[str, int]:
        """How many messages each queue holds, by its name."""
        urls = self._sqs.list_queues().get("QueueUrls", [])
        return {url.rpartition("/")[2]: self._held(url) for url in urls}

    def tell(self, event: dict[str, Any]) -> None:
        """Put an event on the bus once more, as `Listener` has heard it."""
        again = {
            "EventBusName": self._outputs["EventBusName"],
            "Source": event["source"],
            "DetailType": event["detail-type"],
            "Detail": json.dumps(event["detail"]),
        }
        answer = self._events.put_events(Entries=[again])
        assert answer["FailedEntryCount"] == 0

    def take(self, queue: str) -> list[str]:
        """Take some messages out of a queue; answers their bodies."""
        return _taken(self._sqs, self._outputs[queue])

    @contextmanager
    def impatient(self, queue: str) -> Iterator[None]:
        """Let one failure be enough for the dead-letter queue, meanwhile."""
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
    def listening(self) -> Iterator[Listener]:
        """Hear everything that is told on the event bus, meanwhile: a rule, and a queue of its own."""
        bus, name = self._outputs["EventBusName"], f"listener-{uuid4().hex[:8]}"
        url = self._sqs.create_queue(QueueName=name)["QueueUrl"]
        try:
            arn = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
            pattern = json.dumps({"source": ["orders"]})
            self._events.put_rule(Name=name, EventBusName=bus, EventPattern=pattern)
            try:
                target = {"Id": "queue", "Arn": arn["Attributes"]["QueueArn"]}
                self._events.put_targets(Rule=name, EventBusName=bus, Targets=[target])
                yield Listener(self._sqs, url)
            finally:
                self._events.remove_targets(Rule=name, EventBusName=bus, Ids=["queue"])
                self._events.delete_rule(Name=name, EventBusName=bus)
        finally:
            self._sqs.delete_queue(QueueUrl=url)

    def _held(self, url: str) -> int:
        counts = self._sqs.get_queue_attributes(
            QueueUrl=url,
            AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
        )
        return sum(int(count) for count in counts["Attributes"].values())


class Listener:
    """What was told on the event bus since it began to listen."""

    def __init__(self, sqs: SQSClient, url: str) -> None:
        self._sqs = sqs
        self._url = url
        self._heard: list[dict[str, Any]] = []

    def heard(self) -> list[dict[str, Any]]:
        """Every event so far, in the order in which they came."""
        while bodies := _taken(self._sqs, self._url):
            self._heard += [json.loads(body) for body in bodies]
        return list(self._heard)

    def heard_of(self, order_id: str) -> list[dict[str, Any]]:
        """The events of one order so far."""
        return [event for event in self.heard() if event["detail"].get("orderId") == order_id]


class Logs:
    """What the functions have logged."""

    def __init__(self, instance: Instance) -> None:
        self._logs = boto3.client("logs", **instance.aws)

    def everything(self) -> list[str]:
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


def _taken(sqs: SQSClient, url: str) -> list[str]:
    received = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    for message in received:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return [message["Body"] for message in received]
