"""The fences: each is one condition that the code, or a provider, keeps. The search can do without any."""

from enum import StrEnum


class Fence(StrEnum):
    """A condition, by the words in which the tests and the report speak of it."""

    # -- a step that takes something looks at the order in the same transaction
    RESERVE_ORDER = "Reserve: the order is PENDING"
    OPEN_ORDER = "Open a payment: the order is as it was read"
    INTEND_ORDER = "Intend a shipment: the order is CONFIRMED"
    # -- and takes it once
    RESERVE_ENOUGH = "Reserve: enough is available"
    RESERVE_ABSENT = "Reserve: there is no reservation"
    RESERVE_LOOK = "Reserve: the reservation is read before OUT_OF_STOCK is answered"
    OPEN_ABSENT = "Open a payment: there is no page of this attempt"
    OPEN_RECORDED = "Open a payment: of two that race, both go on with the id that was noted"
    OPEN_FIRST = "Authorise: the provider's id is noted before money can be held"
    INTEND_ABSENT = "Intend a shipment: there is none"
    INTEND_FIRST = "Book: the intention is noted before the carrier is asked"
    # -- the moves of the life cycle
    CONFIRM_ORDER = "Confirm: the order is PENDING"
    CONFIRM_RESERVATION = "Confirm: the reservation is HELD"
    CONFIRM_PAYMENT = "Confirm: the payment is AUTHORISED"
    COMPLETE_ORDER = "Complete: the order is CONFIRMED"
    COMPLETE_PAYMENT = "Complete: the payment is CAPTURED"
    COMPLETE_SHIPMENT = "Complete: the shipment is BOOKED"
    COMPLETE_RESERVATION = "Complete: the reservation is HELD"
    COMPLETE_ENOUGH = "Complete: the shelf holds the units"
    REJECT_ORDER = "Reject: the order is PENDING"
    REJECT_STOCK = "Reject: there is still no reservation"
    REJECT_PAYMENT = "Reject: the payment is still DECLINED"
    TURN_ORDER = "Turn back: the order is CONFIRMED"
    TURN_SHIPMENT = "Turn back: the shipment is still REFUSED"
    TURN_PAYMENT = "Turn back: the payment still cannot be captured"
    CANCEL_ORDER = "The customer's cancel: the order is PENDING or CONFIRMED"
    CANCEL_SHIPMENT = "The customer's cancel: no carrier was asked"
    CLOSE_ORDER = "Close: the order is as it was read"
    CLOSE_RESERVATION = "Close: the reservation is RELEASED, or there is none"
    CLOSE_SHIPMENT = "Close: the shipment is CANCELLED, or there is none"
    CLOSE_PAYMENTS = "Close: every payment is settled"
    CLOSE_NO_MORE = "Close: there is no payment that the story does not know of"
    # -- the ledgers
    RELEASE_HELD = "Release: the reservation is HELD"
    RELEASE_ENOUGH = "Release: the shelf holds the units"
    PAYMENT_PREDECESSORS = "The payment's ledger moves only from the predecessors of a status"
    SHIPMENT_PREDECESSORS = "The shipment's ledger moves only from the predecessors of a status"
    BOTH_DONE = "Fulfil: an order is completed only after a capture that succeeded"
    # -- another attempt, and compensation
    AGAIN_VOID = "Authorise again: the first authorisation is voided before the second is opened"
    AGAIN_SPENT = "Authorise again: not once the attempts are spent"
    UNDO_STATUS = "Compensation: only of an order that is REJECTING or CANCELLING"
    UNDO_INTENDED = "Cancel shipment: one that is only INTENDED is cancelled at the carrier too"
    UNDO_LEDGER = "Void or refund: from the ledger, never from what a step answered"
    UNDO_FIND = "Void or refund: the provider is asked first where the ledger says PREPARED"
    UNDO_REFUND = "Void or refund: a void that is answered CAPTURED becomes a refund"
    # -- what the providers promise
    VOID_IS_FINAL = "Payments: a voided prepared payment can never be authorised"
    VOID_OR_CAPTURE = "Payments: of capture and void exactly one takes effect"
    AUTHORISE_ONCE = "Payments: an authorisation that is asked for again is decided once"
    CAPTURE_ONCE = "Payments: a capture that is asked for again takes nothing more"
    CANCEL_IS_FINAL = "Carrier: a cancelled reference can never be booked"
    CANCEL_UNKNOWN = "Carrier: nor one that was unknown when it was cancelled"


class Fences:
    """All the fences but some."""

    def __init__(self, *without: Fence) -> None:
        self.without = frozenset(without)

    def stand(self, fence: Fence) -> bool:
        """Whether this one is there."""
        return fence not in self.without

    def allow(self, fence: Fence, condition: bool) -> bool:
        """Whether the way is free: the condition holds, or nobody looks at it."""
        return condition or fence in self.without
