"""The guards of the compensation."""

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
        "an order is cancelled that has ended meanwhile",
        requests.CANCELLED_WHILE_IT_ENDS,
        (Guard.CANCEL_ORDER,),
    ),
    NeededGuard(
        "compensation goes by what the steps said, and not by the ledger",
        trials.execution_lost(REFUSED_BY_CARRIER, "Turn back"),
        (Guard.UNDO_LEDGER,),
    ),
    NeededGuard(
        "a payment that is only prepared in the ledger is taken for void",
        trials.cancelled_and_lost(FULFILLED, "Authorise payment"),
        (Guard.UNDO_FIND,),
    ),
    NeededGuard(
        "what was captured is not refunded",
        trials.undisturbed(REFUSED_BY_CARRIER),
        (Guard.UNDO_REFUND,),
    ),
    NeededGuard(
        "a payment is given back though the order is not given up",
        trials.with_repeated_step(FULFILLED, "void_or_refund_payment"),
        (Guard.UNDO_STATUS,),
    ),
    NeededGuard(
        "a shipment is cancelled though the order is not given up",
        trials.with_repeated_step(FULFILLED, "cancel_shipment"),
        (Guard.UNDO_STATUS,),
    ),
    NeededGuard(
        "a shipment is cancelled in the ledger, and not at the carrier",
        trials.undisturbed(REFUSED_AT_CAPTURE),
        (Guard.UNDO_CARRIER,),
    ),
    NeededGuard(
        "an order is cancelled though the carrier was asked",
        trials.cancelled_and_lost(FULFILLED, "Book shipment"),
        (Guard.CANCEL_SHIPMENT, Guard.CANCEL_SHIPMENT_READ),
        behind=(Guard.UNDO_INTENDED,),
        because="the compensation cancels at the carrier whatever was intended",
    ),
    NeededGuard(
        "a shipment that was only intended is left as it is",
        trials.cancelled_and_lost(FULFILLED, "Book shipment"),
        (Guard.UNDO_INTENDED,),
        behind=(Guard.CANCEL_SHIPMENT, Guard.CANCEL_SHIPMENT_READ),
        because="an order is no longer cancelled once the carrier was asked",
    ),
    NeededGuard(
        "stock is released twice",
        trials.duplicated(DECLINED, "Release stock"),
        (Guard.RELEASE_HELD,),
    ),
    NeededGuard(
        "an order is closed that is closed",
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
