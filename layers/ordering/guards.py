"""Guards: the conditions, checks and sequences of calls that the guarantees depend on. Each has a name.

The code uses a guard by its name at the place where it takes effect. For each name, such as
`Guard.RESERVE_ORDER`, this module lists the guarantee that it protects, by its number in
`docs/architecture.md`. A test can switch the guard off by its name, to show that the guarantee breaks without
it (`tests/simulation/guards`, `make mutations`).

| the guard is                                | in the code                                              |
|---------------------------------------------|----------------------------------------------------------|
| a check, or an action that is needed        | `if guards.applies(Guard.X, order.status is not wanted)` |
| the condition expression of a write         | `condition=guards.condition(Guard.X, "#status = :from")` |
| a value: a bound, an expression, a part of  | `guards.value(Guard.X, CLAIM_SECONDS)`                   |
| a transaction, a sequence of two calls      |                                                          |
| a call that must be made, or that must be   | `guards.perform(Guard.X, gateway.void, payment_id)`      |
| made before the code after it               |                                                          |

Every guard is on, unless a test has switched it off in its own process with `without`. No setting, no
environment variable and no request can switch one off.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import Enum, unique
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


@unique
class Guard(Enum):
    """A guard: the number of the guarantee that it protects, and what it requires.

    A guard without a number is redundant: no guarantee breaks if only this guard is missing. It saves work or
    time, or repeats what another guard requires. A guard with a number may need others to protect the
    guarantee.
    """

    def __init__(self, guarantee: int | None, text: str) -> None:
        self.guarantee = guarantee
        self.text = text

    def __str__(self) -> str:
        return self.text

    # -- placing, reading and cancelling an order ------------------------------------------------------
    PLACE_KEYED = 1, "Place: the order's id is derived from the customer and the key"
    PLACE_SAME_BODY = 1, "Place: a key with another body is refused"
    PLACE_LOOK_AGAIN = 1, "Place: the order is read again before the catalogue is a reason to refuse"
    PLACE_ABSENT = 2, "Place: there is no order of this id"
    PLACE_ADDRESS_ABSENT = 2, "Place: there is no address of this id"
    PLACE_AGREED = 7, "Place: the total is the one that the customer has agreed to"
    PLACE_WRITES_ONLY = 5, "Place: the handler only writes the order; everything else follows from that write"
    READ_OWN = 6, "Read: the order is the caller's own"
    CANCEL_OWN = 6, "The customer's cancel: the order is the caller's own"
    CANCEL_SHIPMENT_READ = 4, "The customer's cancel: no shipment was read"

    # -- the stock ledger ------------------------------------------------------------------------------
    ENTRY_ABSENT = 2, "Stock entry: there is no entry of this key"
    ENTRY_ENOUGH = 2, "Stock entry: enough is available to be written off"
    ENTRY_FOUND = 2, "Stock entry: a retry finds its entry before it is refused"
    ENTRY_WRITTEN = 2, "Stock entry: stock changes only together with an entry"
    REMOVE_KEEPS_STOCK = 2, "Remove a product: its stock stays on record"

    # -- Reserve stock, Release stock ------------------------------------------------------------------
    RESERVE_STATUS_READ = 2, "Reserve: the order was read as PENDING"
    RESERVE_ORDER = 2, "Reserve: the order is PENDING"
    RESERVE_ABSENT = 2, "Reserve: there is no reservation"
    RESERVE_ENOUGH = 2, "Reserve: enough is available"
    RESERVE_DONE = 4, "Reserve: a reservation that was read is not made again"
    RESERVE_FOUND = 4, "Reserve: a reservation that the transaction finds is RESERVED"
    RESERVE_LOOK = 4, "Reserve: the reservation is read before OUT_OF_STOCK is returned"
    RESERVE_CONTENTION = 4, "Reserve: a conflict with another transaction does not mean OUT_OF_STOCK"
    RESERVE_SEARCH = 4, "Reserve: a shard with too few units does not mean OUT_OF_STOCK"
    RESERVE_WHERE = 4, "Reserve: the reservation says in which shard its units are held"
    SHARDS_KEPT = 2, "Update of a product: the number of its stock's shards is never lowered"
    RELEASE_HELD = 2, "Release: the reservation is HELD"
    RELEASE_ENOUGH = None, "Release: the held units are at least those of the reservation"

    # -- payments --------------------------------------------------------------------------------------
    AUTHORISE_STATUS_READ = 3, "Authorise: the order was read as PENDING"
    AUTHORISE_FIND = 3, "Authorise: the provider is asked for the payment's status after a lost response"
    OPEN_FIRST = 3, "Authorise: the provider's id is recorded before money can be held"
    OPEN_ORDER = 3, "Open a payment: the order is as it was read"
    OPEN_ABSENT = 5, "Open a payment: there is no entry of this attempt"
    OPEN_RECORDED = 3, "Open a payment: two concurrent executions both continue with the recorded id"
    AGAIN_VOID = 3, "Authorise again: the first authorisation is voided before the second is opened"
    AGAIN_SPENT = 4, "Authorise again: there is an attempt left"
    CAPTURE_STATUS_READ = None, "Capture: the order was read as CONFIRMED"
    PAYMENT_PREDECESSORS = 3, "A payment's status changes only from one of its predecessors"
    SETTLED_NOT_DUE = 4, "A settled payment is removed from the index of due items"

    # -- the shipment ----------------------------------------------------------------------------------
    BOOK_STATUS_READ = 3, "Book: the order was read as CONFIRMED"
    INTEND_FIRST = 3, "Book: the intention is recorded before the carrier is asked"
    INTEND_ORDER = 3, "Intend a shipment: the order is CONFIRMED"
    INTEND_ABSENT = None, "Intend a shipment: there is none"
    SHIPMENT_PREDECESSORS = 3, "A shipment's status changes only from one of its predecessors"

    # -- the transitions of the life cycle -------------------------------------------------------------
    CONFIRM_ORDER = 5, "Confirm: the order is PENDING"
    CONFIRM_RESERVATION = 5, "Confirm: the reservation is HELD"
    CONFIRM_PAYMENT = 5, "Confirm: the payment is AUTHORISED"
    COMPLETE_ORDER = 5, "Complete: the order is CONFIRMED"
    COMPLETE_PAYMENT = 3, "Complete: the payment is CAPTURED"
    COMPLETE_SHIPMENT = 3, "Complete: the shipment is BOOKED"
    COMPLETE_RESERVATION = 2, "Complete: the reservation is HELD"
    COMPLETE_ENOUGH = None, "Complete: the held units are at least those of the reservation"
    COMPLETE_SHIPS = 2, "Complete: the units are counted as shipped"
    COMPLETE_NOT_DUE = 4, "Complete: the payment is removed from the index of due items"
    REJECT_ORDER = 5, "Reject: the order is PENDING"
    REJECT_STOCK = None, "Reject: there is still no reservation"
    REJECT_PAYMENT = None, "Reject: the payment is still DECLINED"
    TURN_ORDER = 5, "Turn back: the order is CONFIRMED"
    TURN_SHIPMENT = None, "Turn back: the shipment is still REFUSED"
    TURN_PAYMENT = None, "Turn back: the payment still cannot be captured"
    CANCEL_ORDER = 5, "The customer's cancel: the order is PENDING or CONFIRMED"
    CANCEL_SHIPMENT = 4, "The customer's cancel: no carrier was asked"
    CLOSE_ORDER = 5, "Close: the order is as it was read"
    CLOSE_RESERVATION = 2, "Close: the reservation is RELEASED, or there is none"
    CLOSE_SHIPMENT = 3, "Close: the shipment is CANCELLED, or there is none"
    CLOSE_PAYMENTS = 3, "Close: every payment is settled"
    CLOSE_NO_MORE = 3, "Close: there is no payment that was not read"
    MOVE_CONTENTION = (
        None,
        "Every transition: a conflict with another transaction does not mean that the order has changed",
    )
    ENDED_NOT_DUE = 4, "Every transition: an ended order is removed from the index of due items"

    # -- every write -----------------------------------------------------------------------------------
    CONFLICT_RETRIED = None, "Every write: a conflict with another transaction is retried at once"

    # -- compensation ----------------------------------------------------------------------------------
    UNDO_STATUS = 3, "Compensation: the order is REJECTING or CANCELLING"
    UNDO_LEDGER = 4, "Void or refund: by the ledger, never by the outcome of a step"
    UNDO_FIND = 3, "Void or refund: the provider is asked first if the payment is PREPARED in the ledger"
    UNDO_REFUND = 3, "Void or refund: if a void returns CAPTURED, the payment is refunded"
    UNDO_INTENDED = 4, "Cancel shipment: one that is only INTENDED is cancelled at the carrier too"
    UNDO_CARRIER = 3, "Cancel shipment: it is cancelled at the carrier, and then in the ledger"

    # -- the refund of a fulfilled order ---------------------------------------------------------------
    REFUND_FULFILLED = 3, "Request a refund: the order is FULFILLED"
    REFUND_ABSENT = 5, "Request a refund: there is none"
    REFUND_DUE = 4, "Request a refund: it is in the index of due items"
    REFUND_PROVIDER = 3, "Refund: the provider refunds, and then it is recorded"
    REFUND_OPEN = None, "Refund: it is still REQUESTED"
    REFUND_NOT_DUE = 4, "A refund that was made is removed from the index of due items"

    # -- the outbox ------------------------------------------------------------------------------------
    PUBLISH_FROM_STREAM = 5, "Publish: every change of the table's stream"
    PUBLISH_REFUSED = 5, "Publish: an event that the bus did not accept does not count as published"

    # -- driving an order ------------------------------------------------------------------------------
    DRIVE_ONCE = 4, "Drive: the SDK does not retry the start of the saga"
    DRIVE_FAILED = 4, "Drive: an execution that did not succeed is driven again"
    DRIVE_LEASE = None, "Drive: no other driver has the order"
    DRIVE_WAITS = None, "Drive: what the order needs is available"
    HAND_OVER_DUE = 4, "Hand over: the order stays in the index of due items"

    # -- the sweep -------------------------------------------------------------------------------------
    SWEEP_DRIVES = 4, "Sweep: an order without a recent transition is driven again"
    SWEEP_UNCHANGED = None, "Sweep: the order was not driven since it was read"
    SWEEP_ENDED = 4, "Sweep: only payments of ended orders are settled"
    SWEEP_FULFILLED = 3, "Sweep: the payment of a fulfilled order is kept"
    NUDGE_BOUNDED = 4, "Sweep: the delay until the next nudge is bounded"
    PARK_OPEN = 4, "Park: the order is open"
    PARK_ALONE = 4, "Park: other orders end, so the fault is the order's own"

    # -- consuming events, sending mail ----------------------------------------------------------------
    CLAIM_TOO_OLD = 5, "Claim: the event's record cannot have expired"
    CLAIM_UNHANDLED = 5, "Claim: the event is not handled yet"
    CLAIM_FREE = 5, "Claim: no other invocation has claimed the event"
    CLAIM_OWN = None, "Claim: a claim that the SDK has written twice is the invocation's own"
    CLAIM_FIRST = 5, "Claim: the event is claimed before the records of other events are read"
    CLAIM_EARLIER = 5, "Claim: an event that an earlier release has handled is handled"
    CLAIM_OVERTAKEN = 5, "Claim: no later event of the item is handled"
    CLAIM_ALONE = 5, "Claim: no other event of the item is claimed"
    CLAIM_OUTLIVES = 5, "Claim: it outlives the invocation that made it"
    CONSUME_BUSY = 5, "Consume: an event that is BUSY counts as failed"
    CONSUME_VISIBILITY = 5, "Consume: a message is not redelivered while its function may still run"
    CONSUME_FIRST = 5, "Consume: a call is made before it is recorded"
    CONSUME_RECORDED = 5, "Consume: recording a call that was made is retried"
    CONSUME_FAILED = 5, "Consume: an event whose effect failed counts as failed"
    CONSUME_RELEASED = None, "Consume: the claim of a call that failed is released"
    ANNOUNCE_EXPIRED = 6, "Announce: a client whose token has expired is told nothing"
    WRITE_UNHANDLED = 5, "Consume: the effect in the table is written with the event's first record"
    WRITE_TOO_OLD = 5, "Consume: the record of an event whose effect is in the table cannot have expired"
    MAIL_ONCE = None, "Mail: the SDK does not retry the call"

    # -- webhooks --------------------------------------------------------------------------------------
    WEBHOOK_ABSENT = None, "Create an endpoint: there is none of this id"
    WEBHOOK_COUNTED = None, "Create an endpoint: the partner has less than the maximum"
    WEBHOOK_REMOVED_ONCE = None, "Delete an endpoint: it exists, so it is counted down once"
    WEBHOOK_ROTATED_ONCE = 5, "Rotate a secret: the endpoint has the secret that was read"
    WEBHOOK_NOT_REVIVED = 5, "Record a failure or a success: the endpoint still exists"
    WEBHOOK_UNCHANGED = 5, "Disable an endpoint: it has acknowledged nothing since it was read"
    WEBHOOK_DELIVERY_ABSENT = 5, "Write a delivery: there is none of this event to this endpoint"
    WEBHOOK_UNWRITTEN = 5, "Deliver: a message waits for a delivery that may still be written"
    WEBHOOK_IN_ORDER = 5, "Deliver: an earlier event of the order's family has ended"
    WEBHOOK_SLOT_FREE = None, "Deliver: no other invocation has the slot of the endpoint"
    WEBHOOK_SLOT_OWN = None, "Deliver: the slot that is given back is the invocation's own"
    WEBHOOK_ATTEMPT_ONCE = 5, "Deliver: the delivery was not attempted since it was read"
    WEBHOOK_STILL_PENDING = 5, "Deliver: a result is recorded of a delivery that has not ended"
    WEBHOOK_RECORDED = 5, "Deliver: recording a result is retried"

    # -- totals of sales -------------------------------------------------------------------------------
    SALES_NOT_REBUILT = 5, "Record sales: an event that a rebuild has counted is not counted again"

    # -- removing a customer's data --------------------------------------------------------------------
    FORGET_NOTED = 6, "Forget: the removal of the addresses is recorded when the profile is deleted"
    FORGET_LOOK_AGAIN = 6, "Forget: the orders that the index may not have shown yet are scanned again"
    FORGET_EXPORT = 6, "Forget: an export ends, since its record is deleted with the profile"
    FORGET_FILES = 6, "Forget: the files of exports are deleted"


Instead = Callable[..., Any]
"""What replaces a value or a call while its guard is off.

It is called with the value, or with the function and its arguments."""

_off: Mapping[Guard, Instead | None] = {}


def applies(guard: Guard, case: bool = True) -> bool:
    """Returns `case`: whether the guard has to act. Returns False while the guard is off."""
    return case and not (_off and guard in _off)


def condition(guard: Guard, expression: str) -> str:
    """Returns the condition of a write. While the guard is off, any stored item satisfies it."""
    if _off and guard in _off:
        return f"({expression} OR attribute_exists(PK))"
    return expression


def value(guard: Guard, given: T) -> T:
    """Returns the given value. While the guard is off, returns what replaces it."""
    if _off and guard in _off:
        return _instead(guard)(given)  # type: ignore[no-any-return]
    return given


def perform(guard: Guard, act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Returns the result of the call. While the guard is off, returns the result of what replaces it."""
    if _off and guard in _off:
        return _instead(guard)(act, *args, **kwargs)  # type: ignore[no-any-return]
    return act(*args, **kwargs)


@contextmanager
def without(off: Mapping[Guard, Instead | None]) -> Iterator[None]:
    """Switch guards off; for tests only. A guard of a value or a call needs an `Instead`."""
    global _off
    before, _off = _off, {**_off, **off}
    try:
        yield
    finally:
        _off = before


def _instead(guard: Guard) -> Instead:
    instead = _off[guard]
    if instead is None:
        raise LookupError(f"{guard.name} guards a value or a call, so it needs an `Instead`")
    return instead
