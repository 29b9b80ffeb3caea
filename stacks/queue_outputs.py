"""What a stack tells the admin stack of its queues: a parameter with its outputs, and the ARNs of each kind.

The outputs of all queues are longer than a function's variables may be (4 KB), so each stack writes its own
into a parameter of Systems Manager, which the functions of the admin stack read.

The ARNs of a kind are one output of the stack, because CloudFormation looks up an output once for each place
that names it, and is throttled at some 75 lookups in a template (aws/aws-cdk#38010).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from aws_cdk import CfnOutput, Fn
from aws_cdk import aws_events as events
from aws_cdk import aws_ssm as ssm
from constructs import IConstruct

from ordering.dead_letters.queues import KNOWN
from ordering.dead_letters.stage import REPORT_FUNCTION, TIME_ZONE
from stacks.event_topics import EventTopic
from stacks.queue import DeadLetterQueue, WorkQueue
from stacks.stack import OrderStack

DEAD_LETTERS: Final = "DeadLetterQueueArns"
"""Queues of dead letters that may be redriven."""
KEPT: Final = "KeptDeadLetterQueueArns"
"""Queues of dead letters that are never redriven."""
WORK: Final = "WorkQueueArns"
BUSES: Final = "EventBusArns"
TOPICS: Final = "TopicArns"
TOPIC_KEYS: Final = "TopicKeyArns"

KINDS: Final = (DEAD_LETTERS, KEPT, WORK, BUSES, TOPICS, TOPIC_KEYS)

# The endings of the names of outputs that `ordering.dead_letters` reads to know the queues of a stage.
_KNOWN_BY = ("QueueUrl", "Consumer", "TopicArn", "EventBusName", REPORT_FUNCTION, TIME_ZONE)


class QueueOutputs:
    """The outputs of one stack. The stack must already contain all of its queues."""

    def __init__(self, stack: OrderStack) -> None:
        self._stack = stack
        known = {
            each.node.id: str(each.value)
            for each in stack.node.children
            if isinstance(each, CfnOutput) and each.node.id.endswith(_KNOWN_BY)
        }
        self.parameter = f"/orders/{stack.settings.stage}/outputs/{stack.node.id}"
        """The name of the parameter with the outputs."""
        ssm.StringParameter(
            stack,
            "QueueOutputs",
            parameter_name=self.parameter,
            string_value=stack.to_json_string(known),
            description="Queues of the stack, and what their dead letters are sent to",
        )
        self.report_function = self._read(REPORT_FUNCTION) if REPORT_FUNCTION in known else None
        """The ARN of the function of daily reports, read from an output."""
        refused = {kind.output for kind in KNOWN.values() if kind.redrive_refusal}
        never_redriven = [url for name, url in known.items() if name in refused]
        self._kinds: set[str] = set()
        for kind, arns in _arns(stack.node.find_all(), never_redriven).items():
            if arns:
                self._kinds.add(kind)
                CfnOutput(stack, self._name(kind), value=Fn.join(",", arns))

    def arns(self, kind: str) -> Iterator[str]:
        """Yields the ARNs of a kind, joined by commas and read from an output; nothing without any."""
        if kind in self._kinds:
            yield self._read(self._name(kind))

    def _name(self, kind: str) -> str:
        """Returns the name of an output with ARNs. No two stacks have outputs of the same name."""
        return f"{self._stack.node.id.capitalize()}{kind}"

    def _read(self, output: str) -> str:
        return Fn.get_stack_output(self._stack.stack_name, output)


def _arns(constructs: Sequence[IConstruct], never_redriven: Sequence[str]) -> Mapping[str, list[str]]:
    """Returns the ARNs of each kind. `never_redriven` are URLs of queues."""
    dead = [each for each in constructs if isinstance(each, DeadLetterQueue)]
    topics = [each for each in constructs if isinstance(each, EventTopic)]
    keys = [topic.master_key.key_arn for topic in topics if topic.master_key]
    return {
        DEAD_LETTERS: [each.queue_arn for each in dead if each.queue_url not in never_redriven],
        KEPT: [each.queue_arn for each in dead if each.queue_url in never_redriven],
        WORK: [each.queue_arn for each in constructs if isinstance(each, WorkQueue)],
        BUSES: [each.event_bus_arn for each in constructs if isinstance(each, events.EventBus)],
        TOPICS: [each.topic_arn for each in topics],
        # Topics share a key.
        TOPIC_KEYS: list(dict.fromkeys(keys)),
    }
