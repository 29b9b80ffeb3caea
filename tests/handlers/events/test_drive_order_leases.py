"""drive_order: at most one driver drives an order at a time."""

from typing import Any

from ordering.domain.clock import milliseconds
from ordering.repositories.leases import Held, Lease, Leases
from tests.handlers.events.driven_orders import OWN, leased, some_orders
from tests.support.aws_calls import AwsCalls, fails
from tests.support.driving import Machine, back_offs, drive, ends, message, raises
from tests.support.orders import an_order
from tests.support.world import World


def test_order_is_not_driven_while_another_driver_holds_its_lease(
    machine: Machine, world: World, calls: AwsCalls
) -> None:
    order_id = an_order(world)
    other = take(world, order_id, seconds=100)
    assert drive(message(order_id)) == ["message-0"]
    assert machine.started == []
    ((_, seconds),) = back_offs(calls)
    assert 7 <= seconds <= 15
    Leases(world.table).give_back(other)
    assert drive(message(order_id), receives=2) == []


def take(world: World, order_id: str, *, seconds: int, holder: str = "another") -> Lease:
    until = milliseconds() + seconds * 1000
    taken = Leases(world.table).take(
        order_id, holder, now=milliseconds(), until=until, message_until=milliseconds() + 900_000
    )
    assert isinstance(taken, Lease)
    return taken


def test_two_messages_of_an_order_in_one_batch_are_driven_one_at_a_time(
    machine: Machine, world: World
) -> None:
    """An order was placed and cancelled at once: two executions of it would only conflict."""
    order_id = an_order(world)
    while_it_runs: list[object] = []

    def runs() -> dict[str, Any]:
        other = Leases(world.table).take(
            order_id, "other", now=milliseconds(), until=milliseconds() + 9, message_until=milliseconds() + 9
        )
        while_it_runs.append(other)
        return ends("SUCCEEDED")()

    machine.endings = {order_id: runs}
    assert drive(message(order_id)) == []
    assert isinstance(while_it_runs[0], Held)


def test_lease_is_released_after_the_execution(machine: Machine, world: World) -> None:
    order_id, failing = some_orders(world, 2)
    machine.endings = {failing: OWN}
    drive(message(order_id), message(failing))
    assert (leased(world, order_id), leased(world, failing)) == ([], [])


def test_lease_is_kept_while_the_execution_may_still_run(machine: Machine, world: World) -> None:
    from botocore.exceptions import ConnectionClosedError

    order_id = an_order(world)
    machine.endings = {order_id: raises(ConnectionClosedError(endpoint_url="https://states"))}
    assert drive(message(order_id)) == ["message-0"]
    assert len(leased(world, order_id)) == 1


def test_lease_of_a_crashed_driver_expires(machine: Machine, world: World) -> None:
    order_id = an_order(world)
    past = milliseconds() - 161_000
    Leases(world.table).take(order_id, "dead", now=past, until=past + 160_000, message_until=past + 900_000)
    assert drive(message(order_id), receives=2) == []


def test_sdk_retry_of_taking_a_lease_succeeds(world: World, calls: AwsCalls) -> None:
    from tests.support.aws_calls import sent_twice

    calls.next("UpdateItem", sent_twice)
    take(world, "order-0", seconds=100)


def test_expired_lease_is_not_released_for_its_new_holder(world: World) -> None:
    first = take(world, "order-0", seconds=-1, holder="first")
    take(world, "order-0", seconds=100, holder="second")
    Leases(world.table).give_back(first)
    assert len(leased(world, "order-0")) == 1


def test_order_is_not_driven_if_its_lease_cannot_be_taken(
    machine: Machine, world: World, calls: AwsCalls
) -> None:
    order_id = an_order(world)
    calls.next("UpdateItem", fails("InternalServerError"))
    assert drive(message(order_id)) == ["message-0"]
    assert (machine.started, len(back_offs(calls))) == ([], 1)


def test_message_is_acknowledged_even_if_its_lease_cannot_be_released(
    machine: Machine, world: World, calls: AwsCalls
) -> None:
    order_id = an_order(world)
    calls.next("DeleteItem", fails("InternalServerError"))
    assert drive(message(order_id)) == []
