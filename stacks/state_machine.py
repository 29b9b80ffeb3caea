"""The saga's definition: its table of states and outcomes, and how a row becomes states.

A business outcome is data: a step answers `{"outcome": ...}` and a Choice routes on it. An exception is a
fault: retried, and then it fails the execution, so that the order's message comes back. Nothing is caught
by an error's name.
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
    """A state that calls the handler of its own name, and where each of its outcomes leads."""

    state: str
    handler: str
    asks: str
    """The name of the Choice behind it."""
    outcomes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Undo:
    """A state of the compensation: whatever becomes of it, `next` is taken.

    No compensation is skipped because an earlier one failed. "Close order" refuses by its own conditions
    while anything is unsettled, and that fails the execution.
    """

    state: str
    handler: str
    next: str


STEPS = (
    SagaStep(
        "Load order",
        "load_order",
        asks="Where does it stand?",
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
        asks="Reserved?",
        outcomes={
            "RESERVED": "Authorise payment",
            "OUT_OF_STOCK": "Reject order",
            "ORDER_MOVED": "Load order",
        },
    ),
    SagaStep(
        "Authorise payment",
        "authorise_payment",
        asks="Authorised?",
        outcomes={
            "AUTHORISED": "Confirm order",
            "DECLINED": "Reject order",
            "ORDER_MOVED": "Load order",
        },
    ),
    SagaStep(
        "Confirm order",
        "confirm_order",
        asks="Confirmed?",
        outcomes={"CONFIRMED": FULFIL, "ORDER_MOVED": "Load order"},
    ),
    SagaStep(
        "Authorise again",
        "reauthorise_payment",
        asks="Authorised again?",
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
        asks="Completed?",
        outcomes={"FULFILLED": ENDED, "ORDER_MOVED": "Load order"},
    ),
    SagaStep(
        "Reject order",
        "reject_order",
        asks="Rejecting?",
        outcomes={"REJECTING": "Cancel shipment", "ORDER_MOVED": "Load order"},
    ),
    SagaStep(
        "Turn back",
        "turn_back",
        asks="Cancelling?",
        outcomes={"CANCELLING": "Cancel shipment", "ORDER_MOVED": "Load order"},
    ),
    Undo("Cancel shipment", "cancel_shipment", next="Void or refund payment"),
    Undo("Void or refund payment", "void_or_refund_payment", next="Release stock"),
    Undo("Release stock", "release_stock", next="Close order"),
    SagaStep(
        "Close order",
        "close_order",
        asks="Closed?",
        outcomes={"REJECTED": ENDED, "CANCELLED": ENDED, "ORDER_MOVED": "Load order"},
    ),
)

# "Fulfil" runs these two beside each other, and "Both done?" reads their outcomes, from the top: the first
# row that matches decides. None matches any outcome.
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

# state → why the execution fails there, and its message returns to the queue.
FAILURES = {
    "Order keeps moving": "The order changed under every attempt of this execution; it is driven again.",
    "No such order": "The message names an order that the table does not hold.",
    "Unknown outcome": "A step answered an outcome that no row of the table names.",
}
UNKNOWN = "Unknown outcome"

HANDLERS = {
    **{step.state: step.handler for step in STEPS},
    **dict((CAPTURE, BOOKING)),
}
"""state → the module in lambdas/saga that serves it."""


def definition(
    scope: Construct, functions: Mapping[str, lambda_.IFunction], step_timeout: Duration
) -> sfn.IChainable:
    """The states of the table above, joined. `functions` serves each handler's name, and each call of one
    may take as long as `step_timeout`."""
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
            call.next(_choice(scope, step.asks, rows, states))
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
    """Calls a handler with the whole state; its answer is the next state."""
    call = tasks.LambdaInvoke(
        scope,
        state,
        lambda_function=function,
        payload=sfn.TaskInput.from_json_path_at("$"),
        output_path="$.Payload",
        task_timeout=sfn.Timeout.duration(step_timeout),
        # The library's own Retry would come on top of ours, and neither would know of the other.
        retry_on_service_exceptions=False,
    )
    # Few and quick: a longer trouble is waited out in the queue, which has hours.
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
