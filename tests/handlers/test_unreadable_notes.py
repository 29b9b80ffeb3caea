"""Leases, circuits and the times of progress are only hints: unreadable ones are replaced."""

import pytest

from ordering.domain.clock import milliseconds, now
from ordering.domain.order import OrderId
from ordering.repositories.health import Health
from ordering.repositories.keys import driving_keys
from ordering.repositories.leases import Held, Lease, Leases
from ordering.repositories.orders import Orders
from ordering.resilience import circuit
from ordering.resilience.circuit import PAYMENTS
from tests.handlers.spoiling import spoil
from tests.handlers.unreadable import EACH_TYPE
from tests.support.attributes import Attribute
from tests.support.world import World

pytestmark = pytest.mark.usefixtures("cursor_secret")

_TERMS = {"now": 1_000, "until": 2_000, "message_until": 3_000}


@pytest.mark.parametrize("attribute", EACH_TYPE, ids=lambda each: next(iter(each)))
@pytest.mark.parametrize("name", ["holder", "heldUntil", "messageUntil", "version"])
def test_unreadable_lease_is_replaced(world: World, name: str, attribute: Attribute) -> None:
    leases = Leases(world.table)
    leases.take("1", "dead", **_TERMS)
    spoil(driving_keys.lease("1"), **{name: attribute})
    taken = leases.take("1", "alive", **(_TERMS | {"now": 10_000, "until": 20_000}))
    assert isinstance(taken, Lease)
    assert leases.in_flight(["1", "2"], now=0) == {"1"}
    assert isinstance(leases.take("1", "late", **(_TERMS | {"now": 11_000})), Held)


@pytest.mark.parametrize("attribute", EACH_TYPE, ids=lambda each: next(iter(each)))
@pytest.mark.parametrize("name", ["circuit", "version"])
def test_unreadable_circuit_counts_as_closed_and_is_replaced(
    world: World, name: str, attribute: Attribute
) -> None:
    health = Health(world.table)

    def fails(number: int) -> None:
        health.change(PAYMENTS, lambda before: circuit.failed(before, f"{number}", milliseconds(), 0.5))

    fails(0)
    spoil(driving_keys.circuit(PAYMENTS), **{name: attribute})
    assert health.read(now=milliseconds()).unavailable is None
    for number in range(1, 9):
        fails(number)
    assert health.read(now=milliseconds()).unavailable == PAYMENTS


@pytest.mark.slow
@pytest.mark.parametrize("attribute", EACH_TYPE, ids=lambda each: next(iter(each)))
@pytest.mark.parametrize("name", ["failedAt", "endedAt", "version"])
def test_unreadable_progress_counts_as_none_and_is_replaced(
    world: World, name: str, attribute: Attribute
) -> None:
    health = Health(world.table)
    health.note_end(now())
    spoil(driving_keys.progress(), **{name: attribute})
    readings = health.read(now=milliseconds())
    assert all(at is None or isinstance(at, str) for at in (readings.failed_at, readings.ended_at))
    health.note_end(at := now())
    health.note_failure(at)
    Orders(world.table).find(OrderId("none"))
