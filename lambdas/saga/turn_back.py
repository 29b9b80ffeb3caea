"""Turn back: cancel a confirmed order that cannot be fulfilled. The compensating steps follow.

The state and its function keep the name "turn back" because executions that run during a deployment, their
logs, and the names of deployed resources refer to it. The code calls this "cancel by system".
"""

from ordering.domain.clock import now
from ordering.domain.order import Status
from ordering.domain.order_details import OrderDetails
from ordering.domain.step_outcome import StepOutcome
from ordering.dynamodb.client import Table
from ordering.repositories.order_transitions import OrderTransitions
from ordering.repositories.orders import Orders
from ordering.saga.step import step

table = Table.of_environment()
transitions = OrderTransitions(table)


@step(Orders(table))
def handler(details: OrderDetails) -> StepOutcome | Status:
    """Returns CANCELLING or STALE."""
    reason = details.system_cancel_reason
    if reason and transitions.cancel_by_system(details, reason, now()):
        return Status.CANCELLING
    return StepOutcome.STALE
