"""Guarantee 4: drive_order leaves an order to the sweep after its message's last attempt."""

import pytest

from ordering.domain.clock import ago, now
from ordering.resilience.pacing import LAST_ATTEMPT, LAST_RECEIVE
from tests.handlers.events.driven_orders import PLATFORM, order_of, overwrite_order
from tests.support.aws_calls import AwsCalls, fails
from tests.support.driving import Machine, drive, ends, message
from tests.support.orders import an_order
from tests.support.world import World


def test_order_whose_last_attempt_fails_is_left_to_the_sweep(machine: Machine, world: World) -> None:
    order_id = an_order(world)
    machine.endings = {order_id: PLATFORM}
    assert drive(message(order_id), receives=LAST_ATTEMPT - 1) == ["message-0"]
    assert drive(message(order_id), receives=LAST_ATTEMPT) == []


@pytest.mark.parametrize("receives", [LAST_ATTEMPT + 1, LAST_RECEIVE])
def test_message_does_not_drive_its_order_after_the_last_attempt(
    machine: Machine, world: World, receives: int
) -> None:
    """Its earlier drivers died, perhaps because of it. The last two receives hand it over to the sweep."""
    order_id = an_order(world)
    assert drive(message(order_id), receives=receives) == []
    assert machine.started == []
    assert order_of(world, order_id).nudged_at


def test_message_that_names_no_known_order_becomes_a_dead_letter(machine: Machine) -> None:
    machine.endings = {"order-0": ends("FAILED", error="No such order")}
    assert drive(message("order-0"), receives=LAST_RECEIVE) == ["message-0"]


def test_order_leaves_no_dead_letter_if_the_table_is_down_at_its_last_receive(
    machine: Machine, world: World, calls: AwsCalls
) -> None:
    order_id = an_order(world)
    calls.next("UpdateItem", fails("InternalServerError"))
    assert drive(message(order_id), receives=LAST_RECEIVE) == []
    assert machine.started == []


def test_order_driven_by_the_sweep_has_one_attempt_for_each_nudge(machine: Machine, world: World) -> None:
    order_id = an_order(world)
    overwrite_order(world, order_id, attempts=1)
    machine.endings = {order_id: PLATFORM}
    assert drive(message(order_id)) == []
    assert order_of(world, order_id).fault


def test_order_is_not_swept_until_its_message_would_be_redelivered(machine: Machine, world: World) -> None:
    order_id = an_order(world)
    machine.endings = {order_id: PLATFORM}
    before = now()
    drive(message(order_id), receives=5)
    nudged_at = order_of(world, order_id).nudged_at
    assert nudged_at is not None
    # Four minutes less half of them at most.
    assert nudged_at > before
    assert nudged_at > ago(minutes=-1.9)
