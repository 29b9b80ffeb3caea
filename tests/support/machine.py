"""Executes the synthesised state machine in this process, with the real handlers as its steps.

    saga.drive(order_id)                  one execution: its status, its trail, its error
    saga.drive_to_the_end(order_id)       as many executions as necessary, as the queue would start
    saga.at(after("Reserve stock"), die)  injects an action: see `tests.support.injection_points`
    saga.calls                            every call of the steps, to AWS and to the providers

The trail lists the steps and their outcomes; it is read from the execution's history.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from unittest.mock import patch

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from moto.stepfunctions.parser.asl.component.state.exec.state_task.lambda_eval_utils import (
    LambdaFunctionErrorException,
)
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

from ordering.providers.payments import PaymentGateway
from ordering.providers.sandbox_payments import SandboxPayments
from ordering.providers.sandbox_shipping import SandboxShipping
from ordering.providers.shipping import ShippingGateway
from tests.support import least_privilege
from tests.support.calls import Calls
from tests.support.environment import ACCOUNT, REGION
from tests.support.faults import ExecutionLost, ProcessLost
from tests.support.in_process import Send, in_process
from tests.support.injection_points import Action, Call, InjectionPoint, Interruption, Step, When, Where
from tests.support.world import invoke
from tests.synth import FUNCTION_ARN, StateMachine
from tools.privileges.policy import Request

PROVIDERS: tuple[tuple[str, type, type], ...] = (
    ("payments", PaymentGateway, SandboxPayments),
    ("shipping", ShippingGateway, SandboxShipping),
)


@dataclass(frozen=True)
class Execution:
    """The result of an execution, read from its history."""

    name: str
    status: str
    """SUCCEEDED, FAILED or TIMED_OUT."""
    trail: tuple[tuple[str, str], ...]
    """(state, outcome) of each call of a handler, or (state, the error's name) if the call failed."""
    states: tuple[str, ...]
    """Every state entered, including the Choices."""
    error: str | None
    cause: str | None
    history: tuple[Mapping[str, Any], ...] = field(default=(), repr=False, compare=False)
    """The execution's events, as GetExecutionHistory returns them."""

    @property
    def succeeded(self) -> bool:
        """Whether the message that started it can be deleted."""
        return self.status == "SUCCEEDED"


@contextmanager
def running(machine: StateMachine) -> Iterator["Saga"]:
    """Deploy a state machine to moto (with `execute_state_machine`), and let it run in this process."""
    saga = Saga()
    with ExitStack() as patches:
        patches.enter_context(in_process(saga))
        for provider, protocol, sandbox in PROVIDERS:
            for name in (name for name in vars(protocol) if not name.startswith("_")):
                call = saga.recorder.provider(f"{provider}.{name}", getattr(sandbox, name))
                patches.enter_context(patch.object(sandbox, name, call))
        arn = saga.deploy(machine)
        saga.machine = lambda: arn
        yield saga


class Saga:
    """The deployed state machine and its executions. It exists within `running`."""

    def __init__(self) -> None:
        self._client = boto3.client("stepfunctions")
        self.machine: Callable[[], str] = str
        """Returns the ARN of the state machine on which the next execution is started."""
        self.recorder = Calls()
        """Records every call, including those of other functions of this process."""
        self._names = count(1)
        self.forget()

    def forget(self) -> None:
        """Reset, without executions, calls and interruptions."""
        self.recorder.forget()
        self.executions: list[Execution] = []
        """The executions that have ended, in that order."""
        self.sleeps: list[float] = []
        """The seconds that Retry and the SDK would have slept."""
        self.booking_first = False
        """Whether the booking runs before the capture; on AWS either may be first."""
        self._visits: Counter[tuple[str, str]] = Counter()

    # -- for the tests -----------------------------------------------------------------------------

    @property
    def calls(self) -> list[Call]:
        """Every call that was made."""
        return self.recorder.made

    def at(self, where: Where, action: Action, *, times: int | None = 1) -> Interruption:
        """Perform an action at an injection point, the first `times` that it is reached (None: always)."""
        return self.recorder.at(where, action, times=times)

    def drive(self, order_id: str) -> Execution:
        """Run one execution for an order. Returns when it has ended."""
        return self.drive_as(f"{next(self._names)}-{order_id}", order_id)

    def drive_as(self, name: str, order_id: str) -> Execution:
        """Run one execution under a name that no other execution of this state machine has had."""
        execution = self.execute(name, json.dumps({"orderId": order_id}))
        self.recorder.raise_test_failure()
        return execution

    def execute(self, name: str, text: str) -> Execution:
        """Run one execution with an input of any kind."""
        # In place of StartSyncExecution, which moto lacks. The role of the driver does not need it.
        with least_privilege.within(None):
            started = self._client.start_execution(stateMachineArn=self.machine(), name=name, input=text)
        arn = started["executionArn"]
        execution = _ended(_execution(arn))
        self.executions.append(execution)
        return execution

    def drive_to_the_end(self, order_id: str, *, receives: int = 8) -> list[Execution]:
        """Drive an order until an execution succeeds, as a redelivered message does."""
        executions: list[Execution] = []
        while not (executions and executions[-1].succeeded):
            assert len(executions) < receives, f"order {order_id} does not end: {executions[-1]}"
            executions.append(self.drive(order_id))
        return executions

    # -- for moto: see `tests.support.in_process` -----------------------------------------------------

    def deploy(self, machine: StateMachine, name: str = "orders") -> str:
        """Create a state machine. Returns its ARN."""
        arn: str = self._client.create_state_machine(
            name=name,
            type="EXPRESS",
            definition=json.dumps(machine.definition),
            roleArn=f"arn:aws:iam::{ACCOUNT}:role/machine",
        )["stateMachineArn"]
        return arn

    def serve(self, env: Any, parameters: dict[str, Any]) -> dict[str, Any]:
        """Call the handler that the task's function runs."""
        context = env.states.context_object.context_object_data
        step = self._step(context)
        handler = parameters["FunctionName"].removeprefix(FUNCTION_ARN)
        result = None
        # In AWS, the state machine calls the alias of each function. An unknown handler fails in `invoke`.
        if handler in least_privilege.deployed_roles():
            alias = f"{parameters['FunctionName']}:live"
            least_privilege.require(least_privilege.MACHINE, [Request("lambda:InvokeFunction", alias)])
        try:
            self.recorder.passes(InjectionPoint(When.BEFORE, step, None))
            with self.recorder.within(step):
                result = invoke(f"saga.{handler}", json.loads(parameters["Payload"]))
            self.recorder.passes(InjectionPoint(When.AFTER, step, None))
        except ExecutionLost:
            result = None
            _execution(context["Execution"]["Id"]).exec_worker.env.set_timed_out()
        except (ProcessLost, Exception) as fault:
            raised = {"errorType": type(fault).__name__, "errorMessage": str(fault)}
            raise LambdaFunctionErrorException("Unhandled", json.dumps(raised)) from fault
        return {"StatusCode": 200, "Payload": json.loads(json.dumps(result))}

    def in_order(self, branches: Sequence[Any]) -> Sequence[Any]:
        """Returns the branches, with the capturing or the booking branch first."""
        return branches[::-1] if self.booking_first else branches

    def wire(self, target: str, request: AWSPreparedRequest, send: Send) -> AWSResponse | None:
        """Let a request pass its injection points."""
        return self.recorder.wire(target, request, send)

    def slept(self, seconds: float) -> None:
        """Record the time instead of sleeping."""
        self.sleeps.append(seconds)

    # -- helpers -----------------------------------------------------------------------------------

    def _step(self, context: dict[str, Any]) -> Step:
        execution, state = context["Execution"]["Name"], context["State"]["Name"]
        retries = context["State"]["RetryCount"]
        if retries == 0:
            self._visits[execution, state] += 1
        return Step(execution, state, self._visits[execution, state], retries + 1)


def _execution(arn: str) -> Any:
    return stepfunctions_parser_backends[ACCOUNT][REGION].describe_execution(arn)


def _ended(execution: Any) -> Execution:
    """Returns what DescribeExecution and GetExecutionHistory return, without the cost of HTTP calls."""
    described = execution.to_describe_output()
    history = execution.to_history_output()["events"]
    entered = (event.get("stateEnteredEventDetails") for event in history)
    return Execution(
        name=described["name"],
        status=str(described["status"].value),
        trail=tuple(_trail(history)),
        states=tuple(details["name"] for details in entered if details),
        error=described.get("error"),
        cause=described.get("cause"),
        history=tuple(history),
    )


def _trail(history: Sequence[Any]) -> Iterator[tuple[str, str]]:
    """Yields the trail. Branches run one after the other, so the events after a task's entry belong to it."""
    state = ""
    for event in history:
        match event["type"]:
            case "TaskStateEntered":
                state = event["stateEnteredEventDetails"]["name"]
            case "TaskFailed":
                yield state, event["taskFailedEventDetails"]["error"]
            case "TaskSucceeded":
                result = json.loads(event["taskSucceededEventDetails"]["output"])["Payload"]
                # It is None if the execution was lost before it got the result.
                if result:
                    yield state, result["outcome"]
