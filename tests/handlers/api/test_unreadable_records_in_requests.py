"""An unreadable record is reported by the problem `unreadable-record`; lists name it, and show the others."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ordering.domain.order import OrderId
from ordering.domain.product import Sku
from ordering.repositories.keys import customer_keys, order_keys, product_keys
from ordering.repositories.removals import Removals
from tests.handlers.spoiling import spoil
from tests.handlers.unreadable import ALICE, EACH_TYPE, UNREADABLE, counted, outcome
from tests.support.attributes import Attribute
from tests.support.environment import TABLE
from tests.support.orders import WAYS, follow
from tests.support.tables import dynamodb
from tests.support.world import HandlerResponse, World

pytestmark = pytest.mark.usefixtures("cursor_secret")

OUT_OF_BOUNDS: list[Attribute] = [{"S": "text"}, {"S": ""}, {"N": "-1"}, {"N": "0"}, {"L": []}, {"M": {}}]


@pytest.fixture
def shop(world: World) -> tuple[World, OrderId]:
    """A red and a blue mug, a profile, and an order of alice's on its way."""
    world.stocked().stocked("MUG-BLUE").with_profile("ada@example.com")
    order_id = world.place_order()
    follow(world, order_id, *WAYS["booked"])
    return world, order_id


def of_product(world: World) -> Iterator[HandlerResponse]:
    path = {"sku": "MUG-RED"}
    body = {"name": "Mug", "price": {"amount": 1, "currency": "EUR"}}
    match = {"If-Match": "*"}
    yield world.api("get_product", "GET /products/{sku}", path=path)
    yield world.api("put_product", "PUT /products/{sku}", body, path=path, headers=match)
    yield world.api("delete_product", "DELETE /products/{sku}", path=path, headers=match)


def of_stock(world: World) -> Iterator[HandlerResponse]:
    path, key = {"sku": "MUG-RED"}, {"Idempotency-Key": "another"}
    yield world.api("list_stock_entries", "GET /products/{sku}/stock", path=path)
    for change in ({"received": 1}, {"adjusted": -1, "reason": "lost"}):
        yield world.api("receive_stock", "POST /products/{sku}/stock", change, path=path, headers=key)


def of_order(world: World, order_id: OrderId) -> Iterator[HandlerResponse]:
    path = {"orderId": order_id}
    yield world.api("get_order", "GET /orders/{orderId}", path=path)
    yield world.api("cancel_order", "POST /orders/{orderId}/cancel", path=path)
    yield world.api("admin_get_order", "GET /admin/orders/{orderId}", path=path)


def of_profile(world: World) -> Iterator[HandlerResponse]:
    yield world.api("get_profile", "GET /customers/me")
    body = {"email": "bob@example.com"}
    yield world.api("put_profile", "PUT /customers/me", body, headers={"If-Match": "*"})


@pytest.mark.slow
def test_unreadable_product_is_refused_by_name_but_its_stock_is_not(
    shop: tuple[World, OrderId], capsys: pytest.CaptureFixture[str]
) -> None:
    world, _ = shop
    spoil(product_keys.product(Sku("MUG-RED")), name={"SS": ["Mug"]})
    before = _scan()
    assert [outcome(each) for each in of_product(world)] == [UNREADABLE] * 3
    head = world.api("get_product", "HEAD /products/{sku}", path={"sku": "MUG-RED"})
    assert head.status == 500
    assert _scan() == before
    assert counted(capsys) >= 3
    assert [each.status for each in of_stock(world)][:2] == [200, 200]
    assert outcome(world.place()) == UNREADABLE
    listed = world.api("list_products", "GET /products").body
    assert [each["sku"] for each in listed["products"]] == ["MUG-BLUE"]
    assert listed["unreadable"] == ["MUG-RED"]


@pytest.mark.slow
def test_unreadable_stock_is_refused_before_anything_is_written(
    shop: tuple[World, OrderId],
) -> None:
    world, _ = shop
    spoil(product_keys.stock(Sku("MUG-RED")), shipped={"S": "two"})
    before = _scan()
    assert {outcome(each) for each in (*of_stock(world), *of_product(world))} == {UNREADABLE}
    assert _scan() == before


@pytest.mark.slow
def test_unreadable_ledger_entry_is_named_beside_the_readable_ones(
    shop: tuple[World, OrderId],
) -> None:
    world, _ = shop
    list(of_stock(world))
    spoil(product_keys.stock_entry(Sku("MUG-RED"), "another"), received={"BOOL": True})
    page = next(of_stock(world)).body
    assert page["unreadable"] == ["another"]
    assert [each["received"] for each in page["entries"]] == [10]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["ORDER", "RESERVATION", "SHIPMENT", "PAYMENT#01", "ADDRESS"])
def test_unreadable_order_is_refused_by_name_and_is_404_for_others(
    shop: tuple[World, OrderId], kind: str
) -> None:
    """Guarantee 6 too: another customer does not learn that the order exists."""
    world, order_id = shop
    other = world.place_order()
    address: dict[str, Attribute] = {"address": {"N": "1"}}
    wrong: dict[str, Attribute] = address if kind == "ADDRESS" else {"version": {"NULL": True}}
    spoil({"PK": order_keys.order_partition(order_id), "SK": kind}, **wrong)
    before = _scan()
    assert [outcome(each) for each in of_order(world, order_id)] == [UNREADABLE] * 3
    assert _scan() == before
    path = {"orderId": order_id}
    stranger = world.api("get_order", "GET /orders/{orderId}", path=path, subject="mallory")
    assert stranger.status == 404
    listed = world.api("list_orders", "GET /orders").body
    assert [each["orderId"] for each in listed["orders"]] == (
        [other] if kind == "ORDER" else [other, order_id]
    )
    assert listed.get("unreadable", []) == ([order_id] if kind == "ORDER" else [])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "name", "attribute"),
    [
        ("ORDER", "currency", {"S": "text"}),
        ("ORDER", "total", {"N": "-1"}),
        ("ORDER", "version", {"N": "0"}),
        ("ORDER", "customerId", {"S": "alice"}),
        ("ORDER", "createdAt", {"S": "yesterday"}),
        ("PAYMENT#01", "currency", {"S": "eur"}),
        ("PAYMENT#01", "amount", {"N": "-1"}),
        ("PAYMENT#01", "attempt", {"N": "0"}),
        ("SHIPMENT", "updatedAt", {"S": "2026-13-01T00:00:00.000Z"}),
    ],
)
def test_order_with_a_value_out_of_bounds_is_reported_as_unreadable(
    shop: tuple[World, OrderId], kind: str, name: str, attribute: Attribute
) -> None:
    """No response contains a value that the API's description excludes."""
    world, order_id = shop
    spoil({"PK": order_keys.order_partition(order_id), "SK": kind}, **{name: attribute})
    answer = world.api("admin_get_order", "GET /admin/orders/{orderId}", path={"orderId": order_id})
    assert outcome(answer) == UNREADABLE
    listed = world.api("list_orders", "GET /orders").body
    assert listed.get("unreadable", []) == ([order_id] if kind == "ORDER" else [])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "name", "attribute"),
    [
        ("PRODUCT", "sku", {"S": ""}),
        ("PRODUCT", "version", {"N": "0"}),
        ("STOCK", "available", {"N": "-1"}),
    ],
)
def test_product_with_a_value_out_of_bounds_is_reported_as_unreadable(
    shop: tuple[World, OrderId], kind: str, name: str, attribute: Attribute
) -> None:
    world, _ = shop
    key = product_keys.product(Sku("MUG-RED")) if kind == "PRODUCT" else product_keys.stock(Sku("MUG-RED"))
    spoil(key, **{name: attribute})
    assert outcome(next(of_product(world))) == UNREADABLE
    listed = world.api("list_products", "GET /products").body
    assert listed.get("unreadable", []) == (["MUG-RED"] if kind == "PRODUCT" else [])


@pytest.mark.slow
def test_unreadable_profile_is_refused_by_name_and_can_be_removed(
    shop: tuple[World, OrderId],
) -> None:
    world, _ = shop
    spoil(customer_keys.profile(ALICE), email={"B": b"\xff"})
    assert [outcome(each) for each in of_profile(world)] == [UNREADABLE] * 2
    assert world.api("delete_profile", "DELETE /customers/me").status == 204
    assert world.api("get_profile", "GET /customers/me").status == 404


@pytest.mark.slow
def test_unreadable_removal_starts_again(shop: tuple[World, OrderId]) -> None:
    world, _ = shop
    Removals(world.table).ask(ALICE)
    spoil(customer_keys.removal(ALICE), until={"N": "1"}, begunAt={"SS": ["a"]})
    assert world.api("delete_profile", "DELETE /customers/me").status == 204
    found = Removals(world.table).find(ALICE)
    assert found
    assert found.waits


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_no_wrong_type_or_value_of_any_attribute_causes_an_unnamed_fault(
    shop: tuple[World, OrderId], data: st.DataObject
) -> None:
    world, order_id = shop
    kept = {(item["PK"]["S"], item["SK"]["S"]): item for item in _scan()}
    key = data.draw(st.sampled_from(sorted(kept)))
    names = sorted(kept[key].keys() - {"PK", "SK", "GSI1PK", "GSI1SK", "GSI2PK", "GSI2SK"})
    name, attribute = data.draw(st.sampled_from(names)), data.draw(st.sampled_from(EACH_TYPE + OUT_OF_BOUNDS))
    try:
        dynamodb().put_item(TableName=TABLE, Item=kept[key] | {name: attribute})
        answers = [
            *(next(of_product(world)), next(of_stock(world)), next(of_profile(world))),
            *(each for each in of_order(world, order_id)),
            world.api("list_orders", "GET /orders"),
            world.api("list_products", "GET /products"),
            world.api("admin_list_open_orders", "GET /admin/orders", query={"openForMinutes": "0"}),
        ]
        assert not {outcome(each) for each in answers if each.status >= 500} - {UNREADABLE}, (key, name)
        assert {each.status for each in answers[-3:]} == {200}
        blue = world.api("get_product", "GET /products/{sku}", path={"sku": "MUG-BLUE"})
        assert blue.status == 200 or "MUG-BLUE" in key[0]
    finally:
        for item in kept.values():
            dynamodb().put_item(TableName=TABLE, Item=item)


def _scan() -> list[dict[str, Any]]:
    return [
        item for page in dynamodb().get_paginator("scan").paginate(TableName=TABLE) for item in page["Items"]
    ]
