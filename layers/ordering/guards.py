"""Guards: the conditions, checks and orders of calls on which the guarantees rest, each under a name.

A guard stands in the code under its name, where it takes effect. A reader who meets `Guard.RESERVE_ORDER`
finds here which guarantee it keeps (by its number in `docs/architecture.md`), and a test can switch it off
by that name, to show that the guarantee breaks without it (`tests/simulation/guards`, `make mutations`).

| the guard is                                | in the code                                              |
|---------------------------------------------|----------------------------------------------------------|
| a check, or something that is done          | `if guards.applies(Guard.X, order.status is not wanted)` |
| the condition expression of a write         | `condition=guards.condition(Guard.X, "#status = :from")` |
| a value: a bound, an expression, a part of  | `guards.value(Guard.X, CLAIM_SECONDS)`                   |
| a transaction, the order of two calls       |                                                          |
| a call that is made, and not presumed; or   | `guards.perform(Guard.X, gateway.void, payment_id)`      |
| made here, and not after what follows       |                                                          |

Every guard stands unless a test has switched it off in its own process with `without`. Nothing else
switches one off: no setting, no variable of the environment, no request.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import Enum, unique
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


@unique
class Guard(Enum):
    """A guard: the number of the guarantee that it keeps, and what it insists on.

    A guard without a number is redundant: no guarantee breaks without it alone. It saves work or time, or
    stands behind another guard. A number does not say that the guard keeps the guarantee alone.
    """

    def __init__(self, guarantee: int | None, text: str) -> None:
        self.guarantee = guarantee
        self.text = text

    def __str__(self) -> str:
        return self.text

    # -- placing, reading and cancelling an order ------------------------------------------------------
    PLACE_KEYED = 1, "Place: the order's id is derived from the customer and the key"
    PLACE_SAME_BODY = 1, "Place: a key with another body is refused"
    PLACE_LOOK_AGAIN = 1, "Place: the order is looked for again before the catalogue is a reason to refuse"
    PLACE_ABSENT = 2, "Place: there is no order of this id"
    PLACE_ADDRESS_ABSENT = 2, "Place: there is no address of this id"
    PLACE_AGREED = 7, "Place: the total is the one that the customer has agreed to"
    PLACE_WRITES_ONLY = 5, "Place: the write is the only act; everything else follows from it"
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
    RESERVE_LOOK = 4, "Reserve: the reservation is read before OUT_OF_STOCK is answered"
    RESERVE_CONTENTION = 4, "Reserve: a rival transaction does not mean OUT_OF_STOCK"
    RELEASE_HELD = 2, "Release: the reservation is HELD"
    RELEASE_ENOUGH = None, "Release: the shelf holds the units"

    # -- payments --------------------------------------------------------------------------------------
    AUTHORISE_STATUS_READ = 3, "Authorise: the order was read as PENDING"
    AUTHORISE_FIND = 3, "Authorise: the provider is asked where the payment stands after a lost answer"
    OPEN_FIRST = 3, "Authorise: the provider's id is noted before money can be held"
    OPEN_ORDER = 3, "Open a payment: the order is as it was read"
    OPEN_ABSENT = 5, "Open a payment: there is no page of this attempt"
    OPEN_RECORDED = 3, "Open a payment: of two that race, both go on with the id that was noted"
    AGAIN_VOID = 3, "Authorise again: the first authorisation is voided before the second is opened"
    AGAIN_SPENT = 4, "Authorise again: not once the attempts are spent"
    CAPTURE_STATUS_READ = None, "Capture: the order was read as CONFIRMED"
    PAYMENT_PREDECESSORS = 3, "The payment's ledger moves only from the predecessors of a status"
    SETTLED_NOT_DUE = 4, "A settled payment leaves the index of what is due"

    # -- the shipment ----------------------------------------------------------------------------------
    BOOK_STATUS_READ = 3, "Book: the order was read as CONFIRMED"
    INTEND_FIRST = 3, "Book: the intention is noted before the carrier is asked"
    INTEND_ORDER = 3, "Intend a shipment: the order is CONFIRMED"
    INTEND_ABSENT = None, "Intend a shipment: there is none"
    SHIPMENT_PREDECESSORS = 3, "The shipment's ledger moves only from the predecessors of a status"

    # -- the moves of the life cycle -------------------------------------------------------------------
    CONFIRM_ORDER = 5, "Confirm: the order is PENDING"
    CONFIRM_RESERVATION = 5, "Confirm: the reservation is HELD"
    CONFIRM_PAYMENT = 5, "Confirm: the payment is AUTHORISED"
    COMPLETE_ORDER = 5, "Complete: the order is CONFIRMED"
    COMPLETE_PAYMENT = 3, "Complete: the payment is CAPTURED"
    COMPLETE_SHIPMENT = 3, "Complete: the shipment is BOOKED"
    COMPLETE_RESERVATION = 2, "Complete: the reservation is HELD"
    COMPLETE_ENOUGH = None, "Complete: the shelf holds the units"
    COMPLETE_SHIPS = 2, "Complete: the units are counted as shipped"
    COMPLETE_NOT_DUE = 4, "Complete: the payment leaves the index of what is due"
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
    MOVE_CONTENTION = None, "Every move: a rival transaction does not mean that the order has moved"
    ENDED_NOT_DUE = 4, "Every move: an ended order leaves the index of what is due"

    # -- compensation ----------------------------------------------------------------------------------
    UNDO_STATUS = 3, "Compensation: only of an order that is REJECTING or CANCELLING"
    UNDO_LEDGER = 4, "Void or refund: from the ledger, never from what a step answered"
    UNDO_FIND = 3, "Void or refund: the provider is asked first where the ledger says PREPARED"
    UNDO_REFUND = 3, "Void or refund: a void that is answered CAPTURED becomes a refund"
    UNDO_INTENDED = 4, "Cancel shipment: one that is only INTENDED is cancelled at the carrier too"
    UNDO_CARRIER = 3, "Cancel shipment: it is cancelled at the carrier, and then in the ledger"

    # -- the outbox ------------------------------------------------------------------------------------
    PUBLISH_FROM_STREAM = 5, "Publish: every change of the table's stream"
    PUBLISH_REFUSED = 5, "Publish: an event that the bus did not take is not published"

    # -- driving an order ------------------------------------------------------------------------------
    DRIVE_ONCE = 4, "Drive: the SDK does not retry the start of the saga"
    DRIVE_FAILED = 4, "Drive: an execution that did not succeed is driven again"
    DRIVE_LEASE = None, "Drive: no other driver has the order"
    DRIVE_WAITS = None, "Drive: what the order needs is not away"
    HAND_OVER_DUE = 4, "Hand over: the order stays in the index of what is due"

    # -- the sweep -------------------------------------------------------------------------------------
    SWEEP_DRIVES = 4, "Sweep: an order that has not moved for long is driven again"
    SWEEP_UNCHANGED = None, "Sweep: nobody has driven the order since it was read"
    SWEEP_ENDED = 4, "Sweep: only what an ended order owes is settled"
    SWEEP_FULFILLED = 3, "Sweep: what a fulfilled order was paid is kept"
    NUDGE_BOUNDED = 4, "Sweep: no nudge is the last one"
    PARK_OPEN = 4, "Park: the order is open"
    PARK_ALONE = 4, "Park: only for a fault that other orders do not have"

    # -- consuming events, sending mail ----------------------------------------------------------------
    CLAIM_TOO_OLD = 5, "Claim: the event's record cannot have expired"
    CLAIM_UNHANDLED = 5, "Claim: the event is not handled yet"
    CLAIM_FREE = 5, "Claim: no other invocation has claimed the event"
    CLAIM_OWN = None, "Claim: a claim that the SDK made twice is one's own"
    CLAIM_FIRST = 5, "Claim: the event is claimed before the other events of its item are looked at"
    CLAIM_EARLIER = 5, "Claim: what an earlier release has handled is handled"
    CLAIM_OVERTAKEN = 5, "Claim: no later event of the item is handled"
    CLAIM_ALONE = 5, "Claim: no other event of the item is claimed"
    CLAIM_OUTLIVES = 5, "Claim: it outlives the invocation that made it"
    MAIL_BUSY = 5, "Mail: a busy event is not done"
    MAIL_VISIBILITY = 5, "Mail: a message is not redelivered while its function may still run"
    MAIL_SENT_FIRST = 5, "Mail: it is sent before it is recorded"
    MAIL_RECORDED = 5, "Mail: recording what was sent is retried"
    MAIL_FAILED = 5, "Mail: one that was not sent is not done"
    MAIL_ONCE = None, "Mail: the SDK does not retry it"
    MAIL_RELEASED = None, "Mail: the claim of a mail that was not sent is released"

    # -- removing a customer's data --------------------------------------------------------------------
    FORGET_NOTED = 6, "Forget: what is left to remove is noted when the profile is removed"
    FORGET_LOOK_AGAIN = 6, "Forget: orders that the index did not show yet are looked for again"


Instead = Callable[..., Any]
"""What happens while a guard is off: it takes the place of a value (given the value), or of a call (given
what would be called, and its arguments)."""

_off: Mapping[Guard, Instead | None] = {}


def applies(guard: Guard, case: bool = True) -> bool:
    """Returns whether the case that the guard is for is there."""
    return case and not (_off and guard in _off)


def condition(guard: Guard, expression: str) -> str:
    """Returns the condition expression of a write; with the guard off, whatever is stored is good enough."""
    if _off and guard in _off:
        return f"({expression} OR attribute_exists(PK))"
    return expression


def value(guard: Guard, given: T) -> T:
    """Returns the value itself."""
    if _off and guard in _off:
        return _instead(guard)(given)  # type: ignore[no-any-return]
    return given


def perform(guard: Guard, act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Returns what the call returns."""
    if _off and guard in _off:
        return _instead(guard)(act, *args, **kwargs)  # type: ignore[no-any-return]
    return act(*args, **kwargs)


@contextmanager
def without(off: Mapping[Guard, Instead | None]) -> Iterator[None]:
    """Switch guards off, in tests alone; `Instead` for those of a value or a call."""
    global _off
    before, _off = _off, {**_off, **off}
    try:
        yield
    finally:
        _off = before


def _instead(guard: Guard) -> Instead:
    instead = _off[guard]
    if instead is None:
        raise LookupError(f"{guard.name} guards a value or a call: say what happens instead")
    return instead
