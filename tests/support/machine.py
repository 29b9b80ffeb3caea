"""The saga as it is synthesised, executed in this process, its steps served by the real handlers.

    saga.drive(order_id)                  one execution: its status, its trail, its error
    saga.drive_to_the_end(order_id)       as many as it takes, as the queue would
    saga.at(after("Reserve stock"), die)  interrupts: see `tests.support.moments` and `tests.support.faults`
    saga.calls                            every call the steps made, to AWS and to the providers

The trail is the execution's own: what its history says, and not what the handlers saw.
"""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any, TypeVar
from unittest.mock import patch

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from moto.stepfunctions.parser.asl.component.state.exec.state_task.lambda_eval_utils import (
    LambdaFunctionErrorException,
)
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from ordering.gateway.payments import PaymentGateway
from ordering.gateway.sandbox_payments import SandboxPayments
from ordering.gateway.sandbox_shipping import SandboxShipping
from ordering.gateway.shipping import ShippingGateway
from tests.support.environment import ACCOUNT, REGION
from tests.support.faults import ExecutionLost, Fault, ProcessLost, as_aws, as_provider
from tests.support.in_process import Send, in_process
from tests.support.moments import Action, Call, Interruption, Moment, Step, When, Where
from tests.support.world import invoke
from tests.synth import FUNCTION_ARN, StateMachine

T = TypeVar("T")

PROVIDERS: tuple[tuple[str, type, type], ...] = (
    ("payments", PaymentGateway, SandboxPayments),
    ("shipping", ShippingGateway, SandboxShipping),
)


@dataclass(frozen=True)
class Execution:
    """What became of an execution, by its own history."""

    name: str
    status: str
    """SUCCEEDED, FAILED or TIMED_OUT."""
    trail: tuple[tuple[str, str], ...]
    """(state, outcome) of each call of a handler; the error's name where it failed."""
    states: tuple[str, ...]
    """Every state entered, the choices as well."""
    error: str | None
    cause: str | None

    @property
    def succeeded(self) -> bool:
        """Whether the message that started it can be forgotten."""
        return self.status == "SUCCEEDED"


@contextmanager
def running(machine: StateMachine) -> Iterator["Saga"]:
    """Deploy a state machine to moto (`execute_state_machine` on), and let it run in this process."""
    saga = Saga()
    with ExitStack() as patches:
        patches.enter_context(in_process(saga))
        for provider, protocol, sandbox in PROVIDERS:
            for name in (name for name in vars(protocol) if not name.startswith("_")):
                call = saga.provider(f"{provider}.{name}", getattr(sandbox, name))
                patches.enter_context(patch.object(sandbox, name, call))
        saga.deploy(machine)
        yield saga


class Saga:
    """The state machine of the world in memory. It runs while `running` lasts."""

    def __init__(self) -> None:
        self._client = boto3.client("stepfunctions")
        self._arn = ""
        self._here = _Here()
        self._names = count(1)
        self.forget()

    def forget(self) -> None:
        """Begin anew: no executions, no calls, no interruptions."""
        self.calls: list[Call] = []
        self.naps: list[float] = []
        """The seconds that Retry and the SDK would have slept."""
        self.booking_first = False
        """Which branch of the fulfilment runs first; on AWS either may."""
        self._interruptions: list[Interruption] = []
        self._gate: Callable[[Moment], None] | None = None
        self._visits: Counter[tuple[str, str]] = Counter()
        self._numbers: Counter[str] = Counter()
        self._broken: Exception | None = None

    # -- for the tests -----------------------------------------------------------------------------

    def at(self, where: Where, action: Action, *, times: int | None = 1) -> Interruption:
        """Do something at a moment, the first `times` that it comes (None: whenever it comes)."""
        interruption = Interruption(where, action, times)
        self._interruptions.append(interruption)
        return interruption

    def drive(self, order_id: str) -> Execution:
        """Run one execution for an order; answers when it has ended."""
        return self.drive_as(f"{next(self._names)}-{order_id}", order_id)

    def drive_as(self, name: str, order_id: str) -> Execution:
        """The same, under a name that no other execution has had since the machine was deployed."""
        arn = self._client.start_execution(
            stateMachineArn=self._arn, name=name, input=json.dumps({"orderId": order_id})
        )["executionArn"]
        if self._broken:
            broken, self._broken = self._broken, None
            raise broken
        return _ended(_execution(arn))

    def drive_to_the_end(self, order_id: str, *, receives: int = 8) -> list[Execution]:
        """Drive an order until an execution succeeds, as a message that comes back does."""
        executions: list[Execution] = []
        while not (executions and executions[-1].succeeded):
            assert len(executions) < receives, f"order {order_id} comes to no end: {executions[-1]}"
            executions.append(self.drive(order_id))
        return executions

    @contextmanager
    def gated(self, gate: Callable[[Moment], None]) -> Iterator[None]:
        """Let every moment pass `gate` first, which may keep it waiting: see `tests.support.turns`."""
        self._gate = gate
        try:
            yield
        finally:
            self._gate = None

    # -- for moto: see `tests.support.in_process` -----------------------------------------------------

    def deploy(self, machine: StateMachine) -> None:
        """Create the state machine."""
        self._arn = self._client.create_state_machine(
            name="orders",
            type="EXPRESS",
            definition=json.dumps(machine.definition),
            roleArn=f"arn:aws:iam::{ACCOUNT}:role/machine",
        )["stateMachineArn"]

    def serve(self, env: Any, parameters: dict[str, Any]) -> dict[str, Any]:
        """Call the handler that the task's function runs."""
        context = env.states.context_object.context_object_data
        step = self._step(context)
        handler = parameters["FunctionName"].removeprefix(FUNCTION_ARN)
        answer = None
        try:
            self._passes(Moment(When.BEFORE, step, None))
            with self._here.within(step):
                answer = invoke(f"saga.{handler}", json.loads(parameters["Payload"]))
            self._passes(Moment(When.AFTER, step, None))
        except ExecutionLost:
            answer = None
            _execution(context["Execution"]["Id"]).exec_worker.env.set_timed_out()
        except (ProcessLost, Exception) as fault:
            raised = {"errorType": type(fault).__name__, "errorMessage": str(fault)}
            raise LambdaFunctionErrorException("Unhandled", json.dumps(raised)) from fault
        return {"StatusCode": 200, "Payload": json.loads(json.dumps(answer))}

    def in_order(self, branches: Sequence[Any]) -> Sequence[Any]:
        """Capture first, or booking first."""
        return branches[::-1] if self.booking_first else branches

    def wire(self, target: str, request: AWSPreparedRequest, send: Send) -> AWSResponse | None:
        """Let a step's request pass its moments."""
        step = self._here.step
        if step is None:
            return send()
        try:
            return self._called(step, target, _attempt(request), send)
        except Fault as fault:
            return as_aws(fault, target, request)

    def provider(self, target: str, operation: Callable[..., T]) -> Callable[..., T]:
        """An operation of a provider (`payments.void`) that passes its moments."""

        def call(*args: Any, **kwargs: Any) -> T:
            operate = partial(operation, *args, **kwargs)
            step = self._here.step
            try:
                return self._called(step, target, 1, operate) if step else operate()
            except Fault as fault:
                raise as_provider(fault) from fault

        return call

    def slept(self, seconds: float) -> None:
        """Note it, and do not sleep."""
        self.naps.append(seconds)

    # -- within ------------------------------------------------------------------------------------

    def _step(self, context: dict[str, Any]) -> Step:
        execution, state = context["Execution"]["Name"], context["State"]["Name"]
        retries = context["State"]["RetryCount"]
        if retries == 0:
            self._visits[execution, state] += 1
        return Step(execution, state, self._visits[execution, state], retries + 1)

    def _called(self, step: Step, target: str, attempt: int, send: Callable[[], T]) -> T:
        if attempt == 1:
            self._numbers[step.execution] += 1
        call = Call(step, self._numbers[step.execution], target, attempt)
        self.calls.append(call)
        self._passes(Moment(When.BEFORE, step, call))
        # What a provider does to its own books is its own affair: no call of the step's.
        with self._here.within(None):
            answer = send()
        self._passes(Moment(When.AFTER, step, call))
        return answer

    def _passes(self, moment: Moment) -> None:
        try:
            with self._here.within(None):
                if self._gate:
                    self._gate(moment)
                for interruption in self._interruptions:
                    if interruption.is_due(moment):
                        interruption.fired += 1
                        interruption.action()
        except Fault:
            raise
        except Exception as error:
            # The test's own failure, and no fault of the saga's: end the execution, and say so.
            self._broken = error
            raise ExecutionLost from error


class _Here(threading.local):
    """The step that this thread serves. moto serves each attempt in a thread of its own."""

    step: Step | None = None

    @contextmanager
    def within(self, step: Step | None) -> Iterator[None]:
        outer, self.step = self.step, step
        try:
            yield
        finally:
            self.step = outer


def _execution(arn: str) -> Any:
    return stepfunctions_parser_backends[ACCOUNT][REGION].describe_execution(arn)


def _ended(execution: Any) -> Execution:
    """What DescribeExecution and GetExecutionHistory say, without the cost of asking over the wire."""
    described = execution.to_describe_output()
    history = execution.to_history_output()["events"]
    entered = (event.get("stateEnteredEventDetails") for event in history)
    return Execution(
        name=described["name"],
        status=described["status"],
        trail=tuple(_trail(history)),
        states=tuple(details["name"] for details in entered if details),
        error=described.get("error"),
        cause=described.get("cause"),
    )


def _trail(history: Sequence[Any]) -> Iterator[tuple[str, str]]:
    """Branches run in turn, so what follows a task's entry is its own."""
    state = ""
    for event in history:
        match event["type"]:
            case "TaskStateEntered":
                state = event["stateEnteredEventDetails"]["name"]
            case "TaskFailed":
                yield state, event["taskFailedEventDetails"]["error"]
            case "TaskSucceeded":
                answer = json.loads(event["taskSucceededEventDetails"]["output"])["Payload"]
                # None: the execution was lost before it heard the answer.
                if answer:
                    yield state, answer["outcome"]


def _attempt(request: AWSPreparedRequest) -> int:
    """Which try of the SDK's this is: it says so in a header, `attempt=1; max=3`."""
    header = request.headers["amz-sdk-request"]
    text = header.decode() if isinstance(header, bytes) else header
    return int(text.partition("attempt=")[2].partition(";")[0])
