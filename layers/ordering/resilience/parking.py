"""Which orders are parked: those whose fault is their own.

| the fault looks like             | parked when it failed so often in a row, while other orders ended |
|----------------------------------|-------------------------------------------------------------------|
| the order's own (`ORDER`)        | 5 times, over four bounds (an hour) or more                       |
| a provider's or the platform's   | 20 times, over 96 bounds (a day) or more                          |

A failure counts only if another order came to its end since the failure before it. So nothing is parked
in an outage, of whatever length and whatever its errors are called; and an order that alone fails at a
provider which serves all others is found in the end.
"""

from datetime import datetime

from ordering.domain.order import OrderFault
from ordering.resilience.diagnosis import Diagnosis, FaultKind

_OWN_FAILURES, _OWN_BOUNDS = 5, 4
_OTHER_FAILURES, _OTHER_BOUNDS = 20, 96


def next_fault(
    before: OrderFault | None, diagnosis: Diagnosis, cause: str, *, at: str, others_ended_at: str | None
) -> OrderFault:
    """The fault to be noted with an order, after one that was noted `before`.

    `others_ended_at` is when an order came to its end last, any order.
    """
    if before is None or (before.kind, before.provider) != (diagnosis.kind, diagnosis.provider):
        return OrderFault(
            at=at, cause=cause, kind=diagnosis.kind, provider=diagnosis.provider, since=at, count=1
        )
    counts = others_ended_at is not None and others_ended_at > before.at
    return OrderFault(
        at=at,
        cause=cause,
        kind=diagnosis.kind,
        provider=diagnosis.provider,
        since=before.since or at,
        count=before.count + counts,
    )


def is_its_own(fault: OrderFault, bound: int) -> bool:
    """Whether the order is to be parked for this fault; `bound` in seconds."""
    own = fault.kind == FaultKind.ORDER
    failures, bounds = (_OWN_FAILURES, _OWN_BOUNDS) if own else (_OTHER_FAILURES, _OTHER_BOUNDS)
    if fault.count < failures or fault.since is None:
        return False
    lasted = datetime.fromisoformat(fault.at) - datetime.fromisoformat(fault.since)
    return lasted.total_seconds() >= bounds * bound
