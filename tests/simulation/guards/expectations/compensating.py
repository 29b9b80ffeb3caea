"""The guards of the compensations."""

from ordering.guards import Guard
from tests.simulation.guards import requests, trials
from tests.simulation.guards.expectations.expectation import NeededGuard
from tests.simulation.harness.scenarios import DECLINED, FULFILLED, REFUSED_AT_CAPTURE, REFUSED_BY_CARRIER

COMPENSATING = (
    NeededGuard(
        "Reject order does not check the order's status",
        trials.given_up(DECLINED, "Reject order"),
        (Guard.REJECT_ORDER,),
    ),
    NeededGuard(
        "Turn back does not check the order's status",
        trials.duplicated(REFUSED_BY_CARRIER, "Turn back"),
        (Guard.TURN_ORDER,),
    ),
    NeededGuard(
        "an order that has ended meanwhile is cancelled",
        requests.CANCELLED_WHILE_IT_ENDS,
        (Guard.CANCEL_ORDER,),
    ),
    NeededGuard(
        "compensation uses the results of steps instead of the ledger",
        trials.execution_lost(REFUSED_BY_CARRIER, "Turn back"),
        (Guard.UNDO_LEDGER,),
    ),
    NeededGuard(
        "a payment that is only PREPARED in the ledger is taken as voided",
        trials.cancelled_and_lost(FULFILLED, "Authorise payment"),
        (Guard.UNDO_FIND,),
    ),
    NeededGuard(
        "what was captured is not refunded",
        trials.undisturbed(REFUSED_BY_CARRIER),
        (Guard.UNDO_REFUND,),
    ),
    NeededGuard(
        "a payment is given back although the order is not cancelled",
        trials.with_repeated_step(FULFILLED, "void_or_refund_payment"),
        (Guard.UNDO_STATUS,),
    ),
    NeededGuard(
        "a shipment is cancelled although the order is not",
        trials.with_repeated_step(FULFILLED, "cancel_shipment"),
        (Guard.UNDO_STATUS,),
    ),
    NeededGuard(
        "a shipment is cancelled in the ledger, and not at the carrier",
        trials.undisturbed(REFUSED_AT_CAPTURE),
        (Guard.UNDO_CARRIER,),
    ),
    NeededGuard(
        "an order is cancelled although the carrier was called",
        trials.cancelled_and_lost(FULFILLED, "Book shipment"),
        (Guard.CANCEL_SHIPMENT, Guard.CANCEL_SHIPMENT_READ),
        behind=(Guard.UNDO_INTENDED,),
        because="the compensation also cancels intended shipments at the carrier",
    ),
    NeededGuard(
        "a shipment that was only intended is not cancelled",
        trials.cancelled_and_lost(FULFILLED, "Book shipment"),
        (Guard.UNDO_INTENDED,),
        behind=(Guard.CANCEL_SHIPMENT, Guard.CANCEL_SHIPMENT_READ),
        because="an order cannot be cancelled after the carrier was called",
    ),
    NeededGuard(
        "stock is released twice",
        trials.duplicated(DECLINED, "Release stock"),
        (Guard.RELEASE_HELD,),
    ),
    NeededGuard(
        "a closed order is closed again",
        trials.overtaken(DECLINED, "Close order"),
        (Guard.CLOSE_ORDER,),
    ),
    NeededGuard(
        "an order is closed with stock held",
        trials.failing(DECLINED, "Release stock"),
        (Guard.CLOSE_RESERVATION,),
    ),
    NeededGuard(
        "an order is closed with money held",
        trials.failing(REFUSED_BY_CARRIER, "Void or refund payment"),
        (Guard.CLOSE_PAYMENTS,),
    ),
    NeededGuard(
        "an order is closed with a shipment booked",
        trials.failing(REFUSED_AT_CAPTURE, "Cancel shipment"),
        (Guard.CLOSE_SHIPMENT,),
    ),
    NeededGuard(
        "a settled payment stays in the index of what is due",
        trials.undisturbed(REFUSED_BY_CARRIER),
        (Guard.SETTLED_NOT_DUE,),
    ),
    NeededGuard(
        "an ended order stays in the index of what is due",
        trials.undisturbed(FULFILLED),
        (Guard.ENDED_NOT_DUE,),
    ),
)
