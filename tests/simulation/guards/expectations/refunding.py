"""The guards of refunding a fulfilled order: requested once, made once, at the provider."""

from ordering.guards import Guard
from tests.simulation.guards import deliveries
from tests.simulation.guards.expectations.expectation import NeededGuard, RedundantGuard

REFUNDING = (
    NeededGuard(
        "an order is refunded before it is fulfilled",
        deliveries.REFUNDED_TOO_EARLY,
        (Guard.REFUND_FULFILLED,),
    ),
    NeededGuard(
        "a refund that was made is requested again",
        deliveries.REFUNDED_TWICE,
        (Guard.REFUND_ABSENT,),
    ),
    NeededGuard(
        "a requested refund is not in the index of what is due",
        deliveries.REFUNDED,
        (Guard.REFUND_DUE,),
    ),
    NeededGuard(
        "a refund is recorded, and the provider is not asked",
        deliveries.REFUNDED,
        (Guard.REFUND_PROVIDER,),
    ),
    NeededGuard(
        "a refund that was made stays in the index of what is due",
        deliveries.REFUNDED,
        (Guard.REFUND_NOT_DUE,),
    ),
)

REDUNDANT_IN_REFUNDING = (
    RedundantGuard(
        "a refund is recorded although another sweep has recorded it",
        deliveries.REFUNDED_BY_TWO_SWEEPS,
        (Guard.REFUND_OPEN,),
        because="the payment in the same transaction is REFUNDED only once",
    ),
)
