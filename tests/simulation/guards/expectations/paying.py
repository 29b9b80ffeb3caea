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
        "Authorise payment does not look at the order's status first",
        trials.with_late_step(CANCELLED_EARLY, "Close order", "authorise_payment"),
        (Guard.AUTHORISE_STATUS_READ,),
        behind=(Guard.CLOSE_NO_MORE,),
        because="Close order refuses while there is a payment that it has not read",
    ),
    NeededGuard(
        "Close order does not mind a payment that it has not read",
        trials.with_late_step(CANCELLED_EARLY, "Close order", "authorise_payment"),
        (Guard.CLOSE_NO_MORE,),
        behind=(Guard.AUTHORISE_STATUS_READ,),
        because="Authorise payment trials nothing for an order that it finds given up",
    ),
    NeededGuard(
        "a payment is authorised before it is prepared in the ledger",
        trials.given_up(FULFILLED, "Authorise payment"),
        (Guard.OPEN_FIRST,),
    ),
    NeededGuard(
        "a payment is authorised under another id than the one that a rival has noted",
        trials.duplicated_without_key_memory(FULFILLED, "Authorise payment"),
        (Guard.OPEN_RECORDED,),
    ),
    NeededGuard(
        "a lost answer to an authorisation is taken for a refusal",
        trials.sent_twice(FULFILLED, "Authorise payment"),
        (Guard.AUTHORISE_FIND,),
    ),
    NeededGuard(
        "a late word of the provider's overwrites the ledger",
        trials.given_up(FULFILLED, "Authorise payment"),
        (Guard.PAYMENT_PREDECESSORS,),
    ),
    NeededGuard(
        "Authorise again leaves the first authorisation as it is",
        trials.undisturbed(REFUSED_AT_CAPTURE),
        (Guard.AGAIN_VOID,),
    ),
    NeededGuard(
        "Authorise again begins anew, however often a capture was refused",
        trials.bounded(REFUSED_AT_CAPTURE, "Authorise again"),
        (Guard.AGAIN_SPENT,),
    ),
)
