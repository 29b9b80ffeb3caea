"""The definition of the saga: a table of states and outcomes, and its translation into a state machine.

A business outcome is data: a step returns `{"outcome": ...}` and a Choice state branches on it. An exception
is a fault: it is retried, and then fails the execution, so that the order's message is redelivered. No state
catches errors by their names.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

MACHINE_TIMEOUT = Duration.seconds(120)

ENDED = "Ended"
FULFIL = "Fulfil"


@dataclass(frozen=True, slots=True)
class SagaStep:
    """A state that calls a handler, and the next state for each outcome."""

    state: str
    handler: str
    choice: str
    """The name of the Choice state that follows."""
    outcomes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Undo:
    """A compensating state. `next` follows it, whether it succeeds or fails.

    So a failed compensation does not stop the next ones. If anything is still unsettled, "Close order" raises
    an error, which fails the execution.
    """

    state: str
    handler: str
    next: str


STEPS = (
    SagaStep(
        "Load order",
        "load_order",
        choice="Where does it stand?",
        outcomes={
            "PENDING": "Reserve stock",
            "CONFIRMED": FULFIL,
            "REJECTING": "Cancel shipment",
            "CANCELLING": "Cancel shipment",
            "FULFILLED": ENDED,
            "REJECTED": ENDED,
            "CANCELLED": ENDED,
            "KEEPS_MOVING": "Order keeps moving",
            "NOT_FOUND": "No such order",
        },
    ),
    SagaStep(
        "Reserve stock",
        "reserve_stock",
        choice="Reserved?",
        outcomes={
            "RESERVED": "Authorise payment",
            "OUT_OF_STOCK": "Reject order",
            "ORDER_MOVED": "Load order",
        },
    ),
    SagaStep(
        "Authorise payment",
        "authorise_payment",
        choice="Authorised?",
        outcomes={
            "AUTHORISED": "Confirm order",
            "DECLINED": "Reject order",
            "ORDER_MOVED": "Load order",
        },
    ),
    SagaStep(
        "Confirm order",
        "confirm_order",
        choice="Confirmed?",
        outcomes={"CONFIRMED": FULFIL, "ORDER_MOVED": "Load order"},
    ),
    SagaStep(
        "Authorise again",
        "reauthorise_payment",
        choice="Authorised again?",
        outcomes={
            "AUTHORISED": FULFIL,
            "CAPTURED": FULFIL,
            "DECLINED": "Turn back",
            "CAPTURE_REFUSED": "Turn back",
            "ORDER_MOVED": "Load order",
        },
    ),
    SagaStep(
        "Complete order",
        "complete_order",
        choice="Completed?",
        outcomes={"FULFILLED": ENDED, "ORDER_MOVED": "Load order"},
    ),
    SagaStep(
        "Reject order",
        "reject_order",
        choice="Rejecting?",
        outcomes={"REJECTING": "Cancel shipment", "ORDER_MOVED": "Load order"},
    ),
    SagaStep(
        "Turn back",
        "turn_back",
        choice="Cancelling?",
        outcomes={"CANCELLING": "Cancel shipment", "ORDER_MOVED": "Load order"},
    ),
    Undo("Cancel shipment", "cancel_shipment", next="Void or refund payment"),
    Undo("Void or refund payment", "void_or_refund_payment", next="Release stock"),
    Undo("Release stock", "release_stock", next="Close order"),
    SagaStep(
        "Close order",
        "close_order",
        choice="Closed?",
        outcomes={"REJECTED": ENDED, "CANCELLED": ENDED, "ORDER_MOVED": "Load order"},
    ),
)

# "Fulfil" runs these two states in parallel. "Both done?" then checks the rows below from the top, and the
# first row that matches both outcomes decides the next state. A None in a row matches any outcome.
CAPTURE = ("Capture payment", "capture_payment")
BOOKING = ("Book shipment", "book_shipment")
BOTH_DONE: tuple[tuple[str | None, str | None, str], ...] = (
    # capture          booking             next
    ("ORDER_MOVED", None, "Load order"),
    (None, "ORDER_MOVED", "Load order"),
    (None, "SHIPMENT_REFUSED", "Turn back"),
    ("CAPTURE_REFUSED", None, "Authorise again"),
    ("CAPTURED", "BOOKED", "Complete order"),
)

# State → why the execution fails there. The order's message is then redelivered.
FAILURES = {
    "Order keeps moving": "Other executions changed the order during every attempt of this one; "
    "it is driven again.",
    "No such order": "The message names an order that does not exist.",
    "Unknown outcome": "A step returned an outcome for which the state machine has no next state.",
}
UNKNOWN = "Unknown outcome"

HANDLERS = {
    **{step.state: step.handler for step in STEPS},
    **dict((CAPTURE, BOOKING)),
}
"""State → its handler's module in lambdas/saga."""


def definition(
    scope: Construct, functions: Mapping[str, lambda_.IFunction], step_timeout: Duration
) -> sfn.IChainable:
    """Returns the state machine of the table above.

    `functions` maps each handler's name to its function's alias. `step_timeout` is the time-out of each call.
    """
    states: dict[str, sfn.State] = {
        ENDED: sfn.Succeed(scope, ENDED),
        FULFIL: _fulfil(scope, functions, step_timeout),
        **{name: sfn.Fail(scope, name, error=name, cause=cause) for name, cause in FAILURES.items()},
    }
    steps = {step.state: _call(scope, step.state, functions[step.handler], step_timeout) for step in STEPS}
    states.update(steps)
    for step in STEPS:
        call = steps[step.state]
        if isinstance(step, Undo):
            call.add_catch(states[step.next], errors=["States.ALL"], result_path="$.fault")
            call.next(states[step.next])
        else:
            rows = ((_is("outcome", outcome), state) for outcome, state in step.outcomes.items())
            call.next(_choice(scope, step.choice, rows, states))
    rows = (
        (sfn.Condition.and_(*conditions) if len(conditions) > 1 else conditions[0], state)
        for capture, booking, state in BOTH_DONE
        for conditions in [
            [_is(name, value) for name, value in (("capture", capture), ("booking", booking)) if value]
        ]
    )
    sfn.Chain.start(states[FULFIL]).next(_choice(scope, "Both done?", rows, states))
    return sfn.Chain.start(states["Load order"])


def _fulfil(
    scope: Construct, functions: Mapping[str, lambda_.IFunction], step_timeout: Duration
) -> sfn.Parallel:
    parallel = sfn.Parallel(
        scope,
        FULFIL,
        result_selector={
            "orderId.$": "$[0].orderId",
            "loads.$": "$[0].loads",
            "capture.$": "$[0].outcome",
            "booking.$": "$[1].outcome",
        },
    )
    for state, handler in (CAPTURE, BOOKING):
        parallel.branch(_call(scope, state, functions[handler], step_timeout))
    return parallel


def _call(
    scope: Construct, state: str, function: lambda_.IFunction, step_timeout: Duration
) -> tasks.LambdaInvoke:
    """Returns a task that calls a handler with the whole input; its result becomes the output."""
    call = tasks.LambdaInvoke(
        scope,
        state,
        lambda_function=function,
        payload=sfn.TaskInput.from_json_path_at("$"),
        output_path="$.Payload",
        task_timeout=sfn.Timeout.duration(step_timeout),
        # Off, because aws-cdk-lib would add a second Retry to the one below.
        retry_on_service_exceptions=False,
    )
    # Only a few quick retries. For longer faults, the order's message returns to the queue and is retried for
    # hours.
    call.add_retry(
        errors=["States.ALL"],
        interval=Duration.seconds(1),
        max_attempts=3,
        backoff_rate=2,
        max_delay=Duration.seconds(2),
        jitter_strategy=sfn.JitterType.FULL,
    )
    return call


def _is(name: str, value: str) -> sfn.Condition:
    return sfn.Condition.string_equals(f"$.{name}", value)


def _choice(
    scope: Construct,
    name: str,
    rows: Iterable[tuple[sfn.Condition, str]],
    states: Mapping[str, sfn.State],
) -> sfn.Choice:
    choice = sfn.Choice(scope, name)
    for condition, state in rows:
        choice.when(condition, states[state])
    choice.otherwise(states[UNKNOWN])
    return choice
