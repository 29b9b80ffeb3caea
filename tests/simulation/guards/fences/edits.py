"""Edits that more than one mutation is made of."""

from tests.simulation.guards.mutation import Edit

LEDGER = "ordering.repositories.ledger"
MOVES = "ordering.repositories.order_transitions"
CHANGES = "ordering.repositories.updates"
PAYING = "ordering.saga.payments"
SETTLING = "ordering.saga.payments"
STEP = "ordering.saga.step"
STORY = "ordering.domain.order_details"


def step(handler: str, old: str, new: str = "") -> Edit:
    """Some text of a step's handler, and what stands there instead: nothing, if nothing is given."""
    return Edit(f"lambdas.saga.{handler}", old, new)


def any_status(*to: str) -> Edit:
    """An order moves to these statuses from whatever status it has."""
    return Edit(
        CHANGES,
        'condition="#status = :from"',
        f'condition="#status = :from" + (" OR attribute_exists(PK)" if to in {to!r} else "")',
    )


def look(handler: str) -> Edit:
    """The step begins without a look at the order's status."""
    return step(handler, "    if story.order.status is not Status.PENDING:\n        return Outcome.STALE\n")


def given_up(handler: str) -> Edit:
    """The step gives back without a look at whether the order is given up."""
    return step(handler, "    if not story.order.status.is_compensating:\n        return Outcome.STALE\n")


def opening(status: str) -> Edit:
    """A page of the ledger is opened whatever has become of an order that was `status`."""
    return Edit(
        LEDGER,
        "check_status(keys.order(order.order_id), order.status)",
        "check_status(keys.order(order.order_id), "
        f'*(Status if order.status == "{status}" else [order.status]))',
    )


RESERVE_CHECKS_NO_ORDER = Edit(
    LEDGER,
    "check_status(keys.order(order.order_id), Status.PENDING)",
    "check_status(keys.order(order.order_id), *Status)",
)
NO_LOOK_AT_THE_RESERVATION = step(
    "reserve_stock", "    if story.reservation:\n        return Outcome.RESERVED\n"
)
NOT_RECOGNISED = Edit(
    LEDGER,
    '            if cancelled.failed("reservation"):\n                return Outcome.RESERVED\n',
    "",
)
NOT_READ = Edit(
    LEDGER,
    "return Outcome.RESERVED if self._table.get(key) else Outcome.OUT_OF_STOCK",
    "return Outcome.OUT_OF_STOCK",
)
CONFIRMED_WITHOUT_STOCK = Edit(
    MOVES,
    '                "reservation": check_status(keys.reservation(order_id), ReservationStatus.HELD),\n',
    "",
)
CONFIRMED_WITHOUT_PAYMENT = Edit(
    MOVES,
    '                "payment": check_status(_present_payment(story), PaymentStatus.AUTHORISED),\n',
    "",
)
COMPLETED_FROM_ANY_STATUS = any_status("FULFILLED")
COMPLETED_UNPAID = Edit(
    MOVES, 'condition="#status = :captured"', 'condition="#status = :captured OR attribute_exists(PK)"'
)
COMPLETED_UNBOOKED = Edit(
    MOVES,
    "{ShipmentStatus.BOOKED}, ShipmentStatus.DISPATCHED",
    "set(ShipmentStatus), ShipmentStatus.DISPATCHED",
)
COMPLETED_WITHOUT_STOCK = Edit(
    MOVES,
    "{ReservationStatus.HELD}, ReservationStatus.COMMITTED",
    "set(ReservationStatus), ReservationStatus.COMMITTED",
)
CLOSED_UNPAID_BACK = Edit(
    MOVES,
    "check_status(keys.payment(order_id, each.attempt), *_SETTLED)",
    "check_status(keys.payment(order_id, each.attempt), *PaymentStatus)",
)
CLOSED_WITH_A_PAYMENT_UNREAD = Edit(
    MOVES,
    '            f"payment {story.next_attempt}": check('
    "keys.payment(order_id, story.next_attempt), ABSENT),\n",
    "",
)
CANCELLED_THOUGH_THE_CARRIER_WAS_ASKED = Edit(
    MOVES,
    'not_asked = {"shipment": check(keys.shipment(story.order.order_id), ABSENT)}',
    "not_asked = {}",
)
INTENDED_SHIPMENT_LEFT = step(
    "cancel_shipment",
    "story.shipment.status is not ShipmentStatus.CANCELLED",
    "story.shipment.status is ShipmentStatus.BOOKED",
)
