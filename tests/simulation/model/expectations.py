"""What becomes of the promises without each fence: most are needed, and some stand behind another.

A fence that is needed names the promise that breaks first without it. A fence that is not is defence in
depth: without it alone nothing breaks, whatever else happens. It says what stands in its place and, where
that is another fence, which promise breaks that either alone would have kept.
"""

from collections.abc import Mapping
from typing import NamedTuple

from tests.simulation.model.guarantees import Guarantee
from tests.simulation.model.guards import Fence

NEEDED: Mapping[Fence, Guarantee] = {
    Fence.RESERVE_ORDER: Guarantee.STOCK,
    Fence.OPEN_ORDER: Guarantee.GIVEN_BACK,
    Fence.INTEND_ORDER: Guarantee.GIVEN_BACK,
    Fence.RESERVE_ENOUGH: Guarantee.STOCK,
    Fence.RESERVE_ABSENT: Guarantee.STOCK,
    Fence.OPEN_ABSENT: Guarantee.GIVEN_BACK,
    Fence.OPEN_RECORDED: Guarantee.GIVEN_BACK,
    Fence.OPEN_FIRST: Guarantee.GIVEN_BACK,
    Fence.INTEND_FIRST: Guarantee.GIVEN_BACK,
    Fence.CONFIRM_ORDER: Guarantee.LIFE_CYCLE,
    Fence.REJECT_ORDER: Guarantee.LIFE_CYCLE,
    Fence.REJECT_STOCK: Guarantee.LIFE_CYCLE,
    Fence.TURN_ORDER: Guarantee.LIFE_CYCLE,
    Fence.TURN_PAYMENT: Guarantee.LIFE_CYCLE,
    Fence.CANCEL_ORDER: Guarantee.LIFE_CYCLE,
    Fence.CANCEL_SHIPMENT: Guarantee.LIFE_CYCLE,
    Fence.CLOSE_ORDER: Guarantee.LIFE_CYCLE,
    Fence.CLOSE_RESERVATION: Guarantee.STOCK,
    Fence.CLOSE_SHIPMENT: Guarantee.GIVEN_BACK,
    Fence.CLOSE_PAYMENTS: Guarantee.GIVEN_BACK,
    Fence.RELEASE_HELD: Guarantee.STOCK,
    Fence.PAYMENT_PREDECESSORS: Guarantee.GIVEN_BACK,
    Fence.SHIPMENT_PREDECESSORS: Guarantee.FULFILLED,
    Fence.BOTH_DONE: Guarantee.AN_END,
    Fence.AGAIN_VOID: Guarantee.CHARGED_ONCE,
    Fence.AGAIN_SPENT: Guarantee.AN_END,
    Fence.UNDO_LEDGER: Guarantee.AN_END,
    Fence.UNDO_FIND: Guarantee.AN_END,
    Fence.UNDO_REFUND: Guarantee.AN_END,
    Fence.VOID_IS_FINAL: Guarantee.GIVEN_BACK,
    Fence.VOID_OR_CAPTURE: Guarantee.GIVEN_BACK,
    Fence.AUTHORISE_ONCE: Guarantee.GIVEN_BACK,
    Fence.CAPTURE_ONCE: Guarantee.CHARGED_ONCE,
    Fence.CANCEL_IS_FINAL: Guarantee.GIVEN_BACK,
}


class Cover(NamedTuple):
    """Why nothing breaks without a fence, and what does once its cover is taken away as well."""

    why: str
    by: tuple[Fence, ...] = ()
    then: Guarantee | None = None


SPARE: Mapping[Fence, Cover] = {
    Fence.RESERVE_LOOK: Cover(
        "Reject takes its reason from the ledger, finds none, and the order is loaded again: a detour"
    ),
    Fence.INTEND_ABSENT: Cover(
        "the order is CONFIRMED, so nothing was given back yet, and the carrier answers a repeated booking"
        " with where it stands",
        by=(Fence.UNDO_INTENDED,),
        then=Guarantee.GIVEN_BACK,
    ),
    Fence.CONFIRM_RESERVATION: Cover("a reservation is given back only once the order is no longer PENDING"),
    Fence.CONFIRM_PAYMENT: Cover("nobody asks to confirm before AUTHORISED is noted in the ledger"),
    Fence.COMPLETE_ORDER: Cover(
        "once CAPTURED and BOOKED are both noted, no reason to turn back stands and the customer is too late",
        by=(Fence.TURN_PAYMENT,),
        then=Guarantee.FULFILLED,
    ),
    Fence.COMPLETE_PAYMENT: Cover(
        "nobody asks to complete before the capture is answered CAPTURED",
        by=(Fence.BOTH_DONE,),
        then=Guarantee.FULFILLED,
    ),
    Fence.COMPLETE_SHIPMENT: Cover("nobody asks to complete before the booking is answered BOOKED"),
    Fence.COMPLETE_RESERVATION: Cover(
        "a second completion finds the order FULFILLED and its shipment DISPATCHED",
        by=(Fence.COMPLETE_ORDER, Fence.COMPLETE_SHIPMENT),
        then=Guarantee.STOCK,
    ),
    Fence.COMPLETE_ENOUGH: Cover("what the shelf holds is what the reservations hold"),
    Fence.RELEASE_ENOUGH: Cover("what the shelf holds is what the reservations hold"),
    Fence.REJECT_PAYMENT: Cover("DECLINED is where a payment's ledger ends"),
    Fence.TURN_SHIPMENT: Cover(
        "of a CONFIRMED order, REFUSED is where the shipment's ledger ends",
        by=(Fence.INTEND_ABSENT,),
        then=Guarantee.LIFE_CYCLE,
    ),
    Fence.CLOSE_NO_MORE: Cover("a payment is opened only while the order is PENDING or CONFIRMED"),
    Fence.UNDO_STATUS: Cover("the compensations stand only behind REJECTING and CANCELLING in the routing"),
    Fence.UNDO_INTENDED: Cover(
        "an order is turned back only after its booking was answered, and the customer is too late by then",
        by=(Fence.CANCEL_SHIPMENT,),
        then=Guarantee.GIVEN_BACK,
    ),
    Fence.CANCEL_UNKNOWN: Cover(
        "the same: a shipment that may still be booked is not cancelled",
        by=(Fence.CANCEL_SHIPMENT,),
        then=Guarantee.GIVEN_BACK,
    ),
}
