"""The queues of a deployed stage, in an AWS in memory, found by the outputs of its stacks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3

from ordering.dead_letters.sources import SqsSource
from tests.support import least_privilege
from tests.support.environment import BUS, OUTPUT_PARAMETERS

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient


class DeployedQueues:
    """Every queue of the stage, each empty, and the parameters by which the functions find them."""

    def __init__(self) -> None:
        self.sqs: SQSClient = boto3.client("sqs")
        self.outputs = dict(least_privilege.deployed_outputs())
        for output, arn in self.outputs.items():
            if output.endswith("QueueUrl"):
                name = arn.rpartition(":")[2]
                self.outputs[output] = self.sqs.create_queue(QueueName=name)["QueueUrl"]
        self.outputs["EventBusName"] = BUS
        self.outputs["TableName"] = "a name that the routes must not need"
        boto3.client("events").create_event_bus(Name=BUS)
        self.describe()

    def describe(self) -> None:
        """Write the outputs into the parameters, as the stacks do."""
        ssm = boto3.client("ssm")
        names = OUTPUT_PARAMETERS.split()
        for position, name in enumerate(names):
            part = dict(sorted(self.outputs.items())[position :: len(names)])
            ssm.put_parameter(Name=name, Value=json.dumps(part), Type="String", Overwrite=True)

    def forget(self, stack: str) -> None:
        """Delete the parameter of a stack."""
        boto3.client("ssm").delete_parameter(Name=f"/orders/dev/outputs/{stack}")

    def put(self, output: str, body: Any, **attributes: str) -> str:
        """Put a message into the queue of an output; returns its id."""
        return self.sqs.send_message(
            QueueUrl=self.outputs[output],
            MessageBody=body if isinstance(body, str) else json.dumps(body),
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
            },
        )["MessageId"]

    def dead(self, order_id: str) -> str:
        """Put an order's message into the dead-letter queue; returns its id."""
        return self.put("OrderDeadLetterQueueUrl", {"orderId": order_id})

    def bodies(self, output: str) -> list[Any]:
        """Returns the bodies of the messages that can be received now."""
        with SqsSource(self.sqs, self.outputs[output]).peek() as messages:
            return [json.loads(message.body) for message in messages]
