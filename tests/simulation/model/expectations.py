"""Expectations: which guarantee is violated without each guard. Most guards are needed, some are spare.

The entry of a needed guard names the guarantee that is violated first without it. A spare guard is defence in
depth: without it alone no guarantee is violated. Its entry says what protects the guarantee instead and, if
that is another guard, which guarantee is violated without both.
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
    """Why no guarantee is violated without a guard, and which one is without its cover as well."""

    why: str
    by: tuple[Modelled, ...] = ()
    then: Guarantee | None = None


SPARE: Mapping[Modelled, Cover] = {
    Guard.RESERVE_LOOK: Cover(
        "Reject order takes its reason from the ledger, finds none, and the order is loaded again"
    ),
    Guard.INTEND_ABSENT: Cover(
        "the order is CONFIRMED, so nothing was given back yet, and the carrier responds to a repeated"
        " booking with the status of the first",
        by=(Guard.UNDO_INTENDED,),
        then=Guarantee.GIVEN_BACK,
    ),
    Guard.CONFIRM_RESERVATION: Cover("stock is released only once the order is no longer PENDING"),
    Guard.CONFIRM_PAYMENT: Cover("no execution confirms before AUTHORISED is in the ledger"),
    Guard.COMPLETE_ORDER: Cover(
        "once CAPTURED and BOOKED are both noted, neither the saga nor the customer can cancel the order",
        by=(Guard.TURN_PAYMENT,),
        then=Guarantee.FULFILLED,
    ),
    Guard.COMPLETE_PAYMENT: Cover(
        "no execution completes before the capture has succeeded",
        by=(Assumption.BOTH_DONE,),
        then=Guarantee.FULFILLED,
    ),
    Guard.COMPLETE_SHIPMENT: Cover("no execution completes before the booking has succeeded"),
    Guard.COMPLETE_RESERVATION: Cover(
        "a second completion finds the order FULFILLED and its shipment DISPATCHED",
        by=(Guard.COMPLETE_ORDER, Guard.COMPLETE_SHIPMENT),
        then=Guarantee.STOCK,
    ),
    Guard.COMPLETE_ENOUGH: Cover("the stock's `held` is the sum of the reservations"),
    Guard.RELEASE_ENOUGH: Cover("the stock's `held` is the sum of the reservations"),
    Guard.REJECT_PAYMENT: Cover("DECLINED is a final status of a payment"),
    Guard.TURN_SHIPMENT: Cover(
        "while the order is CONFIRMED, REFUSED is a final status of its shipment",
        by=(Guard.INTEND_ABSENT,),
        then=Guarantee.LIFE_CYCLE,
    ),
    Guard.CLOSE_NO_MORE: Cover("a payment is opened only while the order is PENDING or CONFIRMED"),
    Guard.UNDO_STATUS: Cover("the routing reaches the compensations only after REJECTING and CANCELLING"),
    Guard.UNDO_INTENDED: Cover(
        "the saga cancels only after the booking has a result, and then the customer cannot cancel any more",
        by=(Guard.CANCEL_SHIPMENT,),
        then=Guarantee.GIVEN_BACK,
    ),
    Assumption.CANCEL_UNKNOWN: Cover(
        "as above: a shipment that may still be booked is not cancelled",
        by=(Guard.CANCEL_SHIPMENT,),
        then=Guarantee.GIVEN_BACK,
    ),
}
