"""Load order: where does it stand? The first state, and where every step that came late goes back to."""

import msgspec

from ordering.domain.step_outcome import StepOutcome
from ordering.dynamodb.client import Table
from ordering.repositories.orders import Orders
from ordering.saga.step import SagaState, framed

# An order has four moves at most, so an execution that loads it more often is going in circles.
MAX_LOADS = 6

orders = Orders(Table.of_environment())


def load(state: SagaState) -> SagaState:
    """The order's status, unless there is no such order, or it keeps moving under our feet."""
    details = orders.load(state.order_id)
    loads = state.loads + 1
    if details is None:
        return msgspec.structs.replace(state, loads=loads, outcome=StepOutcome.NOT_FOUND, fault=None)
    ended = details.order.status.is_terminal
    outcome = details.order.status if ended or loads <= MAX_LOADS else StepOutcome.TOO_MANY_RELOADS
    return msgspec.structs.replace(state, loads=loads, outcome=outcome, fault=None)


handler = framed(load)
