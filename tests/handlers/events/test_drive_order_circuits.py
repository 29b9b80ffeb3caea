"""Guarantee 4: orders wait, without using up their messages, while a provider is down."""

from typing import Any

import pytest

from lambdas.events import drive_order
from ordering.domain.clock import milliseconds, now
from ordering.repositories.health import Health
from ordering.resilience import circuit
from ordering.resilience.circuit import Circuit, CircuitState
from ordering.resilience.concurrency import Concurrency
from ordering.resilience.pacing import LAST_ATTEMPT
from tests.handlers.events.driven_orders import AWAY, OWN, PLATFORM, order_of, overwrite_order, some_orders
from tests.support.aws_calls import AwsCalls, fails
from tests.support.driving import Ending, Machine, back_offs, drive, message
from tests.support.orders import an_order
from tests.support.world import World


def circuit_of(health: Health) -> Circuit:
    return health.read(now=milliseconds()).circuits["payments"]


def opened(health: Health, *, probe_in: int = 60) -> None:
    """Open the circuit of the payment provider."""
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


@pytest.mark.slow
def test_five_orders_that_fail_at_a_provider_open_its_circuit(
    machine: Machine, world: World, health: Health
) -> None:
    ids = some_orders(world, circuit.FAILURES_TO_OPEN["payments"])
    machine.endings = dict.fromkeys(ids, AWAY)
    for order_id in ids[:-1]:
        drive(message(order_id))
    assert circuit_of(health).state is CircuitState.CLOSED
    # An order that finds the circuit open is left to the sweep.
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


@pytest.mark.slow
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
    assert health.read(now=milliseconds()).unavailable is None
    drive(message(ids[-1]))
    assert health.read(now=milliseconds()).unavailable == "platform"
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
    # The order changed after the note, so the note no longer applies.
    overwrite_order(world, order_id, updatedAt=now())
    assert "waitingFor" not in read()


def test_waiting_order_is_noted_once(machine: Machine, world: World, health: Health) -> None:
    opened(health)
    order_id = an_order(world)
    drive(message(order_id))
    first = order_of(world, order_id).fault
    drive(message(order_id))
    assert order_of(world, order_id).fault == first


@pytest.mark.slow
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
    """Two drivers record a failure at the same time: the second reads again, and both are counted."""

    def rival() -> None:
        health.change("payments", lambda before: circuit.failed(before, "rival", milliseconds(), 0))

    from tests.support.aws_calls import and_then

    calls.next("GetItem", and_then(rival))
    health.change("payments", lambda before: circuit.failed(before, "ours", milliseconds(), 0))
    assert circuit_of(health).failures == 2
