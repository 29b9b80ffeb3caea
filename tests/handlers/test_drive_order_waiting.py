"""Drive order: one driver for an order, orders that wait for a provider, and orders that are parked.

Guarantee 4: an order ends by itself however long a fault lasts that is not its own.
"""

import json
from typing import Any

import pytest

from lambdas.events import drive_order
from ordering.domain.clock import ago, milliseconds, now
from ordering.domain.order import Order, OrderFault, OrderId
from ordering.repositories.health import Health
from ordering.repositories.leases import Held, Lease, Leases
from ordering.repositories.reconciliation import Reconciliation
from ordering.resilience import circuit
from ordering.resilience.circuit import Circuit, CircuitState
from ordering.resilience.concurrency import Concurrency
from ordering.resilience.pacing import LAST_ATTEMPT, LAST_RECEIVE
from tests.support.aws_calls import AwsCalls, client_error, fails
from tests.support.driving import Ending, Machine, back_offs, drive, ends, message, raises
from tests.support.orders import an_order, overwrite
from tests.support.world import World


def order_of(world: World, order_id: OrderId) -> Order:
    return world.details(order_id).order


def lambda_error(name: str, said: str) -> Ending:
    """An execution that a step's exception has failed, as Lambda and Step Functions write it."""
    cause = json.dumps({"errorMessage": said, "errorType": name, "stackTrace": []})
    return ends("FAILED", error=name, cause=cause)


AWAY = lambda_error("GatewayUnavailable", "payments: no answer")
OWN = lambda_error("KeyError", "'lines'")
PLATFORM = lambda_error(
    "ClientError", "An error occurred (ThrottlingException) when calling the Query operation"
)


def some_orders(world: World, count: int) -> list[OrderId]:
    """Orders that were placed just now."""
    world.stocked(units=100)
    return [world.place_order() for _ in range(count)]


def leased(world: World, order_id: str) -> list[dict[str, Any]]:
    return [item for item in world.items() if item["PK"] == f"LEASE#{order_id}"]


# -- one driver for an order -----------------------------------------------------------------------------


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
    """Placed and cancelled at once: two executions of one order would only get in each other's way."""
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


# -- the message's last attempt --------------------------------------------------------------------------


def test_order_whose_last_attempt_fails_is_left_to_the_sweep(machine: Machine, world: World) -> None:
    order_id = an_order(world)
    machine.endings = {order_id: PLATFORM}
    assert drive(message(order_id), receives=LAST_ATTEMPT - 1) == ["message-0"]
    assert drive(message(order_id), receives=LAST_ATTEMPT) == []


@pytest.mark.parametrize("receives", [LAST_ATTEMPT + 1, LAST_RECEIVE])
def test_message_does_not_drive_its_order_after_the_last_attempt(
    machine: Machine, world: World, receives: int
) -> None:
    """Whoever drove it died, perhaps of it: two receives are left to hand it over in."""
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


def overwrite_order(world: World, order_id: OrderId, **values: object) -> None:
    from ordering.repositories import keys

    overwrite(world, keys.order(order_id), **values)


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


# -- a provider that is away -----------------------------------------------------------------------------


@pytest.fixture
def health(world: World) -> Health:
    return Health(world.table)


def circuit_of(health: Health) -> Circuit:
    return health.read(now=milliseconds()).circuits["payments"]


def opened(health: Health, *, probe_in: int = 60) -> None:
    """Let the payment provider be away."""
    at = milliseconds()
    health.change(
        "payments",
        lambda before: Circuit(
            of="payments",
            state=CircuitState.OPEN,
            changed_at=at,
            probe_at=at + probe_in * 1000,
            away_since=at,
        ),
    )
    drive_order.process.begin()


def test_five_orders_that_fail_at_a_provider_open_its_circuit(
    machine: Machine, world: World, health: Health
) -> None:
    ids = some_orders(world, circuit.FAILURES_TO_OPEN["payments"])
    machine.endings = dict.fromkeys(ids, AWAY)
    for order_id in ids[:-1]:
        drive(message(order_id))
    assert circuit_of(health).state is CircuitState.CLOSED
    # Whoever meets the open circuit is left to the sweep.
    assert drive(message(ids[-1])) == []
    assert circuit_of(health).state is CircuitState.OPEN


def test_one_order_that_keeps_failing_opens_no_circuit(
    machine: Machine, world: World, health: Health
) -> None:
    order_id = an_order(world)
    machine.endings = {order_id: AWAY}
    for receives in range(1, LAST_ATTEMPT):
        drive(message(order_id), receives=receives)
    assert circuit_of(health).state is CircuitState.CLOSED


@pytest.mark.parametrize("ending", [OWN, PLATFORM], ids=["its own", "the platform's"])
def test_orders_wait_for_any_fault_while_no_order_succeeds(
    machine: Machine, world: World, health: Health, ending: Ending
) -> None:
    ids = some_orders(world, circuit.FAILURES_TO_OPEN["platform"])
    machine.endings = dict.fromkeys(ids, ending)
    for order_id in ids[:-1]:
        drive(message(order_id))
        # Time-outs would let a driver do less, and here each is to be driven.
        drive_order.process.begin()
    assert health.read(now=milliseconds()).away is None
    drive(message(ids[-1]))
    assert health.read(now=milliseconds()).away == "platform"
    drive_order.process.begin()
    begun, another = len(machine.started), some_orders(world, 1)[0]
    assert drive(message(another)) == []
    assert (len(machine.started), order_of(world, another).waits_for) == (begun, None)


def test_orders_wait_and_keep_no_message_while_a_provider_is_down(
    machine: Machine, world: World, health: Health, calls: AwsCalls
) -> None:
    opened(health)
    ids = some_orders(world, 3)
    assert drive(*map(message, ids)) == []
    assert (machine.started, back_offs(calls)) == ([], [])
    assert {order_of(world, order_id).waits_for for order_id in ids} == {"payments"}


def test_customer_can_read_what_their_order_waits_for(machine: Machine, world: World, health: Health) -> None:
    order_id = world.stocked().place_order()

    def read() -> Any:
        return world.api("get_order", "GET /orders/{orderId}", path={"orderId": order_id}).body

    assert "waitingFor" not in read()
    opened(health)
    drive(message(order_id))
    assert read()["waitingFor"] == "PAYMENT_PROVIDER"
    # It has moved since: the note is of the past.
    overwrite_order(world, order_id, updatedAt=now())
    assert "waitingFor" not in read()


def test_waiting_order_is_noted_once(machine: Machine, world: World, health: Health) -> None:
    opened(health)
    order_id = an_order(world)
    drive(message(order_id))
    first = order_of(world, order_id).fault
    drive(message(order_id))
    assert order_of(world, order_id).fault == first


def test_one_waiting_order_is_the_probe(machine: Machine, world: World, health: Health) -> None:
    opened(health, probe_in=-1)
    ids = some_orders(world, 3)
    machine.endings = dict.fromkeys(ids, AWAY)
    # One after the other: moto does not keep two writes apart that come at once.
    drive_order.process.concurrency = Concurrency(1, growing=False)
    drive(*map(message, ids))
    assert len(machine.started) == 1
    assert circuit_of(health).failures == 1


def test_successful_probe_lets_the_other_orders_continue(
    machine: Machine, world: World, health: Health
) -> None:
    opened(health, probe_in=-1)
    ids = some_orders(world, 3)
    drive(message(ids[0]))
    assert circuit_of(health).state is CircuitState.HALF_OPEN
    drive_order.process.begin()
    drive(*map(message, ids[1:]))
    assert len(machine.started) == 3


def test_order_is_driven_if_the_circuits_cannot_be_read(
    machine: Machine, world: World, calls: AwsCalls
) -> None:
    calls.next("Query", fails("InternalServerError"))
    assert drive(message(an_order(world))) == []
    assert len(machine.started) == 1


def test_message_is_acknowledged_even_if_the_circuit_cannot_be_changed(
    machine: Machine, world: World, calls: AwsCalls
) -> None:
    order_id = an_order(world)
    machine.endings = {order_id: AWAY}
    calls.next("GetItem", fails("InternalServerError"))
    assert drive(message(order_id)) == ["message-0"]


def test_concurrent_failures_are_both_counted_in_the_circuit(health: Health, calls: AwsCalls) -> None:
    """Two drivers note a failure at once: the second reads again, and both count."""

    def rival() -> None:
        health.change("payments", lambda before: circuit.failed(before, "rival", milliseconds(), 0))

    from tests.support.aws_calls import and_then

    calls.next("GetItem", and_then(rival))
    health.change("payments", lambda before: circuit.failed(before, "ours", milliseconds(), 0))
    assert circuit_of(health).failures == 2


# -- what is the order's own -------------------------------------------------------------------------------


def fail_in_row(machine: Machine, world: World, order_id: OrderId, ending: Ending, times: int) -> None:
    """Let an order fail again and again, with four hours between the first and the last."""
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
    """Another order comes to its end, and that is noted."""
    drive_order.process.begin()
    Health(world.table).note_failure(now())
    Health(world.table).note_end(now())


@pytest.mark.parametrize(("ending", "times"), [(OWN, 7), (AWAY, 7)], ids=["its own", "a provider's"])
def test_no_order_is_parked_while_no_other_order_ends(
    machine: Machine, world: World, ending: Ending, times: int
) -> None:
    order_id = an_order(world)
    fail_in_row(machine, world, order_id, ending, times)
    assert order_of(world, order_id).parked_at is None


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


def test_provider_fault_parks_an_order_only_after_a_longer_time(machine: Machine, world: World) -> None:
    order_id = an_order(world)
    for _ in range(7):
        others_end(world)
        fail_in_row(machine, world, order_id, AWAY, 1)
    assert order_of(world, order_id).parked_at is None


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


# -- how much at once ----------------------------------------------------------------------------------------


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
