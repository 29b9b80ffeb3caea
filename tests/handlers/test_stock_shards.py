"""A product's stock in shards. Guarantee 2: never oversold, and the last units are found where they are."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ordering.domain.order import OrderId
from ordering.domain.product import Sku
from ordering.domain.stock import Hold
from ordering.repositories.catalogue import Catalogue
from ordering.repositories.keys import product_keys
from tests.support import invariants
from tests.support.aws_calls import AwsCalls, before_it, contended
from tests.support.orders import COMPENSATION, cancel
from tests.support.refusals import fields_of, kind_of
from tests.support.world import HandlerResponse, World

SKU = Sku("MUG-RED")
PRODUCT = {"name": "Red mug", "price": {"amount": 1250, "currency": "EUR"}}
SHARDS = 4
PATHS = {
    "FULFILLED": ("authorise_payment", "confirm_order", "capture_payment", "book_shipment", "complete_order"),
    "CANCELLED": COMPENSATION,
}


def put(world: World, shards: int | None = SHARDS, **more: Any) -> HandlerResponse:
    """Create or update the product with so many shards."""
    there = world.api("get_product", "GET /products/{sku}", path={"sku": SKU})
    headers = {"If-Match": there.headers["etag"]} if there.status == 200 else {}
    body = PRODUCT | ({} if shards is None else {"stockShards": shards}) | more
    return world.api("put_product", "PUT /products/{sku}", body, path={"sku": SKU}, headers=headers)


def enter(world: World, key: str, **body: Any) -> HandlerResponse:
    """Receive or adjust units."""
    route = "POST /products/{sku}/stock"
    headers = {"Idempotency-Key": key}
    return world.api("receive_stock", route, body, path={"sku": SKU}, headers=headers)


def in_shards(world: World, units: int, shards: int = SHARDS) -> World:
    """Returns the shop with units of a product in shards."""
    put(world, shards)
    enter(world, "delivery", received=units)
    return world


def figures(world: World) -> tuple[int, int, int]:
    """Returns the available, held and shipped units in all shards."""
    stock = Catalogue(world.table).stock(SKU)
    return stock.available, stock.held, stock.shipped


def available(world: World) -> list[int]:
    """Returns the available units of each shard that exists."""
    items = sorted(
        (item for item in world.items() if product_keys.is_stock(item)), key=lambda item: item["SK"]
    )
    return [item.get("available", 0) for item in items]


def reserve(world: World, units: int = 1) -> tuple[OrderId, str]:
    """Place an order, and reserve its units."""
    order_id = world.place_order((SKU, units))
    return order_id, world.step("reserve_stock", order_id)


def held_in(world: World, order_id: OrderId) -> list[Hold]:
    """Returns where the units of an order are held."""
    reservation = world.details(order_id).reservation
    assert reservation
    return list(reservation.lines)


def check(world: World) -> None:
    """Check the guarantees, whatever is still open."""
    invariants.check(world, ended=False)


# -- the setting ---------------------------------------------------------------------------------------


def test_product_has_one_shard_unless_it_says_more(world: World) -> None:
    created = put(world, None)
    assert "stockShards" not in created.body
    enter(world, "delivery", received=5)
    (item,) = [item for item in world.items() if product_keys.is_stock(item)]
    assert (item["SK"], "shards" in item, "spread" in item) == ("STOCK", False, False)


def test_response_shows_the_shards_of_a_product(world: World) -> None:
    assert put(world).body["stockShards"] == SHARDS


@pytest.mark.parametrize("shards", [0, -1, 17, 1.5, "4", True])
def test_number_of_shards_is_bounded(world: World, shards: Any) -> None:
    refused = put(world, shards)
    assert (refused.status, fields_of(refused), world.items()) == (422, ["stockShards"], [])


def test_threshold_of_low_stock_is_refused_for_a_stock_in_shards(world: World) -> None:
    refused = put(world, SHARDS, lowStockAt=5)
    assert (refused.status, fields_of(refused), world.items()) == (422, ["lowStockAt"], [])


def test_threshold_waits_until_all_units_are_in_one_item(world: World) -> None:
    """StockLow is decided by one item, so its threshold is refused while orders hold units in another one."""
    in_shards(world, 8)
    order_id, _ = reserve(world, 7)
    put(world, 1)
    refused = put(world, 1, lowStockAt=5)
    assert (refused.status, fields_of(refused)) == (422, ["lowStockAt"])
    cancel(world, order_id)
    for step in COMPENSATION:
        world.step(step, order_id)
    put(world, 1)
    assert put(world, 1, lowStockAt=5).status == 200
    check(world)


# -- totals --------------------------------------------------------------------------------------------


def test_received_units_are_spread_evenly(world: World) -> None:
    assert available(in_shards(world, 10)) == [3, 3, 2, 2]


def test_every_read_has_the_total(world: World) -> None:
    in_shards(world, 10)
    reserve(world, 3)
    read = world.api("get_product", "GET /products/{sku}", path={"sku": SKU}).body
    (listed,) = world.api("list_products", "GET /products").body["products"]
    ledger = world.api("list_stock_entries", "GET /products/{sku}/stock", path={"sku": SKU}).body
    assert (read["available"], listed["available"], ledger["stock"]["available"]) == (7, 7, 7)
    assert ledger["stock"]["held"] == 3
    check(world)


def test_receipt_counts_once_for_each_key(world: World) -> None:
    in_shards(world, 10)
    assert enter(world, "delivery", received=10).body["received"] == 10


# -- orders --------------------------------------------------------------------------------------------


def test_orders_are_spread_over_the_shards(world: World) -> None:
    in_shards(world, 40)
    used = {hold.shard for _ in range(12) for hold in held_in(world, reserve(world)[0])}
    assert len(used) > 1
    check(world)


@pytest.mark.parametrize("units", [1, 2, 3])
def test_every_unit_is_sold_and_none_twice(world: World, units: int) -> None:
    in_shards(world, 9)
    outcomes = [reserve(world, units)[1] for _ in range(9 // units + 2)]
    assert outcomes == ["RESERVED"] * (9 // units) + ["OUT_OF_STOCK"] * 2
    assert figures(world) == (9 % units, 9 - 9 % units, 0)
    check(world)


def test_order_larger_than_a_shard_is_held_in_several(world: World) -> None:
    in_shards(world, 8)
    order_id, outcome = reserve(world, 7)
    assert (outcome, sum(hold.units for hold in held_in(world, order_id))) == ("RESERVED", 7)
    assert len(held_in(world, order_id)) == SHARDS
    check(world)


def test_order_for_more_than_all_shards_have_is_out_of_stock(world: World) -> None:
    in_shards(world, 8)
    before = [item for item in world.items() if product_keys.is_stock(item)]
    assert reserve(world, 9)[1] == "OUT_OF_STOCK"
    assert [item for item in world.items() if product_keys.is_stock(item)] == before


def test_released_units_return_to_their_shards(world: World) -> None:
    in_shards(world, 8)
    before = available(world)
    order_id, _ = reserve(world, 7)
    cancel(world, order_id)
    for step in COMPENSATION:
        world.step(step, order_id)
    assert (available(world), figures(world)) == (before, (8, 0, 0))
    invariants.check(world)


def test_fulfilled_order_ships_its_units(world: World) -> None:
    in_shards(world, 8)
    order_id, _ = reserve(world, 7)
    for step in PATHS["FULFILLED"]:
        world.step(step, order_id)
    assert figures(world) == (1, 0, 7)
    invariants.check(world)


def test_units_taken_while_an_order_searches_are_not_sold_again(world: World, calls: AwsCalls) -> None:
    """Another order takes the last unit between the search and the second attempt."""
    in_shards(world, 1)
    first = world.place_order((SKU, 1))
    other = world.place_order((SKU, 1))

    def rival() -> None:
        world.step("reserve_stock", other)

    calls.next("TransactWriteItems", before_it(rival))
    assert world.step("reserve_stock", first) == "OUT_OF_STOCK"
    assert figures(world) == (0, 1, 0)
    check(world)


# -- adjustments ---------------------------------------------------------------------------------------


def test_write_off_takes_units_from_several_shards(world: World) -> None:
    in_shards(world, 10)
    body = enter(world, "count", adjusted=-9, reason="lost").body
    assert (body["available"], body["adjusted"], sum(available(world))) == (1, -9, 1)
    check(world)


def test_write_off_never_takes_what_orders_hold(world: World) -> None:
    in_shards(world, 10)
    reserve(world, 4)
    refused = enter(world, "count", adjusted=-7, reason="lost")
    assert (refused.status, kind_of(refused)) == (409, "not-enough-stock")
    assert (refused.body["available"], refused.body["held"]) == (6, 4)
    assert enter(world, "count", adjusted=-6, reason="lost").body["available"] == 0
    check(world)


# -- another number of shards while orders run -----------------------------------------------------------


@pytest.mark.parametrize(("before", "after"), [(1, 4), (4, 1), (4, 2), (2, 4), (16, 1)])
def test_available_units_are_spread_anew(world: World, before: int, after: int) -> None:
    in_shards(world, 12, before)
    order_id, _ = reserve(world, 4)
    assert put(world, after).status == 200
    assert sum(available(world)[:after]) == sum(available(world)) == 8
    cancel(world, order_id)
    for step in COMPENSATION:
        world.step(step, order_id)
    assert figures(world) == (12, 0, 0)
    outcomes = [reserve(world)[1] for _ in range(13)]
    assert outcomes == ["RESERVED"] * 12 + ["OUT_OF_STOCK"]
    check(world)


def test_order_that_was_placed_before_finds_the_units(world: World) -> None:
    in_shards(world, 4, 1)
    order_id = world.place_order((SKU, 4))
    put(world, 16)
    assert world.step("reserve_stock", order_id) == "RESERVED"
    check(world)


def test_product_is_not_removed_while_a_shard_holds_units(world: World) -> None:
    in_shards(world, 8)
    order_id, _ = reserve(world, 1)
    there = world.api("get_product", "GET /products/{sku}", path={"sku": SKU})
    headers = {"If-Match": there.headers["etag"]}
    remove = ("delete_product", "DELETE /products/{sku}")
    assert world.api(*remove, path={"sku": SKU}, headers=headers).status == 409
    cancel(world, order_id)
    for step in COMPENSATION:
        world.step(step, order_id)
    assert world.api(*remove, path={"sku": SKU}, headers=headers).status == 204


@pytest.mark.parametrize(("before", "after"), [(1, 4), (4, 1)])
@pytest.mark.parametrize("place", range(1, 8))
@pytest.mark.parametrize("when", ["before", "after"])
def test_change_of_the_number_that_dies_at_any_call_keeps_every_unit(
    world: World, calls: AwsCalls, before: int, after: int, place: int, when: str
) -> None:
    """Orders find the units wherever they are, and the next request spreads them."""
    in_shards(world, 12, before)
    order_id, _ = reserve(world, 4)

    def dies(parameters: Any, send: Any) -> Any:
        if when == "after":
            send()
        raise KeyboardInterrupt

    there = world.api("get_product", "GET /products/{sku}", path={"sku": SKU})
    calls.at(place, dies)
    body, headers = PRODUCT | {"stockShards": after}, {"If-Match": there.headers["etag"]}
    with suppress(KeyboardInterrupt):
        world.api("put_product", "PUT /products/{sku}", body, path={"sku": SKU}, headers=headers)
    calls.fired()
    check(world)
    assert figures(world) == (8, 4, 0)
    assert [reserve(world, 5)[1], reserve(world, 4)[1]] == ["RESERVED", "OUT_OF_STOCK"]
    assert put(world, after).status == 200
    assert (available(world) + [0] * 4)[:4] == ([1, 1, 1, 0] if after == 4 else [3, 0, 0, 0])
    cancel(world, order_id)
    for step in COMPENSATION:
        world.step(step, order_id)
    assert figures(world) == (7, 5, 0)
    check(world)


@pytest.mark.parametrize(("before", "after"), [(1, 4), (4, 1)])
@pytest.mark.parametrize("place", range(1, 8))
def test_number_may_change_before_any_call_of_a_reservation(
    world: World, calls: AwsCalls, before: int, after: int, place: int
) -> None:
    in_shards(world, 12, before)
    order_id = world.place_order((SKU, 10))
    calls.at(place, before_it(lambda: put(world, after)))
    assert world.step("reserve_stock", order_id) == "RESERVED"
    calls.fired()
    assert figures(world) == (2, 10, 0)
    check(world)


@pytest.mark.parametrize("end", PATHS)
@pytest.mark.parametrize(("before", "after"), [(1, 4), (4, 1)])
def test_number_may_change_between_a_reservation_and_the_end(
    world: World, before: int, after: int, end: str
) -> None:
    in_shards(world, 12, before)
    order_id, _ = reserve(world, 10)
    if end == "CANCELLED":
        cancel(world, order_id)
    for step in PATHS[end]:
        put(world, after)
        world.step(step, order_id)
        put(world, before)
    assert world.details(order_id).order.status == end
    assert figures(world) == ((2, 0, 10) if end == "FULFILLED" else (12, 0, 0))
    invariants.check(world)


def test_a_busy_stock_is_spread_by_the_next_request(world: World, calls: AwsCalls) -> None:
    in_shards(world, 8, 1)
    there = world.api("get_product", "GET /products/{sku}", path={"sku": SKU})
    headers = {"If-Match": there.headers["etag"]}
    calls.next("TransactWriteItems", lambda parameters, send: send())
    # Five times it reads the shards, and tries five times to write them.
    calls.next("TransactWriteItems", contended, times=25)
    body = PRODUCT | {"stockShards": SHARDS}
    changed = world.api("put_product", "PUT /products/{sku}", body, path={"sku": SKU}, headers=headers)
    assert (changed.status, available(world), sum(calls.slept) < 2) == (200, [8], True)
    put(world)
    assert available(world) == [2] * SHARDS


def test_number_of_shards_survives_the_product(world: World) -> None:
    """A SKU that is created again has the stock that it had, and says over how many shards it is spread."""
    in_shards(world, 8)
    there = world.api("get_product", "GET /products/{sku}", path={"sku": SKU})
    headers = {"If-Match": there.headers["etag"]}
    world.api("delete_product", "DELETE /products/{sku}", path={"sku": SKU}, headers=headers)
    created = put(world)
    assert (created.status, created.body["stockShards"], available(world)) == (201, SHARDS, [2] * SHARDS)
    assert world.api("get_product", "GET /products/{sku}", path={"sku": SKU}).body["stockShards"] == SHARDS


def test_late_request_never_lowers_the_number_of_shards(world: World, calls: AwsCalls) -> None:
    """Units of a shard that its stock does not count any more would be lost."""

    def rival() -> None:
        in_shards(world, 8)
        there = world.api("get_product", "GET /products/{sku}", path={"sku": SKU})
        headers = {"If-Match": there.headers["etag"]}
        world.api("delete_product", "DELETE /products/{sku}", path={"sku": SKU}, headers=headers)

    calls.next("TransactWriteItems", before_it(rival))
    assert (put(world, 2).status, figures(world)) == (503, (8, 0, 0))
    assert (put(world, 2).status, available(world)) == (201, [4, 4, 0, 0])
    check(world)


@pytest.mark.slow
def test_order_of_fifty_products_in_shards_fits_a_transaction(world: World, calls: AwsCalls) -> None:
    """DynamoDB takes 100 actions in a transaction, and the last units of each product lie in two shards."""
    skus = [f"MUG-{number}" for number in range(50)]
    for sku in skus:
        world.stocked(sku, 2, shards=2)
    order_id = world.place_order(*((sku, 2) for sku in skus))
    assert world.step("reserve_stock", order_id) == "RESERVED"
    assert sum(hold.units for hold in held_in(world, order_id)) == 100
    for step in PATHS["FULFILLED"]:
        world.step(step, order_id)
    assert max(len(each["TransactItems"]) for each in calls.made("TransactWriteItems")) <= 100
    invariants.check(world)


def test_list_reads_the_shards_of_all_products_at_once(world: World, calls: AwsCalls) -> None:
    for number in range(5):
        world.stocked(f"MUG-{number}", 10, shards=SHARDS)
    before = len(calls.made("BatchGetItem"))
    listed = world.api("list_products", "GET /products").body["products"]
    assert [each["available"] for each in listed] == [10] * 5
    # The first shards, the others, and the images.
    assert len(calls.made("BatchGetItem")) - before == 3


ACTIONS = st.one_of(
    st.tuples(st.just("receive"), st.integers(1, 9)),
    st.tuples(st.just("write off"), st.integers(1, 9)),
    st.tuples(st.just("order"), st.integers(1, 6)),
    st.tuples(st.just("cancel"), st.integers(0, 5)),
    st.tuples(st.just("shards"), st.integers(1, 5)),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ACTIONS, max_size=12))
def test_any_sequence_keeps_the_totals_exact(world: World, actions: list[tuple[str, int]]) -> None:
    for item in world.items():
        world.table.delete({"PK": item["PK"], "SK": item["SK"]})
    put(world, 1)
    units, held, orders = 0, 0, []
    for number, (action, amount) in enumerate(actions):
        match action:
            case "receive":
                enter(world, f"key-{number}", received=amount)
                units += amount
            case "write off":
                done = enter(world, f"key-{number}", adjusted=-amount, reason="lost").status == 200
                assert done is (units >= amount)
                units -= amount if done else 0
            case "order":
                order_id, outcome = reserve(world, amount)
                assert (outcome == "RESERVED") is (units >= amount)
                if outcome == "RESERVED":
                    orders.append((order_id, amount))
                    units, held = units - amount, held + amount
            case "cancel" if orders:
                order_id, amount = orders.pop(amount % len(orders))
                cancel(world, order_id)
                for step in COMPENSATION:
                    world.step(step, order_id)
                units, held = units + amount, held - amount
            case "shards":
                assert put(world, amount).status == 200
        assert figures(world)[:2] == (units, held)
        check(world)
