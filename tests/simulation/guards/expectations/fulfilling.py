"""The guards from the confirmation to the pivot."""

from ordering.guards import Guard
from tests.simulation.guards import trials
from tests.simulation.guards.expectations.expectation import NeededGuard
from tests.simulation.harness.scenarios import BOOKED_FIRST, FULFILLED

CONFIRMING = (
    NeededGuard(
        "Confirm order does not check the order's status",
        trials.given_up(FULFILLED, "Confirm order"),
        (Guard.CONFIRM_ORDER,),
        behind=(Guard.CONFIRM_RESERVATION, Guard.CONFIRM_PAYMENT),
        because="a cancelled order holds no stock and has no payment",
    ),
    NeededGuard(
        "Confirm order does not check the reservation and the payment",
        trials.given_up(FULFILLED, "Confirm order"),
        (Guard.CONFIRM_RESERVATION, Guard.CONFIRM_PAYMENT),
        behind=(Guard.CONFIRM_ORDER,),
        because="stock and payment are given back only when the order is not PENDING",
    ),
)

FULFILLING = (
    NeededGuard(
        "Book shipment does not check the order",
        trials.given_up(FULFILLED, "Book shipment"),
        (Guard.INTEND_ORDER,),
    ),
    NeededGuard(
        "Book shipment does not read the order's status first",
        trials.given_up(FULFILLED, "Book shipment"),
        (Guard.BOOK_STATUS_READ,),
    ),
    NeededGuard(
        "the carrier is called before the intention is recorded",
        trials.given_up(FULFILLED, "Book shipment"),
        (Guard.INTEND_FIRST,),
    ),
    NeededGuard(
        "a late response of the carrier overwrites the ledger",
        trials.overtaken(FULFILLED, "Book shipment"),
        (Guard.SHIPMENT_PREDECESSORS,),
    ),
    NeededGuard(
        "the pivot has no condition",
        trials.duplicated(FULFILLED, "Complete order"),
        (
            Guard.COMPLETE_RESERVATION,
            Guard.COMPLETE_ORDER,
            Guard.COMPLETE_PAYMENT,
            Guard.COMPLETE_SHIPMENT,
        ),
    ),
    NeededGuard(
        "the pivot does not check the order's status",
        trials.duplicated(FULFILLED, "Complete order"),
        (Guard.COMPLETE_ORDER,),
        behind=(Guard.COMPLETE_SHIPMENT, Guard.COMPLETE_RESERVATION),
        because="the reservation of a fulfilled order is committed, and its shipment dispatched",
    ),
    NeededGuard(
        "the pivot does not check that the payment is captured",
        trials.with_late_step(BOOKED_FIRST, "Capture payment", "complete_order"),
        (Guard.COMPLETE_PAYMENT,),
    ),
    NeededGuard(
        "the pivot does not check that the shipment is booked",
        trials.with_late_step(FULFILLED, "Book shipment", "complete_order", lost=True),
        (Guard.COMPLETE_SHIPMENT,),
    ),
    NeededGuard(
        "the pivot does not remove the payment from the index of what is due",
        trials.undisturbed(FULFILLED),
        (Guard.COMPLETE_NOT_DUE,),
    ),
    NeededGuard(
        "the pivot does not count the units as shipped",
        trials.undisturbed(FULFILLED),
        (Guard.COMPLETE_SHIPS,),
    ),
)
