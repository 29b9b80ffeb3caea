"""The frame of a step: state in, the order's story read, an outcome, state out."""

from collections.abc import Callable
from typing import Any

import msgspec
from aws_lambda_powertools.utilities.typing import LambdaContext

from ordering.aws.logging import logger
from ordering.domain.order import OrderId, Status
from ordering.domain.order_details import OrderDetails
from ordering.domain.step_outcome import StepOutcome
from ordering.repositories.order_transitions import NotSettled
from ordering.repositories.orders import Orders
from ordering.resilience.diagnosis import unwrapped

_LONGEST = 200

StepHandler = Callable[[dict[str, Any], LambdaContext], dict[str, Any]]


class Caught(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """A fault that the state machine has caught, as it writes it."""

    error: str = ""
    cause: str = ""

    def __str__(self) -> str:
        name, said = unwrapped(self.error, self.cause)
        return f"{name}: {said[:_LONGEST]}"


class SagaState(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What the state machine carries from step to step.

    `loads` counts how often the order was loaded in this execution; `outcome` is the last step's word:
    an `StepOutcome` or a `Status`; `fault` is what a compensation failed with, since the order was loaded.
    No step takes a decision from `outcome`: it is there for the choices, and for whoever reads the log.
    """

    order_id: OrderId
    loads: int = 0
    outcome: str | None = None
    fault: Caught | None = None


def step(orders: Orders) -> Callable[[Callable[[OrderDetails], StepOutcome | Status]], StepHandler]:
    """Turn a function of an order's story into the handler of a step.

    An exception of the function is a fault: the state machine tries the step again, and if that does
    not help the execution fails and the queue delivers the order again.
    """

    def decorate(run: Callable[[OrderDetails], StepOutcome | Status]) -> StepHandler:
        def answer(state: SagaState) -> SagaState:
            details = orders.load(state.order_id)
            try:
                outcome = run(details) if details else StepOutcome.NOT_FOUND
            except NotSettled as unsettled:
                if state.fault is None:
                    raise
                # A compensation's fault was caught, so that the others were tried. It is the cause.
                raise NotSettled(f"{unsettled}; a compensation failed: {state.fault}") from unsettled
            return msgspec.structs.replace(state, outcome=outcome)

        return framed(answer)

    return decorate


def framed(answer: Callable[[SagaState], SagaState]) -> StepHandler:
    """The handler around a function of the state alone. Raises msgspec.ValidationError for other input."""

    @logger.inject_lambda_context(clear_state=True)
    def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        state = msgspec.convert(event, SagaState)
        logger.append_keys(order_id=state.order_id)
        answered = answer(state)
        logger.info("step", extra={"outcome": answered.outcome})
        output: dict[str, Any] = msgspec.to_builtins(answered)
        if answered.fault is None:
            del output["fault"]
        return output

    return handler
