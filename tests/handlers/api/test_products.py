"""The catalogue: GET /products, GET /products/{sku}, PUT /products/{sku}."""

from typing import Any

import pytest

from ordering.domain.money import MAX_PRICE
from ordering.domain.product import Sku
from ordering.repositories.keys import product_keys
from tests.support.aws_calls import AwsCalls, and_then, fails
from tests.support.recorded import recorded
from tests.support.refusals import fields_of, kind_of
from tests.support.world import HandlerResponse, World, invoke

MUG = {"name": "Red mug", "price": {"amount": 1250, "currency": "EUR"}}


def enter(world: World, sku: str = "MUG-RED", body: Any = MUG, **headers: str) -> HandlerResponse:
    """PUT a product; `headers` by their name in Python, as in `If_Match`."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return world.api("put_product", "PUT /products/{sku}", body, path={"sku": sku}, headers=sent)


def change(world: World, body: Any) -> HandlerResponse:
    return enter(world, body=body, If_Match=read(world).headers["etag"])


def read(world: World, sku: str = "MUG-RED") -> HandlerResponse:
    return world.api("get_product", "GET /products/{sku}", path={"sku": sku})


def page(world: World, **query: str) -> HandlerResponse:
    return world.api("list_products", "GET /products", query=query or None)


def skus(listed: HandlerResponse) -> list[str]:
    return [product["sku"] for product in listed.body["products"]]


def enter_all(world: World, *skus: str) -> World:
    for sku in skus:
        enter(world, sku)
    return world


# -- entering and changing -----------------------------------------------------------------------------


def test_a_new_product_is_created(world: World) -> None:
    assert enter(world).status == 201


def test_response_to_a_new_product_shows_the_product(world: World) -> None:
    entered = enter(world, body=MUG | {"description": "Hand-made"}).body
    assert entered == MUG | {
        "sku": "MUG-RED",
        "description": "Hand-made",
        "available": 0,
        "active": True,
        "createdAt": entered["createdAt"],
        "updatedAt": entered["createdAt"],
        "version": entered["version"],
    }


def test_product_reads_back_as_it_was_answered(world: World) -> None:
    assert enter(world).body == read(world).body


def test_existing_product_is_changed(world: World) -> None:
    enter(world)
    changed = change(world, MUG | {"name": "Crimson mug"})
    assert (changed.status, changed.body["name"]) == (200, "Crimson mug")


def test_each_product_change_makes_a_new_version(world: World) -> None:
    entered = enter(world).body["version"]
    assert change(world, MUG).body["version"] == entered + 1


def test_product_change_keeps_the_creation_time(world: World) -> None:
    entered = enter(world).body
    assert change(world, MUG).body["createdAt"] == entered["createdAt"]


def test_omitted_description_is_removed(world: World) -> None:
    enter(world, body=MUG | {"description": "Hand-made"})
    assert "description" not in change(world, MUG).body


def test_product_change_leaves_the_stock_unchanged(world: World) -> None:
    world.stocked()
    assert change(world, MUG).body["available"] == 10


def test_written_product_is_answered_without_another_call(world: World, calls: AwsCalls) -> None:
    """Otherwise a resent write would be refused because the first one has created the product."""
    calls.next("UpdateItem", and_then(lambda: calls.always("GetItem", fails("ThrottlingException"))))
    assert enter(world).status == 201


def test_product_that_is_created_again_has_its_former_stock(world: World) -> None:
    world.stocked()
    path, tag = {"sku": "MUG-RED"}, read(world).headers["etag"]
    world.api("delete_product", "DELETE /products/{sku}", path=path, headers={"If-Match": tag})
    assert (entered := enter(world)).body["available"] == 10
    assert entered.body == read(world).body


def test_existing_product_is_not_created_again(world: World) -> None:
    enter(world)
    refused = enter(world)
    assert (refused.status, kind_of(refused)) == (428, "precondition-required")


def test_concurrent_product_change_is_refused(world: World) -> None:
    enter(world)
    seen = read(world).headers["etag"]
    change(world, MUG | {"name": "Crimson mug"})
    refused = enter(world, body=MUG | {"name": "Scarlet mug"}, If_Match=seen)
    assert (refused.status, kind_of(refused)) == (412, "precondition-failed")


def test_refused_concurrent_product_change_writes_nothing(world: World) -> None:
    enter(world)
    seen = read(world).headers["etag"]
    change(world, MUG | {"name": "Crimson mug"})
    before = world.items()
    enter(world, body=MUG | {"name": "Scarlet mug"}, If_Match=seen)
    assert world.items() == before


BAD_PRODUCTS: dict[str, tuple[Any, int, str, list[str]]] = {
    "nothing": (None, 400, "malformed-body", []),
    "not JSON": ("name=mug", 400, "malformed-body", []),
    "no name": ({"price": MUG["price"]}, 422, "invalid-body", ["name"]),
    "no price": ({"name": "Red mug"}, 422, "invalid-body", ["price"]),
    "a price of nothing": (
        MUG | {"price": {"amount": 0, "currency": "EUR"}},
        422,
        "invalid-body",
        ["price.amount"],
    ),
    "a price beyond reason": (
        MUG | {"price": {"amount": MAX_PRICE + 1, "currency": "EUR"}},
        422,
        "invalid-body",
        ["price.amount"],
    ),
    "a price of a float": (
        MUG | {"price": {"amount": 12.5, "currency": "EUR"}},
        422,
        "invalid-body",
        ["price.amount"],
    ),
    "a currency of no form": (
        MUG | {"price": {"amount": 1, "currency": "euro"}},
        422,
        "invalid-body",
        ["price.currency"],
    ),
    "a currency of nowhere": (
        MUG | {"price": {"amount": 1, "currency": "XXX"}},
        422,
        "invalid-body",
        ["price.currency"],
    ),
    "stock": (MUG | {"available": 10}, 422, "invalid-body", ["available"]),
}
bad_products = pytest.mark.parametrize(
    ("body", "status", "kind", "fields"), BAD_PRODUCTS.values(), ids=BAD_PRODUCTS
)


@bad_products
def test_bad_product_is_refused_with_its_problem_and_field(
    world: World, body: Any, status: int, kind: str, fields: list[str]
) -> None:
    refused = enter(world, body=body)
    assert (refused.status, kind_of(refused), fields_of(refused)) == (status, kind, fields)


@bad_products
def test_bad_product_writes_nothing(
    world: World, body: Any, status: int, kind: str, fields: list[str]
) -> None:
    enter(world, body=body)
    assert world.items() == []


@pytest.mark.parametrize("sku", ["MUG RED", "-MUG", "M" * 65, "é"], ids=ascii)
def test_malformed_sku_is_refused_when_a_product_is_written(world: World, sku: str) -> None:
    refused = enter(world, sku)
    assert (refused.status, fields_of(refused), world.items()) == (400, ["sku"], [])


@pytest.mark.parametrize("code", ["TransactionConflictException", "ThrottlingException"])
def test_contention_over_a_product_is_answered_as_busy(world: World, calls: AwsCalls, code: str) -> None:
    calls.always("UpdateItem", fails(code))
    busy = enter(world)
    assert (busy.status, kind_of(busy)) == (503, "busy")


# -- reading one ---------------------------------------------------------------------------------------


def test_product_shows_how_many_units_can_be_ordered_now(world: World) -> None:
    assert read(world.stocked(units=7)).body["available"] == 7


def test_held_units_cannot_be_ordered(world: World) -> None:
    order_id = world.stocked(units=7).place_order(("MUG-RED", 2))
    world.step("reserve_stock", order_id)
    assert read(world).body["available"] == 5


def test_product_without_stock_has_no_units_to_order(world: World) -> None:
    assert read(world.stocked(units=0)).body["available"] == 0


def test_unknown_product_is_404(world: World) -> None:
    refused = read(world, "MUG-GONE")
    assert (refused.status, kind_of(refused)) == (404, "product-not-found")


def test_malformed_sku_is_refused_when_a_product_is_read(world: World) -> None:
    refused = read(world, "MUG RED")
    assert (refused.status, fields_of(refused)) == (400, ["sku"])


def test_a_product_and_its_stock_are_read_in_one_call(world: World, calls: AwsCalls) -> None:
    world.stocked()
    before = len(calls.made("BatchGetItem"))
    read(world)
    assert len(calls.made("BatchGetItem")) == before + 1


# -- reading all ---------------------------------------------------------------------------------------


def test_an_empty_catalogue_is_an_empty_page(world: World) -> None:
    assert page(world).body == {"products": []}


def test_products_are_listed_by_their_sku(world: World) -> None:
    enter_all(world, "B", "A", "C1", "C-1")
    assert skus(page(world)) == ["A", "B", "C-1", "C1"]


def test_listed_product_is_shown_like_a_single_product(world: World) -> None:
    world.stocked()
    assert page(world).body["products"] == [read(world).body]


def test_page_holds_as_many_products_as_requested(world: World) -> None:
    enter_all(world, "A", "B", "C")
    assert skus(page(world, limit="2")) == ["A", "B"]


def test_next_page_continues_after_the_last_product(world: World) -> None:
    enter_all(world, "A", "B", "C")
    first = page(world, limit="2")
    assert skus(page(world, limit="2", cursor=first.body["next"])) == ["C"]


@pytest.mark.parametrize("limit", ["1", "2", "3", "5", "7"])
def test_all_pages_together_hold_every_product_once(world: World, limit: str) -> None:
    entered = ["A", "B", "C", "D", "E", "F"]
    enter_all(world, *entered)
    listed: list[str] = []
    query: dict[str, str] = {}
    while True:
        present = page(world, limit=limit, **query)
        listed += skus(present)
        if "next" not in present.body:
            break
        query = {"cursor": present.body["next"]}
    assert listed == entered


def test_last_page_has_no_cursor_even_if_it_is_full(world: World) -> None:
    enter_all(world, "A", "B")
    assert "next" not in page(world, limit="2").body


def test_product_created_between_pages_disturbs_no_page(world: World) -> None:
    enter_all(world, "B", "D")
    cursor = page(world, limit="1").body["next"]
    enter_all(world, "A", "C")
    assert skus(page(world, cursor=cursor)) == ["C", "D"]


def test_paging_continues_after_the_last_product_was_removed(world: World) -> None:
    enter_all(world, "A", "B", "C")
    cursor = page(world, limit="2").body["next"]
    world.table.delete({"PK": "PRODUCT#B", "SK": "PRODUCT"})
    assert skus(page(world, cursor=cursor)) == ["C"]


def test_orders_and_stock_are_not_listed_as_products(world: World) -> None:
    world.stocked().place_order()
    assert skus(page(world)) == ["MUG-RED"]


@pytest.mark.parametrize("limit", ["0", "101", "-1", "ten", "1.5", ""])
def test_malformed_limit_is_refused(world: World, limit: str) -> None:
    refused = page(world, limit=limit)
    assert (refused.status, kind_of(refused), fields_of(refused)) == (400, "invalid-parameter", ["limit"])


@pytest.mark.parametrize("cursor", ["!", "é", "TVVHIFJFRA", "TVVHLVJFRA=="], ids=ascii)
def test_cursor_that_was_not_issued_is_refused(world: World, cursor: str) -> None:
    refused = page(world, cursor=cursor)
    assert (refused.status, kind_of(refused), fields_of(refused)) == (400, "invalid-parameter", ["cursor"])


def test_product_list_needs_no_token(world: World) -> None:
    enter_all(world, "A", "B", "C")
    answer = invoke("api.list_products", recorded("http_api_get_products"))
    assert (answer["statusCode"], answer["body"].count('"sku"')) == (200, 2)


# -- health --------------------------------------------------------------------------------------------


def test_api_is_healthy_while_its_table_is_reachable(world: World) -> None:
    answer = world.api("get_health", "GET /health")
    assert (answer.status, answer.body) == (200, {"status": "ok", "stage": "test"})


def test_api_is_unhealthy_while_its_table_is_unreachable(world: World, calls: AwsCalls) -> None:
    calls.next("GetItem", fails("ResourceNotFoundException"))
    answer = world.api("get_health", "GET /health")
    assert (answer.status, kind_of(answer)) == (503, "unavailable")


# -- the threshold of StockLow -------------------------------------------------------------------------


def stock_item(world: World) -> dict[str, Any]:
    return world.table.get(product_keys.stock(Sku("MUG-RED"))) or {}


def test_product_is_created_with_a_threshold_of_low_stock(world: World) -> None:
    entered = enter(world, body=MUG | {"lowStockAt": 5})
    assert (entered.status, entered.body["lowStockAt"], entered.body["available"]) == (201, 5, 0)
    assert read(world).body == entered.body
    assert read(world).headers["etag"] == entered.headers["etag"]


def test_threshold_of_low_stock_is_changed_and_removed_with_the_product(world: World) -> None:
    first = enter(world).body
    second, third, fourth = (change(world, MUG | {"lowStockAt": each}) for each in (5, 9, None))
    assert [each.body.get("lowStockAt") for each in (second, third, fourth)] == [5, 9, None]
    assert fourth.body["version"] == first["version"] + 3
    assert "lowStockAt" not in stock_item(world)
    assert read(world).body == fourth.body


def test_product_that_is_replaced_without_the_threshold_loses_it(world: World) -> None:
    enter(world, body=MUG | {"lowStockAt": 5})
    assert "lowStockAt" not in change(world, MUG).body
    assert "lowStockAt" not in stock_item(world)


def test_change_that_keeps_the_threshold_does_not_write_the_stock(world: World) -> None:
    enter(world, body=MUG | {"lowStockAt": 5})
    before = stock_item(world)
    change(world, MUG | {"name": "Crimson mug", "lowStockAt": 5})
    assert stock_item(world) == before


def test_threshold_does_not_change_the_figures_of_the_stock(world: World) -> None:
    world.stocked(units=7)
    before = stock_item(world)
    change(world, MUG | {"lowStockAt": 5})
    changed = {name for name, value in stock_item(world).items() if before.get(name) != value}
    assert changed == {"lowStockAt", "version", "updatedAt"}
    assert read(world).body["available"] == 7


def test_refused_change_of_a_product_leaves_its_threshold(world: World) -> None:
    outdated = enter(world, body=MUG | {"lowStockAt": 5}).headers["etag"]
    change(world, MUG | {"lowStockAt": 6})
    assert enter(world, body=MUG | {"lowStockAt": 9}, If_Match=outdated).status == 412
    assert enter(world, body=MUG | {"lowStockAt": 9}).status == 428
    assert stock_item(world)["lowStockAt"] == 6


def test_product_that_two_clients_create_at_once_has_the_threshold_of_the_first(
    world: World, calls: AwsCalls
) -> None:
    """The other client's request comes between this one's read and its write."""
    calls.next("BatchGetItem", and_then(lambda: enter(world, body=MUG)))
    assert enter(world, body=MUG | {"lowStockAt": 9}).status == 428
    assert "lowStockAt" not in stock_item(world)


def test_threshold_is_not_set_if_the_transaction_conflicts(world: World, calls: AwsCalls) -> None:
    enter(world)
    calls.always("TransactWriteItems", fails("ThrottlingException"))
    assert change(world, MUG | {"lowStockAt": 9}).status == 503
    assert "lowStockAt" not in read(world).body


@pytest.mark.parametrize("threshold", [-1, 1.5, "5", True, 1_000_001])
def test_invalid_threshold_of_low_stock_is_refused(world: World, threshold: Any) -> None:
    refused = enter(world, body=MUG | {"lowStockAt": threshold})
    assert refused.status == 422
    assert fields_of(refused) == ["lowStockAt"]
