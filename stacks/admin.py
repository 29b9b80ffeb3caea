"""The admin stack: functions that list the queues of all stacks, and redrive their dead letters.

The routes are in the api stack, with its authoriser and its throttles. The functions, each with its role
and alias, are not, because that stack has almost reached its limit of resources. Every reference to another
stack is weak, so that each of these stacks can be deployed, or left out, without this one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from aws_cdk import CfnOutput, CrossStackReferences, Duration, Fn, ReferenceStrength
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from ordering.dead_letters.queues import KNOWN
from ordering.dead_letters.stage import REPORT_FUNCTION, TIME_ZONE
from stacks.data import DataStack
from stacks.event_topics import EventTopic
from stacks.function import OrderFunction
from stacks.grants import allow
from stacks.layers import Layers
from stacks.queue import DeadLetterQueue, WorkQueue
from stacks.routes import ACCESS, QUEUE_ROUTES
from stacks.settings import Settings
from stacks.stack import FunctionStack, OrderStack

# A parameter has 4,096 characters at most ("Managing parameter tiers", AWS Systems Manager). An output with
# the URL of a queue has about 200 characters if the name of the queue has 80.
_OUTPUTS_IN_PARAMETER = 12

# The endings of the names of outputs that `ordering.dead_letters` reads to know the queues of a stage.
_KNOWN_BY = ("QueueUrl", "Consumer", "TopicArn", "EventBusName", REPORT_FUNCTION, TIME_ZONE)

_READS = ("sqs:ReceiveMessage", "sqs:ChangeMessageVisibility")
_COUNTS = ("sqs:GetQueueAttributes",)


class AdminStack(FunctionStack):
    """Functions of operators' routes that concern every stack with a queue."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: Settings,
        layers: Layers,
        data: DataStack,
        stacks: Sequence[OrderStack],
    ) -> None:
        """`stacks` are the stacks with queues. They must already contain all of their queues."""
        super().__init__(
            scope, id, settings=settings, layers=layers, description="Order backend: queues for operators"
        )
        CrossStackReferences.of(self).consume(ReferenceStrength.WEAK)
        for stack in stacks:
            # It reads outputs of that stack.
            self.add_stack_dependency(stack)
        constructs = [construct for stack in stacks for construct in stack.node.find_all()]
        self._work = [each for each in constructs if isinstance(each, WorkQueue)]
        self._dead = [each for each in constructs if isinstance(each, DeadLetterQueue)]
        self._buses = [each for each in constructs if isinstance(each, events.EventBus)]
        self._topics = [each for each in constructs if isinstance(each, EventTopic)]
        outputs = [
            (stack, each)
            for stack in stacks
            for each in stack.node.children
            if isinstance(each, CfnOutput) and each.node.id.endswith(_KNOWN_BY)
        ]
        self._outputs = {
            output.node.id: Fn.get_stack_output(stack.stack_name, output.node.id) for stack, output in outputs
        }
        refused = {kind.output for kind in KNOWN.values() if kind.redrive_refusal}
        kept = {output.value for _, output in outputs if output.node.id in refused}
        self._never_redriven = [each for each in self._dead if each.queue_url in kept]
        parameters = self._parameters()
        self.functions = {
            handler: self._function(handler, data, parameters) for handler in sorted(QUEUE_ROUTES)
        }
        """Handler → its function, for the api stack."""

    def _function(self, handler: str, data: DataStack, parameters: Sequence[str]) -> OrderFunction:
        function = OrderFunction(
            self,
            f"api/{handler}",
            data=data,
            access=ACCESS[handler],
            # Shorter than the time for which letters are hidden (`ordering.dead_letters.deployed`).
            timeout=Duration.seconds(10),
            statements=[
                allow(
                    ["ssm:GetParameters"],
                    *(
                        self.format_arn(
                            service="ssm", resource="parameter", resource_name=name.removeprefix("/")
                        )
                        for name in parameters
                    ),
                ),
                *self._statements(handler),
            ],
            environment={"OUTPUT_PARAMETERS": " ".join(parameters)},
        )
        # Otherwise a function could not be removed: this stack is deployed first, and CloudFormation would
        # refuse to remove what the api stack still imports.
        CrossStackReferences.of(function.live).produce(ReferenceStrength.WEAK)
        return function

    def _parameters(self) -> list[str]:
        """Add parameters with the outputs, which are longer than a function's variables may be (4 KB).

        Returns their names.
        """
        names = sorted(self._outputs)
        parameters: list[str] = []
        for start in range(0, len(names), _OUTPUTS_IN_PARAMETER):
            part: Mapping[str, str] = {
                name: self._outputs[name] for name in names[start : start + _OUTPUTS_IN_PARAMETER]
            }
            number = start // _OUTPUTS_IN_PARAMETER + 1
            parameters.append(f"/orders/{self.settings.stage}/outputs/{number}")
            ssm.StringParameter(
                self,
                f"Outputs{number}",
                parameter_name=parameters[-1],
                string_value=self.to_json_string(part),
                description="Queues of the stage, and what their dead letters are sent to",
            )
        return parameters

    def _statements(self, handler: str) -> Iterator[iam.PolicyStatement]:
        """Yields the permissions of a handler in addition to its access to the data stack."""
        dead = [each.queue_arn for each in self._dead]
        work = [each.queue_arn for each in self._work]
        if handler == "admin_list_queues":
            yield allow(list(_COUNTS), *dead, *work)
            return
        if handler == "admin_list_dead_letters":
            yield allow(list(_READS), *dead)
        else:
            # One statement for each list of queues: a role's policies have 10,240 characters at most ("IAM
            # and AWS STS quotas").
            kept = [each.queue_arn for each in self._never_redriven]
            yield allow([*_READS, *_COUNTS, "sqs:DeleteMessage"], *(arn for arn in dead if arn not in kept))
            if kept:
                yield allow([*_READS, *_COUNTS], *kept)
            yield allow(["sqs:SendMessage"], *work)
            yield allow(["events:PutEvents"], *(each.event_bus_arn for each in self._buses))
            if REPORT_FUNCTION in self._outputs:
                yield allow(["lambda:InvokeFunction"], self._outputs[REPORT_FUNCTION])
            for topic in self._topics:
                yield allow(["sns:Publish"], topic.topic_arn)
                if topic.master_key:
                    # "Managing Amazon SNS encryption keys and costs": what a publisher needs.
                    yield allow(["kms:Decrypt", "kms:GenerateDataKey"], topic.master_key.key_arn)
