"""What docs/restore.md says of an order that a restore has turned back, after the providers have moved on."""

from collections.abc import Callable
from typing import Any

import pytest

from ordering.domain.order import OrderId, Status
from ordering.domain.payment import PaymentStatus
from tests.support import invariants
from tests.support.orders import WAYS, an_order, cancel_to_the_end, follow
from tests.support.world import World


@pytest.fixture
def turn_back(world: World) -> Callable[[], Callable[[], None]]:
    """Remembers the table; what it returns turns the table back to then. The providers keep what they did."""

    def remember() -> Callable[[], None]:
        then = world.items()
        return lambda: _overwrite(world, then)

    return remember


def _overwrite(world: World, items: list[dict[str, Any]]) -> None:
    for item in world.items():
        world.table.delete({"PK": item["PK"], "SK": item["SK"]})
    for item in items:
        world.table.put(item, condition="attribute_not_exists(PK)")


def kept(world: World) -> int:
    """What the provider has taken and kept, over all payments."""
    return sum(record.get("captured", 0) - record.get("refunded", 0) for record in world.provider_records())


Remember = Callable[[], Callable[[], None]]


def test_order_that_was_cancelled_since_is_charged_unless_it_is_cancelled_again(
    world: World, turn_back: Remember
) -> None:
    """The reason why orders are cancelled again before the saga runs."""
    order_id = an_order(world, "confirmed")
    restore = turn_back()
    cancel_to_the_end(world, order_id)
    assert kept(world) == 0
    restore()
    steps = ("capture_payment", "reauthorise_payment", "capture_payment")
    assert follow(world, order_id, *steps) == ["CAPTURE_REFUSED", "AUTHORISED", "CAPTURED"]
    assert kept(world) == 2500


def test_order_that_was_cancelled_since_and_is_cancelled_again_costs_nothing(
    world: World, turn_back: Remember
) -> None:
    order_id = an_order(world, "confirmed")
    restore = turn_back()
    follow(world, order_id, "capture_payment")
    cancel_to_the_end(world, order_id)
    restore()
    cancel_to_the_end(world, order_id)
    assert kept(world) == 0
    invariants.check(world)


@pytest.mark.slow
def test_order_that_was_fulfilled_since_is_fulfilled_again_with_one_charge(
    world: World, turn_back: Remember
) -> None:
    order_id = an_order(world, "confirmed")
    restore = turn_back()
    steps = ("capture_payment", "book_shipment", "complete_order")
    follow(world, order_id, *steps)
    restore()
    assert follow(world, order_id, *steps) == ["CAPTURED", "BOOKED", "FULFILLED"]
    assert kept(world) == 2500
    invariants.check(world)


def test_lost_order_that_is_placed_again_is_not_charged_twice_and_can_be_cancelled(
    world: World, turn_back: Remember
) -> None:
    """Its payment is captured already, which no order that is PENDING expects: it makes no progress."""
    world.stocked()
    restore = turn_back()
    order_id = OrderId(world.place(key="a-key-of-alices").body["orderId"])
    follow(world, order_id, *WAYS["fulfilled"])
    restore()
    assert world.place(key="a-key-of-alices").body["orderId"] == order_id
    follow(world, order_id, *WAYS["fulfilled"])
    details = world.details(order_id)
    assert (details.order.status, details.payments[0].status) == (Status.PENDING, PaymentStatus.CAPTURED)
    assert kept(world) == 2500
    cancel_to_the_end(world, order_id)
    assert kept(world) == 0
