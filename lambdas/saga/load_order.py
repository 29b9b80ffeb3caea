"""Load order: read the order's status. The first state; a stale step returns to it."""

import msgspec

from ordering.domain.step_outcome import StepOutcome
from ordering.dynamodb.client import Table
from ordering.repositories.orders import Orders
from ordering.saga import step
from ordering.saga.step import SagaState, framed

# An order changes its status at most three times, so an execution with more loads than this is in a loop.
MAX_LOADS = 6

orders = Orders(Table.of_environment())


def load(state: SagaState) -> SagaState:
    """Returns the order's status as the outcome.

    The outcome is NOT_FOUND if the order does not exist, and TOO_MANY_RELOADS if other executions keep
    changing it.
    """
    details = step.load(orders, state)
    loads = state.loads + 1
    if details is None:
        return msgspec.structs.replace(state, loads=loads, outcome=StepOutcome.NOT_FOUND, fault=None)
    ended = details.order.status.is_terminal
    outcome = details.order.status if ended or loads <= MAX_LOADS else StepOutcome.TOO_MANY_RELOADS
    return msgspec.structs.replace(state, loads=loads, outcome=outcome, fault=None)


handler = framed(load)
