"""The conditions that the code writes into its transactions, each with the fence that it is in the model.

The conformance test holds this against what the handlers send, both ways: a condition that is added to the
code and is no fence here fails it, and so does one that is taken away.
"""

import re
from collections.abc import Iterator, Mapping

from ordering.dynamodb.codec import decode
from ordering.dynamodb.transaction import WriteAction
from tests.simulation.model.guards import Fence

Condition = tuple[str, str, str]
"""(the model's action, the item, what it must be)"""

ABSENT = "absent"

CONDITIONS: Mapping[Condition, Fence] = {
    ("reserve", "order", "PENDING"): Fence.RESERVE_ORDER,
    ("reserve", "reservation", ABSENT): Fence.RESERVE_ABSENT,
    ("reserve", "stock", "available >= units"): Fence.RESERVE_ENOUGH,
    ("open_page", "order", "PENDING"): Fence.OPEN_ORDER,
    ("open_page", "order", "CONFIRMED"): Fence.OPEN_ORDER,
    ("open_page", "page", ABSENT): Fence.OPEN_ABSENT,
    ("intend", "order", "CONFIRMED"): Fence.INTEND_ORDER,
    ("intend", "page", ABSENT): Fence.INTEND_ABSENT,
    ("confirm", "order", "PENDING"): Fence.CONFIRM_ORDER,
    ("confirm", "reservation", "HELD"): Fence.CONFIRM_RESERVATION,
    ("confirm", "payment", "AUTHORISED"): Fence.CONFIRM_PAYMENT,
    ("complete", "order", "CONFIRMED"): Fence.COMPLETE_ORDER,
    ("complete", "payment", "CAPTURED"): Fence.COMPLETE_PAYMENT,
    ("complete", "shipment", "BOOKED"): Fence.COMPLETE_SHIPMENT,
    ("complete", "reservation", "HELD"): Fence.COMPLETE_RESERVATION,
    ("complete", "stock", "held >= units"): Fence.COMPLETE_ENOUGH,
    ("reject", "order", "PENDING"): Fence.REJECT_ORDER,
    ("reject", "reservation", ABSENT): Fence.REJECT_STOCK,
    ("reject", "payment", "DECLINED"): Fence.REJECT_PAYMENT,
    ("turn_back", "order", "CONFIRMED"): Fence.TURN_ORDER,
    ("turn_back", "shipment", "REFUSED"): Fence.TURN_SHIPMENT,
    ("turn_back", "payment", "CAPTURE_REFUSED, DECLINED, VOIDED"): Fence.TURN_PAYMENT,
    ("cancels the order", "order", "PENDING"): Fence.CANCEL_ORDER,
    ("cancels the order", "order", "CONFIRMED"): Fence.CANCEL_ORDER,
    ("cancels the order", "shipment", ABSENT): Fence.CANCEL_SHIPMENT,
    ("close", "order", "REJECTING"): Fence.CLOSE_ORDER,
    ("close", "order", "CANCELLING"): Fence.CLOSE_ORDER,
    ("close", "reservation", "RELEASED, absent"): Fence.CLOSE_RESERVATION,
    ("close", "shipment", "CANCELLED, absent"): Fence.CLOSE_SHIPMENT,
    ("close", "payment", "DECLINED, REFUNDED, VOIDED"): Fence.CLOSE_PAYMENTS,
    ("close", "payment", ABSENT): Fence.CLOSE_NO_MORE,
    ("release", "reservation", "HELD"): Fence.RELEASE_HELD,
    ("release", "stock", "held >= units"): Fence.RELEASE_ENOUGH,
}


def conditions_of(does: str, actions: Mapping[str, WriteAction]) -> Iterator[Condition]:
    """The conditions of a transaction: of each action that has one, the item and what it must be."""
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
            # To close what is unsettled is to close, but for what a refusal means.
            yield does.removesuffix("_unsettled"), name.partition(" ")[0], ", ".join(sorted(words))
