"""The guards of the webhooks: each event is sent in order until it is acknowledged, and not again."""

from ordering.guards import Guard
from tests.simulation.guards import webhooks
from tests.simulation.guards.expectations.expectation import NeededGuard, RedundantGuard

WEBHOOKS = (
    NeededGuard(
        "a secret is rotated although it was rotated since it was read",
        webhooks.ROTATED_TWICE,
        (Guard.WEBHOOK_ROTATED_ONCE,),
    ),
    NeededGuard(
        "a failure is recorded of an endpoint that was deleted",
        webhooks.DELETED_MEANWHILE,
        (Guard.WEBHOOK_NOT_REVIVED,),
    ),
    NeededGuard(
        "an endpoint is disabled although it has acknowledged a webhook meanwhile",
        webhooks.ACKNOWLEDGING,
        (Guard.WEBHOOK_UNCHANGED,),
    ),
    NeededGuard(
        "a delivery is written although it exists",
        webhooks.FANNED_OUT_TWICE,
        (Guard.WEBHOOK_DELIVERY_ABSENT,),
        behind=(Guard.WRITE_UNHANDLED,),
        because="the record of the event is written in the same transaction",
    ),
    NeededGuard(
        "a message whose delivery is not written yet is dropped at once",
        webhooks.UNWRITTEN,
        (Guard.WEBHOOK_UNWRITTEN,),
    ),
    NeededGuard(
        "an event is sent although an earlier one of its order waits",
        webhooks.IN_ORDER,
        (Guard.WEBHOOK_IN_ORDER,),
    ),
    NeededGuard(
        "a delivery is attempted although it was attempted since it was read",
        webhooks.RECEIVED_BY_TWO,
        (Guard.WEBHOOK_ATTEMPT_ONCE,),
    ),
    NeededGuard(
        "the result of an attempt replaces the end of the delivery",
        webhooks.DELIVERED_LATE,
        (Guard.WEBHOOK_STILL_PENDING,),
        behind=(Guard.WEBHOOK_SLOT_FREE,),
        because="the invocation has the slot of the endpoint until it has recorded its result",
    ),
    NeededGuard(
        "recording the result of an attempt is not retried",
        webhooks.UNRECORDED,
        (Guard.WEBHOOK_RECORDED,),
    ),
)

REDUNDANT_IN_WEBHOOKS = (
    RedundantGuard(
        "an endpoint is created although there is one of this id",
        webhooks.CREATED_TWICE,
        (Guard.WEBHOOK_ABSENT,),
        because="ids are random, and DynamoDB recognises a transaction that the SDK sends again",
    ),
    RedundantGuard(
        "a partner creates more endpoints than the maximum",
        webhooks.TOO_MANY,
        (Guard.WEBHOOK_COUNTED,),
        because="more endpoints cost more writes for each event, and nothing else",
    ),
    RedundantGuard(
        "an endpoint that is deleted twice is counted down twice",
        webhooks.DELETED_TWICE,
        (Guard.WEBHOOK_REMOVED_ONCE,),
        because="the partner could have more endpoints than the maximum, and nothing else",
    ),
    RedundantGuard(
        "a slot is taken although another invocation has it",
        webhooks.RECEIVED_BY_TWO,
        (Guard.WEBHOOK_SLOT_FREE,),
        because="each delivery is attempted once at a time in any case; a slow endpoint would get more"
        " requests at once, and so use up the invocations",
    ),
    RedundantGuard(
        "a slot that another invocation has is given back",
        webhooks.RECEIVED_BY_TWO,
        (Guard.WEBHOOK_SLOT_OWN,),
        because="the same: an endpoint could get more requests at once",
    ),
)
