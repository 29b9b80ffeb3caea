"""The fences of Authorise payment, and of Authorise again."""

from tests.simulation.guards import trials
from tests.simulation.guards.fences.edits import (
    CLOSED_WITH_A_PAYMENT_UNREAD,
    LEDGER,
    PAYING,
    look,
    opening,
    step,
)
from tests.simulation.guards.fences.fence import Mutation
from tests.simulation.guards.mutation import Edit
from tests.simulation.harness.scenarios import FULFILLED, REFUSED_AT_CAPTURE, SCENARIOS

CANCELLED_EARLY = next(each for each in SCENARIOS if each.name == "cancelled before anything is taken")
PAYING_FOR_IT = (
    Mutation(
        "Authorise payment does not check the order",
        trials.given_up(FULFILLED, "Authorise payment"),
        "3",
        (opening("PENDING"),),
    ),
    Mutation(
        "Authorise payment does not look at the order's status first",
        trials.haunted(CANCELLED_EARLY, "Close order", "authorise_payment"),
        "3",
        (look("authorise_payment"),),
        behind=(CLOSED_WITH_A_PAYMENT_UNREAD,),
        because="Close order refuses while there is a payment that it has not read",
    ),
    Mutation(
        "Close order does not mind a payment that it has not read",
        trials.haunted(CANCELLED_EARLY, "Close order", "authorise_payment"),
        "3",
        (CLOSED_WITH_A_PAYMENT_UNREAD,),
        behind=(look("authorise_payment"),),
        because="Authorise payment takes nothing for an order that it finds given up",
    ),
    Mutation(
        "a payment is authorised before it is prepared in the ledger",
        trials.given_up(FULFILLED, "Authorise payment"),
        "3",
        (
            Edit(
                PAYING,
                "    return ledger.open_payment(",
                "    gateway.authorise(payment_id)\n    return ledger.open_payment(",
            ),
        ),
    ),
    Mutation(
        "a lost answer to an authorisation is taken for a refusal",
        trials.sent_twice(FULFILLED, "Authorise payment"),
        "3",
        (
            Edit(
                PAYING,
                "            answer = gateway.find(payment.payment_id)\n"
                "            if answer.status is PaymentStatus.PREPARED:\n"
                "                raise\n",
                "            ledger.record_payment(payment, PaymentStatus.DECLINED, None, now())\n"
                "            return Outcome.DECLINED\n",
            ),
        ),
    ),
    Mutation(
        "a late word of the provider's overwrites the ledger",
        trials.given_up(FULFILLED, "Authorise payment"),
        "3",
        (
            Edit(
                LEDGER,
                "status.predecessors,\n            status,\n            at,\n            settled",
                "set(PaymentStatus),\n            status,\n            at,\n            settled",
            ),
        ),
    ),
    Mutation(
        "Authorise again leaves the first authorisation as it is",
        trials.undisturbed(REFUSED_AT_CAPTURE),
        "3",
        (
            step(
                "reauthorise_payment",
                "        voided = gateway.void(payment.payment_id)\n"
                "        payment = ledger.record_payment("
                "payment, voided.status, voided.reason, now())",
                "        payment = ledger.record_payment(payment, PaymentStatus.VOIDED, None, now())",
            ),
        ),
    ),
)
