"""DELETE /products/{sku}: refused while stock is held, and does not affect orders that were placed."""

import pytest

from tests.support.aws_calls import AwsCalls, and_then
from tests.support.orders import WAYS, an_order, cancel_to_the_end, follow
from tests.support.refusals import kind_of
from tests.support.world import HandlerResponse, World, order_body


def tag(world: World, sku: str = "MUG-RED") -> str:
    etag: str = world.api("get_product", "GET /products/{sku}", path={"sku": sku}).headers["etag"]
    return etag


def remove(world: World, if_match: str | None, sku: str = "MUG-RED") -> HandlerResponse:
    headers = {"If-Match": if_match} if if_match else {}
    return world.api("delete_product", "DELETE /products/{sku}", path={"sku": sku}, headers=headers)


def kinds(world: World) -> set[str]:
    return {item["SK"].partition("#")[0] for item in world.items()}


def test_product_without_held_stock_is_removed(world: World) -> None:
    answer = remove(world.stocked(), tag(world))
    assert (answer.status, answer.body) == (204, None)
    assert world.api("get_product", "GET /products/{sku}", path={"sku": "MUG-RED"}).status == 404
    assert world.api("list_products", "GET /products").body["products"] == []


def test_unknown_product_cannot_be_removed(world: World) -> None:
    assert kind_of(remove(world, '"any"')) == "product-not-found"


def test_removal_needs_the_version_it_removes(world: World) -> None:
    world.stocked()
    blind, stale = remove(world, None), remove(world, '"of-another-time"')
    assert (blind.status, kind_of(blind)) == (428, "precondition-required")
    assert (stale.status, kind_of(stale)) == (412, "precondition-failed")
    assert "PRODUCT" in kinds(world)


@pytest.mark.parametrize("point", [point for point in WAYS if point not in ("placed", "fulfilled")])
def test_product_with_held_stock_is_not_removed(world: World, point: str) -> None:
    an_order(world, point)
    items = world.items()
    answer = remove(world, tag(world))
    assert (answer.status, kind_of(answer)) == (409, "stock-is-held")
    assert answer.body["detail"] == "Open orders hold 2 of its units; try again later."
    assert world.items() == items


def test_product_with_released_stock_is_removed(world: World) -> None:
    cancel_to_the_end(world, an_order(world, "confirmed"))
    assert remove(world, tag(world)).status == 204


def test_product_whose_stock_is_reserved_concurrently_is_not_removed(world: World, calls: AwsCalls) -> None:
    order_id = an_order(world)
    present = tag(world)
    calls.next("BatchGetItem", and_then(lambda: follow(world, order_id, "reserve_stock")))
    assert kind_of(remove(world, present)) == "stock-is-held"
    assert "PRODUCT" in kinds(world)


def test_product_changed_concurrently_is_not_removed(world: World, calls: AwsCalls) -> None:
    present = tag(world.stocked())
    calls.next("BatchGetItem", and_then(lambda: world.stocked(units=0, price=99)))
    assert remove(world, present).status == 412
    assert "PRODUCT" in kinds(world)


def test_stock_of_a_removed_product_stays_in_the_ledger(world: World) -> None:
    """The units are kept when the product is deleted: the same SKU has them when it is created again."""
    remove(world.stocked(units=10), tag(world))
    assert {"STOCK", "RECEIPT"} <= kinds(world)
    back = world.stocked(units=0).api("get_product", "GET /products/{sku}", path={"sku": "MUG-RED"})
    assert back.body["available"] == 10


def test_order_placed_before_a_removal_is_fulfilled(world: World) -> None:
    order_id = an_order(world)
    assert remove(world, tag(world)).status == 204
    steps = (*WAYS["booked"], "complete_order")
    assert follow(world, order_id, *steps)[-1] == "FULFILLED"


def test_removed_product_cannot_be_ordered(world: World) -> None:
    remove(world.stocked(), tag(world))
    answer = world.place(order_body())
    assert (answer.status, kind_of(answer)) == (422, "unknown-sku")


def test_tag_from_before_a_removal_changes_nothing_after_it(world: World) -> None:
    old = tag(world.stocked())
    remove(world, old)
    world.stocked(units=0)
    assert tag(world) != old
    assert remove(world, old).status == 412
