"""The admin stack: functions of operators' routes that concern all stacks.

They list the queues, redrive their dead letters, and read the graphs of the dashboards.

The routes are in the api stack, with its authoriser and its throttles. The functions, each with its role
and alias, are not, because that stack has almost reached its limit of resources. References to stacks with
queues are weak, so that each of them can be deployed, or left out, without this one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aws_cdk import Aws, CrossStackReferences, Duration, Fn, ReferenceStrength, Token
from aws_cdk import aws_iam as iam
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from stacks.data import DataStack
from stacks.function import OrderFunction
from stacks.grants import allow
from stacks.layers import Layers
from stacks.metric_parameters import path_of_metrics
from stacks.queue_outputs import BUSES, DEAD_LETTERS, KEPT, KINDS, TOPIC_KEYS, TOPICS, WORK, QueueOutputs
from stacks.routes import ACCESS, ADMIN_ROUTES, METRICS_ROUTES
from stacks.settings import Settings
from stacks.stack import FunctionStack, OrderStack
from stacks.wildcards import METRIC_DATA

_READS = ("sqs:ReceiveMessage", "sqs:ChangeMessageVisibility")
_COUNTS = ("sqs:GetQueueAttributes",)


class AdminStack(FunctionStack):
    """Functions of operators' routes that concern all stacks."""

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
        for stack in stacks:
            # It reads outputs of that stack.
            self.add_stack_dependency(stack)
        self._outputs = [QueueOutputs(stack) for stack in stacks]
        self._arns = {kind: self._listed(kind) for kind in KINDS}
        self.functions = {handler: self._function(handler, data) for handler in sorted(ADMIN_ROUTES)}
        """Handler → its function, for the api stack."""

    def _function(self, handler: str, data: DataStack) -> OrderFunction:
        function = OrderFunction(
            self,
            f"api/{handler}",
            data=data,
            access=ACCESS[handler],
            # Shorter than the time for which letters are hidden (`ordering.dead_letters.deployed`).
            timeout=Duration.seconds(10),
            statements=list(self._of_metrics() if handler in METRICS_ROUTES else self._of_queues(handler)),
            environment=(
                {"METRIC_PARAMETERS": path_of_metrics(self.settings)}
                if handler in METRICS_ROUTES
                else {"OUTPUT_PARAMETERS": " ".join(each.parameter for each in self._outputs)}
            ),
        )
        # Otherwise a function could not be removed: this stack is deployed first, and CloudFormation would
        # refuse to remove what the api stack still imports.
        CrossStackReferences.of(function.live).produce(ReferenceStrength.WEAK)
        return function

    def _listed(self, kind: str) -> str | None:
        """Returns the ARNs of a kind in all stacks, joined by commas; None without any.

        A parameter of this stack contains them, which its policies refer to: so each output is looked up
        once, and not once for each policy (`stacks/queue_outputs.py`).
        """
        lists = [arns for outputs in self._outputs for arns in outputs.arns(kind)]
        if not lists:
            return None
        parameter = ssm.StringParameter(
            self, kind, string_value=Fn.join(",", lists), description="For the policies of this stack"
        )
        return parameter.string_value

    def _parameter(self, name: str) -> str:
        return self.format_arn(service="ssm", resource="parameter", resource_name=name.removeprefix("/"))

    def _of_metrics(self) -> Iterator[iam.PolicyStatement]:
        """Yields the permissions of the handler of metrics."""
        yield allow(list(METRIC_DATA.actions), "*")
        yield allow(["ssm:GetParametersByPath"], self._parameter(path_of_metrics(self.settings)))

    def _of_queues(self, handler: str) -> Iterator[iam.PolicyStatement]:
        """Yields the permissions of a handler of queues in addition to its access to the data stack."""
        yield allow(["ssm:GetParameters"], *(self._parameter(each.parameter) for each in self._outputs))
        # One statement for each list of queues: a role's policies have 10,240 characters at most ("IAM and
        # AWS STS quotas").
        if handler == "admin_list_queues":
            yield from self._allow(_COUNTS, DEAD_LETTERS, KEPT, WORK)
        elif handler == "admin_list_dead_letters":
            yield from self._allow(_READS, DEAD_LETTERS, KEPT)
        else:
            yield from self._allow((*_READS, *_COUNTS, "sqs:DeleteMessage"), DEAD_LETTERS)
            yield from self._allow((*_READS, *_COUNTS), KEPT)
            yield from self._allow(("sqs:SendMessage",), WORK)
            yield from self._allow(("events:PutEvents",), BUSES)
            for report_function in filter(None, (each.report_function for each in self._outputs)):
                yield allow(["lambda:InvokeFunction"], report_function)
            yield from self._allow(("sns:Publish",), TOPICS)
            # "Managing Amazon SNS encryption keys and costs": what a publisher needs, for calls by SNS.
            for statement in self._allow(("kms:Decrypt", "kms:GenerateDataKey"), TOPIC_KEYS):
                statement.add_condition("StringEquals", {"kms:ViaService": f"sns.{Aws.REGION}.amazonaws.com"})
                yield statement

    def _allow(self, actions: Sequence[str], *kinds: str) -> Iterator[iam.PolicyStatement]:
        """Yields a statement for the ARNs of these kinds; none without any."""
        if lists := [arns for kind in kinds if (arns := self._arns[kind])]:
            split = Fn.split(",", Fn.join(",", lists))
            # As a text, because aws-cdk-lib makes a policy of its own for each statement with a list.
            yield allow(list(actions), Token.as_string(Token.as_any(split)))
