"""The fences of the compensation."""

from tests.simulation.guards import trials
from tests.simulation.guards.fences.edits import (
    CANCELLED_THOUGH_THE_CARRIER_WAS_ASKED,
    CHANGES,
    CLOSED_UNPAID_BACK,
    INTENDED_SHIPMENT_LEFT,
    LEDGER,
    MOVES,
    SETTLING,
    STEP,
    STORY,
    any_status,
    given_up,
    step,
)
from tests.simulation.guards.fences.fence import Mutation
from tests.simulation.guards.mutation import Edit
from tests.simulation.harness.scenarios import DECLINED, FULFILLED, REFUSED_AT_CAPTURE, REFUSED_BY_CARRIER

GIVING_BACK = (
    Mutation(
        "Reject order does not check the order's status",
        trials.given_up(DECLINED, "Reject order"),
        "5",
        (any_status("REJECTING", "CANCELLING"),),
    ),
    Mutation(
        "compensation goes by what the steps said, and not by the ledger",
        trials.dying(REFUSED_BY_CARRIER, "Turn back"),
        "4",
        (
            Edit(
                STEP,
                "logger.append_keys(order_id=state.order_id)",
                'logger.append_keys(order_id=state.order_id, said=event.get("said", []))',
            ),
            Edit(
                STEP,
                "= msgspec.to_builtins(answered)",
                "= msgspec.to_builtins(answered) | {"
                '"said": [*event.get("said", []), event.get("capture"), answered.outcome]}',
            ),
            step(
                "void_or_refund_payment",
                "        if not payment.status.is_settled:",
                "        from ordering.aws.logging import logger\n"
                '        said = logger.get_current_keys()["said"]\n'
                '        if not payment.status.is_settled and {"AUTHORISED", "CAPTURED"} & {*said}:',
            ),
        ),
    ),
    Mutation(
        "a payment that is only prepared in the ledger is taken for void",
        trials.cancelled_and_lost(FULFILLED, "Authorise payment"),
        "3",
        (
            Edit(
                SETTLING,
                "    answer = (\n        gateway.find",
                "    if payment.status is PaymentStatus.PREPARED:\n"
                "        return ledger.record_payment(payment, PaymentStatus.VOIDED, None, now())\n"
                "    answer = (\n        gateway.find",
            ),
        ),
    ),
    Mutation(
        "what was captured is not refunded",
        trials.undisturbed(REFUSED_BY_CARRIER),
        "3",
        (
            Edit(
                SETTLING,
                "        answer = gateway.refund(payment.payment_id)\n",
                "        return ledger.record_payment(payment, PaymentStatus.REFUNDED, None, now())\n",
            ),
        ),
    ),
    Mutation(
        "a payment is given back though the order is not given up",
        trials.stray(FULFILLED, "void_or_refund_payment"),
        "3",
        (given_up("void_or_refund_payment"),),
    ),
    Mutation(
        "a shipment is cancelled though the order is not given up",
        trials.stray(FULFILLED, "cancel_shipment"),
        "3",
        (given_up("cancel_shipment"),),
    ),
    Mutation(
        "a shipment is cancelled in the ledger, and not at the carrier",
        trials.undisturbed(REFUSED_AT_CAPTURE),
        "3",
        (
            step(
                "cancel_shipment",
                "        answer = carrier.cancel(story.order.order_id)\n"
                "        ledger.record_shipment(story.shipment, answer.status, now(), reason=answer.reason)",
                "        ledger.record_shipment(story.shipment, ShipmentStatus.CANCELLED, now())",
            ),
        ),
    ),
    Mutation(
        "an order is cancelled though the carrier was asked",
        trials.cancelled_and_lost(FULFILLED, "Book shipment"),
        "4",
        (
            CANCELLED_THOUGH_THE_CARRIER_WAS_ASKED,
            Edit(STORY, "Status.CONFIRMED and self.shipment is None", "Status.CONFIRMED"),
        ),
        behind=(INTENDED_SHIPMENT_LEFT,),
        because="the compensation cancels at the carrier whatever was intended",
    ),
    Mutation(
        "stock is released twice",
        trials.doubled(DECLINED, "Release stock"),
        "2",
        (
            Edit(
                LEDGER,
                "            {ReservationStatus.HELD},\n            ReservationStatus.RELEASED,",
                "            {ReservationStatus.HELD, ReservationStatus.RELEASED},\n"
                "            ReservationStatus.RELEASED,",
            ),
        ),
    ),
    Mutation(
        "an order is closed with stock held",
        trials.failing(DECLINED, "Release stock"),
        "2",
        (
            Edit(
                MOVES,
                '            "reservation": check_status(\n'
                "                keys.reservation(order_id), ReservationStatus.RELEASED, or_absent=True\n"
                "            ),\n",
                "",
            ),
        ),
    ),
    Mutation(
        "an order is closed with money held",
        trials.failing(REFUSED_BY_CARRIER, "Void or refund payment"),
        "3",
        (CLOSED_UNPAID_BACK,),
    ),
    Mutation(
        "an order is closed with a shipment booked",
        trials.failing(REFUSED_AT_CAPTURE, "Cancel shipment"),
        "3",
        (
            Edit(
                MOVES,
                '            "shipment": check_status('
                "keys.shipment(order_id), ShipmentStatus.CANCELLED, or_absent=True),\n",
                "",
            ),
        ),
    ),
    Mutation(
        "a settled payment stays in the index of what is due",
        trials.undisturbed(REFUSED_BY_CARRIER),
        "4",
        (Edit(LEDGER, "settled=status.is_settled,", "settled=False,"),),
    ),
    Mutation(
        "an ended order stays in the index of what is due",
        trials.undisturbed(FULFILLED),
        "4",
        (Edit(CHANGES, '" REMOVE GSI2PK, GSI2SK, paymentToken"', '" REMOVE paymentToken"'),),
    ),
)
