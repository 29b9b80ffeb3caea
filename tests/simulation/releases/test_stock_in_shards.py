"""A product whose stock this release has spread over shards, in the previous release: after a rollback.

The previous release does not know shards. It refuses what is held in them, and changes nothing.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from ordering.domain.order import OrderId
from ordering.repositories.keys import order_keys, product_keys
from tests.simulation.releases.mixture import EARLIER, LATER, ROLLBACK, Mixture, Mode, mixture
from tests.simulation.releases.release import Release
from tests.support import invariants
from tests.support.world import World

SKU = "MUG-RED"
UNITS, SHARDS, ORDERED = 8, 4, 7
# One call more than an order that is fulfilled takes.
CALLS = range(1, 16)
THIS = Mode(LATER)
PREVIOUS = Mode(EARLIER)


@pytest.fixture(scope="module")
def mixed(previous: Release, this: Release) -> Iterator[Mixture]:
    """A shop in which both releases are deployed."""
    with mixture(previous, this) as found:
        yield found


def in_shards(world: World) -> World:
    """Returns the shop with units of a product in shards."""
    return world.stocked(SKU, UNITS, shards=SHARDS)


def begin(mixed: Mixture, mode: Mode = THIS) -> World:
    """Begin in a mode, with a stock in shards."""
    mixed.begin(THIS)
    mixed.shop.begin("a stock in shards", in_shards)
    mixed.begin(mode)
    return mixed.shop.world


def stock(world: World) -> list[dict[str, Any]]:
    """Returns every shard."""
    return [item for item in world.items() if product_keys.is_stock(item)]


def order(world: World) -> dict[str, Any]:
    """Returns the only order."""
    (found,) = [item for item in world.items() if item["SK"] == order_keys.ORDER]
    return found


def available(world: World) -> int:
    """Returns the available units in all shards."""
    return sum(item.get("available", 0) for item in stock(world))


@pytest.mark.parametrize("step", ["release_stock", "complete_order", "reserve_stock", "load_order"])
def test_previous_release_refuses_units_that_are_held_in_shards(mixed: Mixture, step: str) -> None:
    """Guarantee 2. It would take them from the first shard, which holds those of other orders."""
    world = begin(mixed)
    mixed.shop.alice.place((SKU, ORDERED))
    order_id = OrderId(mixed.shop.alice.order_id)
    assert world.step("reserve_stock", order_id) == "RESERVED"
    before = world.items()
    mixed.begin(PREVIOUS)
    with pytest.raises(Exception, match="RESERVATION is not a valid Reservation"):
        world.step(step, order_id)
    assert world.items() == before


def test_previous_release_leaves_the_order_and_its_event_for_the_next_deployment(mixed: Mixture) -> None:
    """Guarantees 3 and 4. Nothing is charged, and the change that it cannot publish is parked."""
    world, shop = begin(mixed), mixed.shop
    shop.alice.place((SKU, ORDERED))
    assert world.step("reserve_stock", OrderId(shop.alice.order_id)) == "RESERVED"
    mixed.begin(PREVIOUS)
    shop.deliver_everything()
    assert (order(world)["status"], world.provider_records()) == ("PENDING", [])
    (parked,) = shop.parked_changes
    assert order_keys.RESERVATION in parked
    invariants.check(world, ended=False)
    mixed.begin(THIS)
    shop.run_to_the_end()
    assert (order(world)["status"], available(world)) == ("FULFILLED", UNITS - ORDERED)
    invariants.check(world)


@pytest.mark.parametrize("calls", CALLS)
def test_order_ends_after_a_rollback_and_the_next_deployment(mixed: Mixture, calls: int) -> None:
    """Guarantees 2, 3 and 4, wherever the rollback interrupts the order."""
    world = begin(mixed, Mode(ROLLBACK, calls))
    mixed.shop.alice.place((SKU, ORDERED))
    mixed.shop.deliver_everything()
    invariants.check(world, ended=False)
    mixed.begin(THIS)
    mixed.shop.run_to_the_end()
    invariants.check(world)
    if order(world)["status"] == "REJECTED":
        # The previous release has seen the first shard only.
        assert (order(world)["reason"], available(world)) == ("OUT_OF_STOCK", UNITS)
    else:
        assert (order(world)["status"], available(world)) == ("FULFILLED", UNITS - ORDERED)


def test_previous_release_sells_from_the_first_shard(mixed: Mixture) -> None:
    """Guarantee 2: both releases sell the same units, and none twice."""
    world = begin(mixed, PREVIOUS)
    outcomes = [world.step("reserve_stock", world.place_order((SKU, 1))) for _ in range(3)]
    mixed.begin(THIS)
    outcomes += [world.step("reserve_stock", world.place_order((SKU, 1))) for _ in range(7)]
    assert outcomes == [*["RESERVED"] * 2, "OUT_OF_STOCK", *["RESERVED"] * 6, "OUT_OF_STOCK"]
    invariants.check(world, ended=False)


def test_stock_that_the_previous_release_changes_stays_in_shards(mixed: Mixture) -> None:
    world = begin(mixed, PREVIOUS)
    world.stocked(SKU, 5, price=900)
    mixed.begin(THIS)
    read = world.api("get_product", "GET /products/{sku}", path={"sku": SKU}).body
    assert (read["available"], read["stockShards"], read["price"]["amount"]) == (UNITS + 5, SHARDS, 900)
    assert world.step("reserve_stock", world.place_order((SKU, UNITS + 5))) == "RESERVED"
    invariants.check(world, ended=False)
