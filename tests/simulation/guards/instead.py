"""The replacements of guarded values and calls when a guard is off: see `ordering.guards`.

The product contains only the correct behaviour. This module defines what code without the guard would do.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aws_cdk import Duration

from ordering.aws.clients import client
from ordering.aws.event_bus import EventBus
from ordering.domain.clock import now
from ordering.domain.events.envelope import Event
from ordering.domain.order import Order
from ordering.domain.payment import Payment, PaymentStatus
from ordering.domain.product import Sku
from ordering.domain.shipment import Address, Shipment, ShipmentStatus
from ordering.domain.stock import Hold, hold
from ordering.dynamodb.client import Table
from ordering.dynamodb.transaction import delete
from ordering.guards import Guard, Instead
from ordering.providers import payment_gateway, shipping_gateway
from ordering.providers.payments import PaymentAnswer, PaymentGateway
from ordering.providers.shipping import ShippingAnswer
from ordering.repositories.items import item_of
from ordering.repositories.keys import order_keys, product_keys
from ordering.repositories.ledger import Ledger
from ordering.repositories.orders import Orders
from ordering.repositories.processed_events import Claim, ProcessedEvents
from ordering.repositories.stream import event_of_images
from tests.support import least_privilege
from tests.support.calls import Calls

AUTHORISED_OR_CAPTURED = {"payments.authorise", "payments.capture"}


def becomes(other: object) -> Instead:
    """The value is replaced by this, or the call is not made and this is its result."""
    return lambda *given, **more: other


def _authorised_first(
    open_payment: Callable[..., Payment | None], order: Order, attempt: int, payment_id: str, at: str
) -> Payment | None:
    payment_gateway().authorise(payment_id)
    return open_payment(order, attempt, payment_id, at)


def _booked_first(intend: Callable[[Order, str], Shipment | None], order: Order, at: str) -> Shipment | None:
    details = Orders(Table.of_environment()).load(order.order_id)
    assert details
    assert details.address
    shipping_gateway().book(reference=order.order_id, address=details.address)
    return intend(order, at)


def _with_its_stock(check: Mapping[str, Any]) -> Mapping[str, Any]:
    condition = "attribute_not_exists(held) OR held = :none"
    return {"stock 0": delete(product_keys.stock(Sku("MUG-RED")), condition=condition, values={":none": 0})}


def _in_the_first_shard(holds: Sequence[Hold]) -> Sequence[Hold]:
    units: Counter[Sku] = Counter()
    for each in holds:
        units[each.sku] += each.units
    return [hold(sku, quantity) for sku, quantity in units.items()]


def _published_by_the_handler(
    place: Callable[[Order, Address], Order], order: Order, address: Address
) -> Order:
    placed = place(order, address)
    # The role of place_order does not allow this call, which would hide its other effects.
    with least_privilege.within(None):
        EventBus("orders").publish([_event(item_of(placed, order_keys.order(placed.order_id)))])
    return placed


def _event(image: dict[str, Any]) -> Event:
    event = event_of_images(None, image)
    assert event
    return event


def _not_placed(event_of: Callable[[Any], Event | None], record: Any) -> Event | None:
    happened = event_of(record)
    return happened if happened and happened.type != "OrderPlaced" else None


def _for_the_last_time(delay: Callable[..., float], bound: int, attempts: int, order_id: str) -> float:
    return delay(bound, attempts, order_id) if attempts < 5 else float("inf")


def _recorded_first(mail: Callable[[Claim], str], claim: Claim) -> str:
    ProcessedEvents(Table.of_environment(), "notify_customer").complete(claim, "SENT", at=now())
    return mail(claim)


INSTEAD: Mapping[Guard, Instead] = {
    # -- values
    Guard.READ_OWN: becomes(None),
    Guard.CANCEL_OWN: becomes(None),
    Guard.ENDED_NOT_DUE: becomes(""),
    Guard.COMPLETE_NOT_DUE: becomes({}),
    Guard.COMPLETE_SHIPS: becomes({}),
    Guard.ENTRY_WRITTEN: becomes({}),
    Guard.FORGET_NOTED: becomes({}),
    Guard.FORGET_EXPORT: becomes({}),
    Guard.FORGET_FILES: becomes(None),
    Guard.REFUND_DUE: becomes({}),
    Guard.REMOVE_KEEPS_STOCK: _with_its_stock,
    Guard.RESERVE_WHERE: _in_the_first_shard,
    Guard.WEBHOOK_NOT_REVIVED: becomes("attribute_not_exists(nothing)"),
    Guard.WEBHOOK_REMOVED_ONCE: becomes("attribute_not_exists(nothing)"),
    Guard.WEBHOOK_UNWRITTEN: becomes(0),
    Guard.WEBHOOK_RECORDED: becomes(()),
    Guard.HAND_OVER_DUE: lambda expression: f"{expression} REMOVE GSI2PK, GSI2SK",
    Guard.CLAIM_OUTLIVES: becomes(30),
    Guard.CLAIM_FIRST: lambda in_order: tuple(reversed(in_order)),
    Guard.CONSUME_RECORDED: becomes(()),
    Guard.CONSUME_VISIBILITY: becomes(Duration.seconds(30)),
    # The SDK makes up to three attempts of each call.
    Guard.MAIL_ONCE: lambda patient: client("sesv2"),
    Guard.DRIVE_ONCE: lambda patient: client("stepfunctions"),
    # -- calls
    Guard.OPEN_FIRST: _authorised_first,
    Guard.INTEND_FIRST: _booked_first,
    Guard.AUTHORISE_FIND: becomes(PaymentAnswer(status=PaymentStatus.DECLINED)),
    Guard.AGAIN_VOID: becomes(PaymentAnswer(status=PaymentStatus.VOIDED)),
    Guard.UNDO_FIND: becomes(PaymentAnswer(status=PaymentStatus.VOIDED)),
    Guard.UNDO_REFUND: becomes(PaymentAnswer(status=PaymentStatus.REFUNDED)),
    Guard.REFUND_PROVIDER: becomes(PaymentAnswer(status=PaymentStatus.REFUNDED)),
    Guard.UNDO_CARRIER: becomes(ShippingAnswer(status=ShipmentStatus.CANCELLED)),
    Guard.PLACE_WRITES_ONLY: _published_by_the_handler,
    Guard.PUBLISH_FROM_STREAM: _not_placed,
    Guard.NUDGE_BOUNDED: _for_the_last_time,
    Guard.CONSUME_FIRST: _recorded_first,
}


def only_what_it_took_itself(calls: Calls) -> Instead:
    """Instead of `Guard.UNDO_LEDGER`: an execution compensates only what its own steps have taken."""

    def settled(
        settle: Callable[..., Payment], ledger: Ledger, gateway: PaymentGateway, payment: Payment
    ) -> Payment:
        ours = {call.target for call in calls.made if call.step.execution == calls.made[-1].step.execution}
        return settle(ledger, gateway, payment) if ours & AUTHORISED_OR_CAPTURED else payment

    return settled
