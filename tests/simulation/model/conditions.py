"""The conditions that the code writes into its transactions, each with its guard in the model.

The conformance test compares this table with what the handlers send, in both directions: it fails if the code
adds or removes a condition that this table does not.
"""

import re
from collections.abc import Iterator, Mapping

from ordering.dynamodb.codec import decode
from ordering.dynamodb.transaction import WriteAction
from ordering.guards import Guard

Condition = tuple[str, str, str]
"""(the model's action, the item, what the item must be)"""

ABSENT = "absent"

CONDITIONS: Mapping[Condition, Guard] = {
    ("reserve", "order", "PENDING"): Guard.RESERVE_ORDER,
    ("reserve", "reservation", ABSENT): Guard.RESERVE_ABSENT,
    ("reserve", "stock", "available >= units"): Guard.RESERVE_ENOUGH,
    ("open_payment", "order", "PENDING"): Guard.OPEN_ORDER,
    ("open_payment", "order", "CONFIRMED"): Guard.OPEN_ORDER,
    ("open_payment", "entry", ABSENT): Guard.OPEN_ABSENT,
    ("intend", "order", "CONFIRMED"): Guard.INTEND_ORDER,
    ("intend", "entry", ABSENT): Guard.INTEND_ABSENT,
    ("confirm", "order", "PENDING"): Guard.CONFIRM_ORDER,
    ("confirm", "reservation", "HELD"): Guard.CONFIRM_RESERVATION,
    ("confirm", "payment", "AUTHORISED"): Guard.CONFIRM_PAYMENT,
    ("complete", "order", "CONFIRMED"): Guard.COMPLETE_ORDER,
    ("complete", "payment", "CAPTURED"): Guard.COMPLETE_PAYMENT,
    ("complete", "shipment", "BOOKED"): Guard.COMPLETE_SHIPMENT,
    ("complete", "reservation", "HELD"): Guard.COMPLETE_RESERVATION,
    ("complete", "stock", "held >= units"): Guard.COMPLETE_ENOUGH,
    ("reject", "order", "PENDING"): Guard.REJECT_ORDER,
    ("reject", "reservation", ABSENT): Guard.REJECT_STOCK,
    ("reject", "payment", "DECLINED"): Guard.REJECT_PAYMENT,
    ("turn_back", "order", "CONFIRMED"): Guard.TURN_ORDER,
    ("turn_back", "shipment", "REFUSED"): Guard.TURN_SHIPMENT,
    ("turn_back", "payment", "CAPTURE_REFUSED, DECLINED, VOIDED"): Guard.TURN_PAYMENT,
    ("cancels the order", "order", "PENDING"): Guard.CANCEL_ORDER,
    ("cancels the order", "order", "CONFIRMED"): Guard.CANCEL_ORDER,
    ("cancels the order", "shipment", ABSENT): Guard.CANCEL_SHIPMENT,
    ("close", "order", "REJECTING"): Guard.CLOSE_ORDER,
    ("close", "order", "CANCELLING"): Guard.CLOSE_ORDER,
    ("close", "reservation", "RELEASED, absent"): Guard.CLOSE_RESERVATION,
    ("close", "shipment", "CANCELLED, absent"): Guard.CLOSE_SHIPMENT,
    ("close", "payment", "DECLINED, REFUNDED, VOIDED"): Guard.CLOSE_PAYMENTS,
    ("close", "payment", ABSENT): Guard.CLOSE_NO_MORE,
    ("release", "reservation", "HELD"): Guard.RELEASE_HELD,
    ("release", "stock", "held >= units"): Guard.RELEASE_ENOUGH,
}


def conditions_of(does: str, actions: Mapping[str, WriteAction]) -> Iterator[Condition]:
    """Yields the conditions of a transaction: the item, and what it must be."""
    for name, action in actions.items():
        ((_, request),) = action.items()
        text = request.get("ConditionExpression")
        if text:
            values = request.get("ExpressionAttributeValues", {})
            words = {decode(values[word]) for word in re.findall(r":\w+", text)}
            if "attribute_not_exists" in text:
                words.add(ABSENT)
            if ">=" in text:
                words = {text.replace(":", "")}
            # Both actions write the same transaction; they differ in what a refusal means.
            yield does.removesuffix("_unsettled"), name.partition(" ")[0], ", ".join(sorted(words))
