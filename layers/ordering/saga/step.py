"""The common frame of a saga step: it loads the order's details, runs the step, and returns the outcome."""

from collections.abc import Callable
from typing import Any

import msgspec
from aws_lambda_powertools.utilities.typing import LambdaContext

from ordering.aws.logging import logger
from ordering.domain.order import OrderId, Status
from ordering.domain.order_details import OrderDetails
from ordering.domain.step_outcome import StepOutcome
from ordering.domain.trace import log_keys, read_trace
from ordering.repositories.order_transitions import NotSettled
from ordering.repositories.orders import Orders
from ordering.resilience.diagnosis import unwrapped

_LONGEST = 200
# Left out of the state if they are None.
_OPTIONAL = frozenset({"fault", "trace"})

StepHandler = Callable[[dict[str, Any], LambdaContext], dict[str, Any]]


class Caught(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """A fault that the state machine has caught, in the format of a Catch field's output."""

    error: str = ""
    cause: str = ""

    def __str__(self) -> str:
        name, message = unwrapped(self.error, self.cause)
        return f"{name}: {message[:_LONGEST]}"


class SagaState(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The state that the state machine passes from step to step.

    `loads` counts how often the order was loaded in this execution. `outcome` is the last step's result, a
    `StepOutcome` or a `Status`. `fault` is the error of a failed compensation since the last load. No step
    decides by `outcome`: it is for the Choice states and for the log. `trace` contains the order's ids, for
    the log; an execution that an earlier release started has none, and they are lost after "Fulfil".
    """

    order_id: OrderId
    loads: int = 0
    outcome: str | None = None
    fault: Caught | None = None
    # As it was sent: ids that cannot be read must not fail the step.
    trace: Any = None


def step(orders: Orders) -> Callable[[Callable[[OrderDetails], StepOutcome | Status]], StepHandler]:
    """Returns a decorator that turns a function of an order's details into the handler of a step.

    An exception of the function is a fault: the state machine retries the step. If the retries fail, the
    execution fails, and the queue redelivers the order's message.
    """

    def decorate(run: Callable[[OrderDetails], StepOutcome | Status]) -> StepHandler:
        def next_state(state: SagaState) -> SagaState:
            details = load(orders, state)
            try:
                outcome = run(details) if details else StepOutcome.NOT_FOUND
            except NotSettled as unsettled:
                if state.fault is None:
                    raise
                # The fault of a compensation was caught, so that the others could run. It is the cause.
                raise NotSettled(f"{unsettled}; a compensation failed: {state.fault}") from unsettled
            return msgspec.structs.replace(state, outcome=outcome)

        return framed(next_state)

    return decorate


def load(orders: Orders, state: SagaState) -> OrderDetails | None:
    """Returns the order's details. Every line of the log from now on contains the order's ids."""
    details = orders.load(state.order_id)
    if details:
        logger.append_keys(**log_keys(details.order.ids))
    return details


def framed(next_state: Callable[[SagaState], SagaState]) -> StepHandler:
    """Returns a handler around a function of the state. It raises msgspec.ValidationError for other input."""

    @logger.inject_lambda_context(clear_state=True)
    def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        state = msgspec.convert(event, SagaState)
        logger.append_keys(order_id=state.order_id, **log_keys(read_trace(state.trace)))
        following = next_state(state)
        logger.info("step", extra={"outcome": following.outcome})
        output: dict[str, Any] = msgspec.to_builtins(following)
        return {name: value for name, value in output.items() if name not in _OPTIONAL or value is not None}

    return handler
