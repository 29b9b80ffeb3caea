"""The saga as it is synthesised, executed in this process, its steps served by the real handlers.

    saga.drive(order_id)                  one execution: its status, its trail, its error
    saga.drive_to_the_end(order_id)       as many as it takes, as the queue would
    saga.at(after("Reserve stock"), die)  interrupts: see `tests.support.moments` and `tests.support.faults`
    saga.calls                            every call the steps made, to AWS and to the providers
"""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
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


@contextmanager
def running(machine: StateMachine) -> Iterator["Saga"]:
    """Deploy a state machine to moto (`execute_state_machine` on), and let it run in this process."""
    saga = Saga()
    with ExitStack() as patches:
        patches.enter_context(in_process(saga))
        for provider, protocol, sandbox in PROVIDERS:
            for name in _operations(protocol):
                call = saga.provider(f"{provider}.{name}", getattr(sandbox, name))
                patches.enter_context(patch.object(sandbox, name, call))
        saga.deploy(machine)
        yield saga


def _operations(protocol: type) -> list[str]:
    return [name for name in vars(protocol) if not name.startswith("_")]


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


class Saga:
    """The state machine of the world in memory. It runs while `running` lasts."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.naps: list[float] = []
        """The seconds that Retry and the SDK would have slept."""
        self.booking_first = False
        """Which branch of the fulfilment runs first; on AWS either may."""
        self._client = boto3.client("stepfunctions")
        self._arn = ""
        self._interruptions: list[Interruption] = []
        self._executions = 0
        self._visits: Counter[tuple[str, str]] = Counter()
        self._numbers: Counter[str] = Counter()
        self._here = _Here()
        self._broken: Exception | None = None

    # -- for the tests -----------------------------------------------------------------------------

    def at(self, where: Where, action: Action, *, times: int | None = 1) -> Interruption:
        """Do something at a moment, the first `times` that it comes (None: whenever it comes)."""
        interruption = Interruption(where, action, times)
        self._interruptions.append(interruption)
        return interruption

    def drive(self, order_id: str) -> Execution:
        """Run one execution for an order; answers when it has ended."""
        self._executions += 1
        arn = self._client.start_execution(
            stateMachineArn=self._arn,
            name=f"{self._executions}-{order_id}",
            input=json.dumps({"orderId": order_id}),
        )["executionArn"]
        if self._broken:
            broken, self._broken = self._broken, None
            raise broken
        return self._ended(arn)

    def drive_to_the_end(self, order_id: str, receives: int = 8) -> list[Execution]:
        """Drive an order until an execution succeeds, as a message that comes back does."""
        executions: list[Execution] = []
        while not (executions and executions[-1].succeeded):
            assert len(executions) < receives, f"{order_id} is not driven to its end: {executions[-1]}"
            executions.append(self.drive(order_id))
        return executions

    def _ended(self, arn: str) -> Execution:
        described = self._client.describe_execution(executionArn=arn)
        history = self._client.get_execution_history(executionArn=arn, maxResults=1000)["events"]
        entered = [e["stateEnteredEventDetails"]["name"] for e in history if "stateEnteredEventDetails" in e]
        return Execution(
            name=described["name"],
            status=described["status"],
            trail=tuple(_trail(history)),
            states=tuple(entered),
            error=described.get("error"),
            cause=described.get("cause"),
        )

    def deploy(self, machine: StateMachine) -> None:
        """Create the state machine."""
        self._arn = self._client.create_state_machine(
            name="orders",
            type="EXPRESS",
            definition=json.dumps(machine.definition),
            roleArn=f"arn:aws:iam::{ACCOUNT}:role/machine",
        )["stateMachineArn"]

    # -- for moto: see `tests.support.in_process` -----------------------------------------------------

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
            backend = stepfunctions_parser_backends[ACCOUNT][REGION]
            execution: Any = backend.describe_execution(context["Execution"]["Id"])
            execution.exec_worker.env.set_timed_out()
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
        headers = request.headers
        attempt = int(_text(headers["amz-sdk-request"]).partition("attempt=")[2].partition(";")[0])
        try:
            return self._called(step, target, attempt, send)
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
        name, state, retries = context["Execution"]["Name"], context["State"]["Name"], context["State"]["RetryCount"]
        if retries == 0:
            self._visits[name, state] += 1
        return Step(name, state, self._visits[name, state], retries + 1)

    def _called(self, step: Step, target: str, attempt: int, send: Callable[[], T]) -> T:
        if attempt == 1:
            self._numbers[step.execution] += 1
        call = Call(step, self._numbers[step.execution], target, attempt)
        self.calls.append(call)
        self._passes(Moment(When.BEFORE, step, call))
        # What a provider does to its own books is its own affair.
        with self._here.within(None):
            answer = send()
        self._passes(Moment(When.AFTER, step, call))
        return answer

    def _passes(self, moment: Moment) -> None:
        for interruption in self._interruptions:
            if interruption.is_due(moment):
                interruption.fired += 1
                try:
                    with self._here.within(None):
                        interruption.action()
                except Fault:
                    raise
                except Exception as error:
                    # A test's own failure, and no fault of the saga's: out with it.
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


def _trail(history: Sequence[Any]) -> Iterator[tuple[str, str]]:
    """One task after the other, since branches run in turn: what follows a state's entry is its own."""
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


def _text(header: str | bytes) -> str:
    return header.decode() if isinstance(header, bytes) else header
