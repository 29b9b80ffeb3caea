"""Creates orders at any point of their path, with the deployed steps of the saga.

order_id = an_order(world, "confirmed")      its stock is held and its payment authorised
then_meanwhile(monkeypatch, lambda: cancel(world, order_id))
                                             the next step reads the order; then it is cancelled
"""

from collections.abc import Callable
from typing import Any

import pytest

from ordering.domain.audit import AuditedAction, AuditRecord
from ordering.domain.clock import now
from ordering.domain.order import CustomerId, OrderId, Status
from ordering.domain.order_details import OrderDetails
from ordering.repositories import keys
from ordering.repositories.order_transitions import OrderTransitions
from ordering.repositories.orders import Orders
from ordering.repositories.refunds import Refunds
from tests.support import least_privilege
from tests.support.snapshots import beginning_with
from tests.support.world import World

RESERVED = ("reserve_stock",)
AUTHORISED = (*RESERVED, "authorise_payment")
CONFIRMED = (*AUTHORISED, "confirm_order")
CAPTURED = (*CONFIRMED, "capture_payment")
BOOKED = (*CAPTURED, "book_shipment")
# Point of the path → the steps that bring a placed order there.
WAYS: dict[str, tuple[str, ...]] = {
    "placed": (),
    "reserved": RESERVED,
    "authorised": AUTHORISED,
    "confirmed": CONFIRMED,
    "captured": CAPTURED,
    "booked": BOOKED,
    "fulfilled": (*BOOKED, "complete_order"),
}
COMPENSATION = ("cancel_shipment", "void_or_refund_payment", "release_stock", "close_order")


def an_order(world: World, point: str = "placed", **body: str) -> OrderId:
    """Returns an order for two red mugs at a point of `WAYS`; `body` as in `order_body`."""

    def bring() -> OrderId:
        order_id = world.stocked().place_order(**body)
        follow(world, order_id, *WAYS[point])
        return order_id

    return beginning_with((point, *sorted(body.items())), bring)


def follow(world: World, order_id: OrderId, *steps: str) -> list[str]:
    """Take an order through steps of the saga. Returns their outcomes."""
    return [world.step(step, order_id) for step in steps]


def cancel(world: World, order_id: OrderId) -> None:
    """Cancel the order as its customer does. The carrier must not have been called yet."""
    assert OrderTransitions(world.table).request_cancellation(world.details(order_id), now())


def cancel_to_the_end(world: World, order_id: OrderId) -> None:
    """Cancel the order as its customer would, and run the compensation."""
    cancel(world, order_id)
    follow(world, order_id, *COMPENSATION)
    assert world.details(order_id).order.status is Status.CANCELLED


def request_refund(world: World, order_id: OrderId) -> bool:
    """An operator requests the refund of an order. Returns whether it was recorded."""
    details = world.details(order_id)
    assert details.payment
    by = "arn:aws:iam::123456789012:user/grace"
    record = AuditRecord(
        order_id=order_id, action=AuditedAction.REFUND, by=by, reason="broken", at=now(), version=1
    )
    return Refunds(world.table).request(details, details.payment, record) is not None


def then_meanwhile(monkeypatch: pytest.MonkeyPatch, action: Callable[[], object]) -> None:
    """Perform `action` once: right after the next step has read its order."""
    read = Orders.load

    def load(orders: Orders, order_id: OrderId, *, of: CustomerId | None = None) -> OrderDetails | None:
        monkeypatch.setattr(Orders, "load", read)
        found = read(orders, order_id, of=of)
        with least_privilege.within(None):
            action()
        return found

    monkeypatch.setattr(Orders, "load", load)


def overwrite(world: World, key: keys.Key, **facts: Any) -> None:
    """Write attributes directly into an item, without the conditions of the app."""
    sets = ", ".join(f"#{name} = :{name}" for name in facts)
    world.table.update(
        key,
        f"SET {sets}",
        names={f"#{name}": name for name in facts},
        values={f":{name}": fact for name, fact in facts.items()},
    )
