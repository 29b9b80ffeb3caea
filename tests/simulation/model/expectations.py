"""What becomes of the promises without each guard: most are needed, and some stand behind another.

A guard that is needed names the promise that breaks first without it. A guard that is not is defence in
depth: without it alone nothing breaks, whatever else happens. It says what stands in its place and, where
that is another guard, which promise breaks that either alone would have kept.
"""

from collections.abc import Mapping
from typing import NamedTuple

from ordering.guards import Guard
from tests.simulation.model.guarantees import Guarantee
from tests.simulation.model.guards import Assumption, Modelled

NEEDED: Mapping[Modelled, Guarantee] = {
    Guard.RESERVE_ORDER: Guarantee.STOCK,
    Guard.OPEN_ORDER: Guarantee.GIVEN_BACK,
    Guard.INTEND_ORDER: Guarantee.GIVEN_BACK,
    Guard.RESERVE_ENOUGH: Guarantee.STOCK,
    Guard.RESERVE_ABSENT: Guarantee.STOCK,
    Guard.OPEN_ABSENT: Guarantee.GIVEN_BACK,
    Guard.OPEN_RECORDED: Guarantee.GIVEN_BACK,
    Guard.OPEN_FIRST: Guarantee.GIVEN_BACK,
    Guard.INTEND_FIRST: Guarantee.GIVEN_BACK,
    Guard.CONFIRM_ORDER: Guarantee.LIFE_CYCLE,
    Guard.REJECT_ORDER: Guarantee.LIFE_CYCLE,
    Guard.REJECT_STOCK: Guarantee.LIFE_CYCLE,
    Guard.TURN_ORDER: Guarantee.LIFE_CYCLE,
    Guard.TURN_PAYMENT: Guarantee.LIFE_CYCLE,
    Guard.CANCEL_ORDER: Guarantee.LIFE_CYCLE,
    Guard.CANCEL_SHIPMENT: Guarantee.LIFE_CYCLE,
    Guard.CLOSE_ORDER: Guarantee.LIFE_CYCLE,
    Guard.CLOSE_RESERVATION: Guarantee.STOCK,
    Guard.CLOSE_SHIPMENT: Guarantee.GIVEN_BACK,
    Guard.CLOSE_PAYMENTS: Guarantee.GIVEN_BACK,
    Guard.RELEASE_HELD: Guarantee.STOCK,
    Guard.PAYMENT_PREDECESSORS: Guarantee.GIVEN_BACK,
    Guard.SHIPMENT_PREDECESSORS: Guarantee.FULFILLED,
    Assumption.BOTH_DONE: Guarantee.AN_END,
    Guard.AGAIN_VOID: Guarantee.CHARGED_ONCE,
    Guard.AGAIN_SPENT: Guarantee.AN_END,
    Guard.UNDO_LEDGER: Guarantee.AN_END,
    Guard.UNDO_FIND: Guarantee.AN_END,
    Guard.UNDO_REFUND: Guarantee.AN_END,
    Assumption.VOID_IS_FINAL: Guarantee.GIVEN_BACK,
    Assumption.VOID_OR_CAPTURE: Guarantee.GIVEN_BACK,
    Assumption.AUTHORISE_ONCE: Guarantee.GIVEN_BACK,
    Assumption.CAPTURE_ONCE: Guarantee.CHARGED_ONCE,
    Assumption.CANCEL_IS_FINAL: Guarantee.GIVEN_BACK,
}


class Cover(NamedTuple):
    """Why nothing breaks without a guard, and what does once its cover is taken away as well."""

    why: str
    by: tuple[Modelled, ...] = ()
    then: Guarantee | None = None


SPARE: Mapping[Modelled, Cover] = {
    Guard.RESERVE_LOOK: Cover(
        "Reject takes its reason from the ledger, finds none, and the order is loaded again: a detour"
    ),
    Guard.INTEND_ABSENT: Cover(
        "the order is CONFIRMED, so nothing was given back yet, and the carrier answers a repeated booking"
        " with where it stands",
        by=(Guard.UNDO_INTENDED,),
        then=Guarantee.GIVEN_BACK,
    ),
    Guard.CONFIRM_RESERVATION: Cover("a reservation is given back only once the order is no longer PENDING"),
    Guard.CONFIRM_PAYMENT: Cover("nobody asks to confirm before AUTHORISED is noted in the ledger"),
    Guard.COMPLETE_ORDER: Cover(
        "once CAPTURED and BOOKED are both noted, no reason to turn back stands and the customer is too late",
        by=(Guard.TURN_PAYMENT,),
        then=Guarantee.FULFILLED,
    ),
    Guard.COMPLETE_PAYMENT: Cover(
        "nobody asks to complete before the capture is answered CAPTURED",
        by=(Assumption.BOTH_DONE,),
        then=Guarantee.FULFILLED,
    ),
    Guard.COMPLETE_SHIPMENT: Cover("nobody asks to complete before the booking is answered BOOKED"),
    Guard.COMPLETE_RESERVATION: Cover(
        "a second completion finds the order FULFILLED and its shipment DISPATCHED",
        by=(Guard.COMPLETE_ORDER, Guard.COMPLETE_SHIPMENT),
        then=Guarantee.STOCK,
    ),
    Guard.COMPLETE_ENOUGH: Cover("what the shelf holds is what the reservations hold"),
    Guard.RELEASE_ENOUGH: Cover("what the shelf holds is what the reservations hold"),
    Guard.REJECT_PAYMENT: Cover("DECLINED is where a payment's ledger ends"),
    Guard.TURN_SHIPMENT: Cover(
        "of a CONFIRMED order, REFUSED is where the shipment's ledger ends",
        by=(Guard.INTEND_ABSENT,),
        then=Guarantee.LIFE_CYCLE,
    ),
    Guard.CLOSE_NO_MORE: Cover("a payment is opened only while the order is PENDING or CONFIRMED"),
    Guard.UNDO_STATUS: Cover("the compensations stand only behind REJECTING and CANCELLING in the routing"),
    Guard.UNDO_INTENDED: Cover(
        "an order is turned back only after its booking was answered, and the customer is too late by then",
        by=(Guard.CANCEL_SHIPMENT,),
        then=Guarantee.GIVEN_BACK,
    ),
    Assumption.CANCEL_UNKNOWN: Cover(
        "the same: a shipment that may still be booked is not cancelled",
        by=(Guard.CANCEL_SHIPMENT,),
        then=Guarantee.GIVEN_BACK,
    ),
}
