"""The stage of a function of the API, for the code that handles dead letters."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec

from ordering.aws.clients import client
from ordering.aws.parameters import read_parameters
from ordering.dead_letters.letters import DeadLetterHandler
from ordering.dead_letters.queues import queues_of
from ordering.dead_letters.queues.topics import topic_client
from ordering.dead_letters.sources import SqsSource, queue_client
from ordering.dead_letters.stage import REPORT_FUNCTION
from ordering.domain.refusal import CommandRefused
from ordering.dynamodb.client import Table

if TYPE_CHECKING:
    from types_boto3_lambda import LambdaClient
    from types_boto3_sns import SNSClient
    from types_boto3_sqs import SQSClient

# A function of the API ends after ten seconds, and before that makes its letters visible again. So no other
# reader receives them while it runs. If it dies, its letters stay hidden for a moment only.
_HIDDEN_SECONDS = 15


class DeployedStage:
    """The stage that this function belongs to, as its stacks describe it now."""

    def __init__(self, table: Table) -> None:
        self.table = table

    @cached_property
    def outputs(self) -> Mapping[str, str]:
        """The outputs of the stacks that name queues, and what their letters are sent to.

        They are longer than the variables of a function may be (4 KB), so each stack writes its own into a
        parameter. The names of the parameters are in `OUTPUT_PARAMETERS`.

        Raises CommandRefused if a stack has no parameter.
        """
        outputs: dict[str, str] = {}
        names = os.environ["OUTPUT_PARAMETERS"].split()
        values = read_parameters(names)
        if missing := [name for name in names if name not in values]:
            raise CommandRefused(f"there is no parameter {', '.join(missing)}", "deploy its stack again")
        for value in values.values():
            outputs |= msgspec.json.decode(value, type=dict[str, str])
        return outputs

    def output(self, name: str) -> str:
        """Returns an output of the stacks. Raises CommandRefused when there is none of this name."""
        if name not in self.outputs:
            raise CommandRefused(f"the stage has no output {name}", "deploy this release to it first")
        return self.outputs[name]

    def source(self, output: str) -> SqsSource:
        """Returns the queue whose URL this output contains. Raises CommandRefused if it is missing."""
        return SqsSource(self.sqs, self.output(output), hidden_seconds=_HIDDEN_SECONDS)

    @cached_property
    def sqs(self) -> SQSClient:
        """The client of SQS."""
        return queue_client()

    @cached_property
    def sns(self) -> SNSClient:
        """The client of SNS."""
        return topic_client()

    def make_report(self, event: Mapping[str, Any]) -> None:
        """Start the function of daily reports, which takes longer than a request may.

        Lambda retries a call that fails. If all retries fail, it stores the event in the dead-letter queue
        again.
        """
        functions: LambdaClient = client("lambda")
        functions.invoke(
            FunctionName=self.output(REPORT_FUNCTION),
            InvocationType="Event",
            Payload=msgspec.json.encode(event),
        )

    def queue(self, name: str) -> DeadLetterHandler | None:
        """Returns the dead-letter queue of this name; None if the stage has none."""
        kind = queues_of(self).get(name)
        return kind.of(self) if kind else None
