"""Guarantee 4: drive_order parks an order with a fault of its own, and limits the concurrency."""

import pytest

from lambdas.events import drive_order
from ordering.domain.clock import ago, now
from ordering.domain.order import OrderFault, OrderId
from ordering.repositories.health import Health
from ordering.repositories.reconciliation import Reconciliation
from ordering.resilience.concurrency import Concurrency
from tests.handlers.events.driven_orders import AWAY, OWN, order_of, overwrite_order, some_orders
from tests.support.aws_calls import client_error
from tests.support.driving import Ending, Machine, drive, ends, message, raises
from tests.support.orders import an_order
from tests.support.world import World

# -- parking -----------------------------------------------------------------------------------------


def fail_in_row(machine: Machine, world: World, order_id: OrderId, ending: Ending, times: int) -> None:
    """Let an order fail several times within four hours."""
    machine.endings = {order_id: ending}
    overwrite_order(world, order_id, attempts=1)
    for _ in range(times):
        drive(message(order_id))
        fault = order_of(world, order_id).fault
        assert fault
        earlier = OrderFault(
            at=ago(minutes=1),
            cause=fault.cause,
            kind=fault.kind,
            provider=fault.provider,
            since=ago(hours=4),
            count=fault.count,
        )
        Reconciliation(world.table).note_fault(order_id, earlier, nudged_at=ago(minutes=1))


def others_end(world: World) -> None:
    """Record that another order has ended."""
    drive_order.process.begin()
    Health(world.table).note_failure(now())
    Health(world.table).note_end(now())


@pytest.mark.slow
@pytest.mark.parametrize(("ending", "times"), [(OWN, 7), (AWAY, 7)], ids=["its own", "a provider's"])
def test_no_order_is_parked_while_no_other_order_ends(
    machine: Machine, world: World, ending: Ending, times: int
) -> None:
    order_id = an_order(world)
    fail_in_row(machine, world, order_id, ending, times)
    assert order_of(world, order_id).parked_at is None


@pytest.mark.slow
def test_order_that_fails_while_others_end_is_parked(machine: Machine, world: World) -> None:
    order_id = an_order(world)
    for failures in range(1, 6):
        assert order_of(world, order_id).parked_at is None
        others_end(world)
        fail_in_row(machine, world, order_id, OWN, 1)
        fault = order_of(world, order_id).fault
        assert fault
        assert fault.count == failures
    assert order_of(world, order_id).parked_at
    assert [due.order_id for due in Reconciliation(world.table).parked(10)] == [order_id]


@pytest.mark.slow
def test_provider_fault_parks_an_order_only_after_a_longer_time(machine: Machine, world: World) -> None:
    order_id = an_order(world)
    for _ in range(7):
        others_end(world)
        fail_in_row(machine, world, order_id, AWAY, 1)
    assert order_of(world, order_id).parked_at is None


@pytest.mark.slow
def test_end_of_an_order_is_noted_only_while_others_fail(
    machine: Machine, world: World, health: Health
) -> None:
    first, failing, last = some_orders(world, 3)
    drive(message(first))
    assert health.read(now=0).ended_at is None
    machine.endings = {failing: OWN}
    drive(message(failing))
    drive_order.process.begin()
    drive(message(last))
    assert health.read(now=0).ended_at is not None


# -- concurrency -------------------------------------------------------------------------------------


def test_fewer_orders_are_driven_at_once_when_steps_time_out(machine: Machine, world: World) -> None:
    drive_order.process.concurrency = Concurrency(8)
    machine.endings = {"order-0": ends("TIMED_OUT")}
    drive(message("order-0"))
    assert drive_order.process.concurrency.limit == 4


def test_more_orders_are_driven_at_once_when_no_step_is_slow(machine: Machine) -> None:
    drive(*[message(f"order-{n}") for n in range(10)])
    assert drive_order.process.concurrency.limit == 10


def test_other_faults_leave_the_concurrency_limit_unchanged(machine: Machine, world: World) -> None:
    machine.endings = {"order-0": OWN}
    drive(message("order-0"))
    assert drive_order.process.concurrency.limit == 2


@pytest.mark.parametrize("code", ["ThrottlingException", "TooManyRequestsException"])
def test_throttled_start_lowers_the_concurrency_limit(machine: Machine, code: str) -> None:
    machine.endings = {"order-0": raises(client_error(code, "StartSyncExecution"))}
    drive(message("order-0"))
    assert drive_order.process.concurrency.limit == 1
