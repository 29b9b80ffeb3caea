"""Which orders are parked: orders that keep failing for a reason of their own.

| the kind of the fault            | parked after this many failures in a row, while other orders ended |
|----------------------------------|--------------------------------------------------------------------|
| the order's own (`ORDER`)        | 5 times, over four bounds (an hour) or more                        |
| a provider's or the platform's   | 20 times, over 96 bounds (a day) or more                           |

A bound is how long an order may make no progress before the sweep drives it (15 minutes). A failure counts
only if another order has ended since the failure before it. So no order is parked in an outage, however long
it is and whatever its errors are. If a provider fails for one order and serves all others, that order is
parked eventually.
"""

from datetime import datetime

from ordering import guards
from ordering.domain.order import OrderFault
from ordering.guards import Guard
from ordering.resilience.diagnosis import Diagnosis, FaultKind

_OWN_FAILURES, _OWN_BOUNDS = 5, 4
_OTHER_FAILURES, _OTHER_BOUNDS = 20, 96


def next_fault(
    before: OrderFault | None, diagnosis: Diagnosis, cause: str, *, at: str, others_ended_at: str | None
) -> OrderFault:
    """Return the fault to record for an order whose last recorded fault is `before`.

    `others_ended_at` is the time at which any order ended last.
    """
    if before is None or (before.kind, before.provider) != (diagnosis.kind, diagnosis.provider):
        return OrderFault(
            at=at, cause=cause, kind=diagnosis.kind, provider=diagnosis.provider, since=at, count=1
        )
    others_fail_too = others_ended_at is None or others_ended_at <= before.at
    counts = not guards.applies(Guard.PARK_ALONE, others_fail_too)
    return OrderFault(
        at=at,
        cause=cause,
        kind=diagnosis.kind,
        provider=diagnosis.provider,
        since=before.since or at,
        count=before.count + counts,
    )


def must_park(fault: OrderFault, bound: int) -> bool:
    """Whether the order must be parked for this fault; `bound` is in seconds."""
    own = fault.kind == FaultKind.ORDER
    failures, bounds = (_OWN_FAILURES, _OWN_BOUNDS) if own else (_OTHER_FAILURES, _OTHER_BOUNDS)
    if fault.count < failures or fault.since is None:
        return False
    lasted = datetime.fromisoformat(fault.at) - datetime.fromisoformat(fault.since)
    return lasted.total_seconds() >= bounds * bound
