"""The guards of Authorise payment, and of Authorise again."""

from ordering.guards import Guard
from tests.simulation.guards import trials
from tests.simulation.guards.expectations.expectation import NeededGuard
from tests.simulation.harness.scenarios import FULFILLED, REFUSED_AT_CAPTURE, SCENARIOS

CANCELLED_EARLY = next(each for each in SCENARIOS if each.name == "cancelled before anything is taken")
PAYING = (
    NeededGuard(
        "Authorise payment does not check the order",
        trials.given_up(FULFILLED, "Authorise payment"),
        (Guard.OPEN_ORDER,),
    ),
    NeededGuard(
        "Authorise payment does not read the order's status first",
        trials.with_late_step(CANCELLED_EARLY, "Close order", "authorise_payment"),
        (Guard.AUTHORISE_STATUS_READ,),
        behind=(Guard.CLOSE_NO_MORE,),
        because="Close order refuses if there is a payment that it has not read",
    ),
    NeededGuard(
        "Close order ignores a payment that it has not read",
        trials.with_late_step(CANCELLED_EARLY, "Close order", "authorise_payment"),
        (Guard.CLOSE_NO_MORE,),
        behind=(Guard.AUTHORISE_STATUS_READ,),
        because="Authorise payment takes nothing for a cancelled order",
    ),
    NeededGuard(
        "a payment is authorised before it is prepared in the ledger",
        trials.given_up(FULFILLED, "Authorise payment"),
        (Guard.OPEN_FIRST,),
    ),
    NeededGuard(
        "a payment is authorised with another id than a concurrent step has recorded",
        trials.duplicated_without_key_memory(FULFILLED, "Authorise payment"),
        (Guard.OPEN_RECORDED,),
    ),
    NeededGuard(
        "a lost response to an authorisation is treated as a refusal",
        trials.sent_twice(FULFILLED, "Authorise payment"),
        (Guard.AUTHORISE_FIND,),
    ),
    NeededGuard(
        "a late response of the provider overwrites the ledger",
        trials.given_up(FULFILLED, "Authorise payment"),
        (Guard.PAYMENT_PREDECESSORS,),
    ),
    NeededGuard(
        "Authorise again does not void the first authorisation",
        trials.undisturbed(REFUSED_AT_CAPTURE),
        (Guard.AGAIN_VOID,),
    ),
    NeededGuard(
        "Authorise again is not limited to two attempts",
        trials.bounded(REFUSED_AT_CAPTURE, "Authorise again"),
        (Guard.AGAIN_SPENT,),
    ),
)
