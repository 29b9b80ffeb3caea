"""The catalogue by category and by whether a product is active; the attributes of products."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from ordering.domain.product import MAX_ATTRIBUTE_NUMBER, MAX_ATTRIBUTES, Sku
from ordering.http.problems import ProblemType
from ordering.http.shapes.products import PutProduct
from ordering.repositories.keys import product_keys
from tests.support.aws_calls import AwsCalls, fails, sent_twice
from tests.support.bodies import PRODUCT, problem_of, request
from tests.support.builders import image, product
from tests.support.orders import overwrite
from tests.support.refusals import fields_of, kind_of
from tests.support.world import HandlerResponse, World, order_body

ATTRIBUTES = {"colour": "red", "litres": 0.35, "pieces": 1, "dishwasherSafe": True}


def enter(world: World, sku: str, **facts: Any) -> HandlerResponse:
    """Create or update a product with these facts, in addition to its name and its price."""
    path = {"sku": sku}
    stored = world.api("get_product", "GET /products/{sku}", path=path)
    headers = {"If-Match": stored.headers["etag"]} if stored.status == 200 else {}
    return world.api("put_product", "PUT /products/{sku}", PRODUCT | facts, path=path, headers=headers)


def read(world: World, sku: str) -> Any:
    """Returns a product as the API shows it."""
    return world.api("get_product", "GET /products/{sku}", path={"sku": sku}).body


def page(world: World, **query: str) -> HandlerResponse:
    """Returns a page of the catalogue."""
    return world.api("list_products", "GET /products", query=query or None)


def listed(world: World, **query: str) -> list[str]:
    """Returns the SKUs of all pages of a list."""
    return list(_pages(world, query))


def _pages(world: World, query: dict[str, str]) -> Iterator[str]:
    while True:
        shown = page(world, **query).body
        yield from (each["sku"] for each in shown["products"])
        if "next" not in shown:
            return
        query = query | {"cursor": shown["next"]}


def store_as_earlier_release(world: World, sku: str) -> None:
    """Write a product as a release without categories has written it."""
    unknown = ("active", "category", "attributes")
    item = {name: value for name, value in image(product(sku)).items() if name not in unknown}
    world.table.put(item, condition="attribute_not_exists(PK)")


@pytest.fixture
def browsed(world: World) -> World:
    """A catalogue with two categories, active and inactive products, and one without a category."""
    products: dict[str, dict[str, Any]] = {
        "BEANS": {"category": "coffee"},
        "CUP": {"category": "mugs"},
        "DECAF": {"category": "coffee", "active": False},
        "EWER": {"active": False},
        "FILTER": {},
        "MUG": {"category": "mugs"},
        "NAPKIN": {},
        "PINT": {"category": "mugs", "active": False},
        "TANKARD": {"category": "mugs"},
    }
    for sku, facts in products.items():
        assert enter(world, sku, **facts).status == 201
    return world


LISTS: dict[str, tuple[dict[str, str], list[str]]] = {
    "all": ({}, ["BEANS", "CUP", "FILTER", "MUG", "NAPKIN", "TANKARD"]),
    "active": ({"active": "true"}, ["BEANS", "CUP", "FILTER", "MUG", "NAPKIN", "TANKARD"]),
    "inactive": ({"active": "false"}, ["DECAF", "EWER", "PINT"]),
    "a category": ({"category": "mugs"}, ["CUP", "MUG", "TANKARD"]),
    "active of a category": ({"category": "mugs", "active": "true"}, ["CUP", "MUG", "TANKARD"]),
    "inactive of a category": ({"category": "mugs", "active": "false"}, ["PINT"]),
    "an unknown category": ({"category": "saws"}, []),
}
lists = pytest.mark.parametrize(("query", "expected"), LISTS.values(), ids=LISTS)


@pytest.mark.slow
@lists
@pytest.mark.parametrize("limit", ["1", "2", "100"])
def test_list_has_exactly_the_products_of_its_filter(
    browsed: World, query: dict[str, str], expected: list[str], limit: str
) -> None:
    assert listed(browsed, **query, limit=limit) == expected


@pytest.mark.slow
@lists
def test_filtered_page_reads_the_index_once_and_no_item_in_vain(
    browsed: World, calls: AwsCalls, query: dict[str, str], expected: list[str]
) -> None:
    before = calls.count
    page(browsed, **query)
    (read,) = calls.made("Query")
    assert "FilterExpression" not in read
    # One more call for the stock of all products, and one for their images.
    assert calls.count - before == (3 if expected else 1)


@pytest.mark.slow
@pytest.mark.parametrize(
    "other", [{}, {"category": "coffee"}, {"category": "mugs", "active": "false"}, {"active": "false"}]
)
def test_cursor_of_one_list_is_refused_by_another(browsed: World, other: dict[str, str]) -> None:
    cursor = page(browsed, category="mugs", limit="1").body["next"]
    refused = page(browsed, **other, cursor=cursor)
    assert (refused.status, kind_of(refused), fields_of(refused)) == (400, "invalid-parameter", ["cursor"])


@pytest.mark.parametrize("category", ["", "Mugs", "mugs ", "-mugs", "m" * 65, "mugs#INACTIVE", "mugs,caps"])
def test_malformed_category_parameter_is_refused(world: World, category: str) -> None:
    refused = page(world, category=category)
    assert (refused.status, kind_of(refused), fields_of(refused)) == (400, "invalid-parameter", ["category"])


@pytest.mark.parametrize("active", ["", "yes", "1", "True", "false,true"])
def test_malformed_active_parameter_is_refused(world: World, active: str) -> None:
    refused = page(world, active=active)
    assert (refused.status, kind_of(refused), fields_of(refused)) == (400, "invalid-parameter", ["active"])


INDEX_NOT_READY = {
    "being built": "Cannot read from backfilling global secondary index: GSI3",
    "missing": "The table does not have the specified index: GSI3",
}


@pytest.mark.slow
@pytest.mark.parametrize("message", INDEX_NOT_READY.values(), ids=INDEX_NOT_READY)
def test_category_is_unavailable_while_its_index_is_not_ready(
    browsed: World, calls: AwsCalls, message: str
) -> None:
    """CloudFormation does not wait until a new index is built ("AWS::DynamoDB::Table")."""

    def refused(parameters: Any, send: Any) -> Any:
        raise ClientError({"Error": {"Code": "ValidationException", "Message": message}}, "Query")

    calls.next("Query", refused)
    busy = page(browsed, category="mugs")
    assert (busy.status, kind_of(busy), busy.headers["retry-after"]) == (503, "unavailable", "5")
    assert listed(browsed, category="mugs") == ["CUP", "MUG", "TANKARD"]


# -- changes -------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_product_moves_to_its_new_category(browsed: World) -> None:
    enter(browsed, "MUG", category="coffee")
    assert (listed(browsed, category="mugs"), listed(browsed, category="coffee")) == (
        ["CUP", "TANKARD"],
        ["BEANS", "MUG"],
    )


@pytest.mark.slow
def test_product_without_its_former_category_is_in_no_category(browsed: World) -> None:
    enter(browsed, "MUG")
    assert (listed(browsed, category="mugs"), "MUG" in listed(browsed)) == (["CUP", "TANKARD"], True)
    stored = browsed.table.get(product_keys.product(Sku("MUG"))) or {}
    assert not {"category", *product_keys.CATEGORY_KEYS} & stored.keys()


@pytest.mark.slow
def test_deactivated_product_leaves_the_lists_of_active_products(browsed: World) -> None:
    enter(browsed, "MUG", category="mugs", active=False)
    assert "MUG" not in (*listed(browsed), *listed(browsed, category="mugs"))
    assert "MUG" in listed(browsed, category="mugs", active="false")


@pytest.mark.slow
def test_product_without_active_in_the_body_is_active(browsed: World) -> None:
    enter(browsed, "DECAF", category="coffee")
    assert "DECAF" in listed(browsed, category="coffee")


@pytest.mark.slow
def test_removed_product_is_in_no_list(browsed: World) -> None:
    path = {"sku": "MUG"}
    tag = browsed.api("get_product", "GET /products/{sku}", path=path).headers["etag"]
    browsed.api("delete_product", "DELETE /products/{sku}", path=path, headers={"If-Match": tag})
    assert "MUG" not in (*listed(browsed), *listed(browsed, category="mugs"))


def test_write_that_is_sent_twice_creates_the_product_once(world: World, calls: AwsCalls) -> None:
    calls.next("UpdateItem", sent_twice)
    entered = enter(world, "MUG", category="mugs", attributes=ATTRIBUTES, active=False)
    assert (entered.status, entered.body) == (201, read(world, "MUG"))
    assert listed(world, category="mugs", active="false") == ["MUG"]


@pytest.mark.slow
@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("code", ["ThrottlingException", "ProvisionedThroughputExceededException"])
def test_update_that_fails_at_any_call_leaves_the_lists_as_they_are(
    browsed: World, calls: AwsCalls, number: int, code: str
) -> None:
    """The first call reads the product and its stock, and the second writes the product."""
    path = {"sku": "MUG"}
    tag = browsed.api("get_product", "GET /products/{sku}", path=path).headers["etag"]
    before = browsed.items()
    calls.at(number, fails(code))
    body = PRODUCT | {"category": "coffee", "active": False}
    failed = browsed.api("put_product", "PUT /products/{sku}", body, path=path, headers={"If-Match": tag})
    assert (failed.status, kind_of(failed), browsed.items()) == (503, "busy", before)


# -- ordering ------------------------------------------------------------------------------------------


def test_inactive_product_shows_that_no_unit_can_be_ordered(world: World) -> None:
    world.stocked("MUG", units=7)
    enter(world, "MUG", active=False)
    assert (read(world, "MUG")["available"], read(world, "MUG")["active"]) == (0, False)
    assert page(world, active="false").body["products"] == [read(world, "MUG")]


def test_activated_product_has_its_stock_again(world: World) -> None:
    world.stocked("MUG", units=7)
    enter(world, "MUG", active=False)
    enter(world, "MUG")
    assert read(world, "MUG")["available"] == 7


def test_inactive_product_is_refused_like_an_unknown_one(world: World) -> None:
    world.stocked("MUG").stocked("CUP")
    enter(world, "CUP", active=False)
    before = world.items()
    refused = world.place(order_body(("MUG", 1), ("CUP", 1)))
    assert (kind_of(refused), fields_of(refused)) == (ProblemType.UNKNOWN_SKU.slug, ["lines[1].sku"])
    assert refused.body["errors"][0]["message"] == "the product `CUP` is inactive; remove it from the order"
    assert world.items() == before


def test_retry_returns_the_order_of_a_product_that_is_inactive_now(world: World) -> None:
    world.stocked("MUG")
    placed = world.place(order_body(("MUG", 1)), key="basket-7")
    enter(world, "MUG", active=False)
    retried = world.place(order_body(("MUG", 1)), key="basket-7")
    assert (retried.status, retried.body["orderId"]) == (202, placed.body["orderId"])


def test_placed_order_reserves_units_of_a_product_that_is_inactive_now(world: World) -> None:
    order_id = world.stocked("MUG").place_order(("MUG", 2))
    enter(world, "MUG", active=False)
    assert world.step("reserve_stock", order_id) == "RESERVED"


# -- attributes ----------------------------------------------------------------------------------------


def test_attributes_read_back_as_they_were_sent(world: World) -> None:
    assert enter(world, "MUG", attributes=ATTRIBUTES).body["attributes"] == ATTRIBUTES
    shown = read(world, "MUG")["attributes"]
    assert (shown, type(shown["pieces"]), shown["dishwasherSafe"]) == (ATTRIBUTES, int, True)


def test_omitted_attributes_are_removed(world: World) -> None:
    enter(world, "MUG", attributes=ATTRIBUTES)
    assert "attributes" not in enter(world, "MUG").body


names = st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,39}", fullmatch=True)
texts = st.text("abc éß", min_size=1, max_size=120).filter(str.strip)
numbers = st.integers(-MAX_ATTRIBUTE_NUMBER, MAX_ATTRIBUTE_NUMBER) | st.floats(
    -MAX_ATTRIBUTE_NUMBER, MAX_ATTRIBUTE_NUMBER
)
values = texts | numbers | st.booleans()
bad_values = (
    st.none()
    | st.just("")
    | st.just("a\nb")
    | st.text("x", min_size=121, max_size=130)
    | st.integers(MAX_ATTRIBUTE_NUMBER + 1)
    | st.floats(MAX_ATTRIBUTE_NUMBER * 2, 1e300)
    | st.lists(st.integers(), max_size=2)
    | st.dictionaries(st.just("a"), st.integers(), max_size=1)
)
bad_names = (
    st.text(max_size=50)
    .filter(lambda name: not name.encode(errors="replace").isalnum())
    .map(lambda name: f"!{name}")
)


@pytest.mark.slow
@given(st.dictionaries(names, values, max_size=MAX_ATTRIBUTES))
def test_valid_attributes_are_accepted(attributes: dict[str, Any]) -> None:
    assert problem_of(request(PRODUCT | {"attributes": attributes}), PutProduct) is None


@given(st.dictionaries(names, values, max_size=5), names, bad_values)
def test_refusal_names_the_invalid_attribute(attributes: dict[str, Any], name: str, value: Any) -> None:
    problem = problem_of(request(PRODUCT | {"attributes": attributes | {name: value}}), PutProduct)
    assert problem is not None
    assert [error.field for error in problem.errors] == [f"attributes.{name}"]


@pytest.mark.parametrize("name", ["", "1st", "a b", "a.b", "é", "n" * 41, "a\n"], ids=ascii)
def test_refusal_names_the_attribute_with_an_invalid_name(name: str) -> None:
    problem = problem_of(request(PRODUCT | {"attributes": {"colour": "red", name: 1}}), PutProduct)
    assert problem is not None
    (error,) = problem.errors
    assert (error.field, "the name must be" in error.message) == (f"attributes.{name}", True)


def test_refusal_of_too_many_attributes_names_the_limit(world: World) -> None:
    refused = enter(world, "MUG", attributes={f"n{number}": number for number in range(MAX_ATTRIBUTES + 1)})
    assert (refused.status, fields_of(refused)) == (422, ["attributes"])
    assert str(MAX_ATTRIBUTES) in refused.body["detail"]


@pytest.mark.parametrize("number", ["1e400", "-1e400", "1" * 400], ids=["large", "small", "long"])
def test_number_that_no_reader_can_represent_is_refused(world: World, number: str) -> None:
    body = json.dumps(PRODUCT)[:-1] + f', "attributes": {{"colour": "red", "litres": {number}}}}}'
    refused = world.api("put_product", "PUT /products/{sku}", body, path={"sku": "MUG"})
    assert (refused.status, fields_of(refused)) == (422, ["attributes.litres"])


def test_attribute_that_appears_twice_is_refused(world: World) -> None:
    body = json.dumps(PRODUCT)[:-1] + ', "attributes": {"colour": "red", "colour": "blue"}}'
    refused = world.api("put_product", "PUT /products/{sku}", body, path={"sku": "MUG"})
    assert (refused.status, fields_of(refused)) == (422, ["attributes.colour"])


@pytest.mark.parametrize("category", ["", "Mugs", "coffee mugs", "mugs#INACTIVE", "m" * 65, "é", 7])
def test_invalid_category_is_refused(world: World, category: Any) -> None:
    refused = enter(world, "MUG", category=category)
    assert (refused.status, fields_of(refused), world.items()) == (422, ["category"], [])


@pytest.mark.parametrize("active", ["true", 1, None, []])
def test_invalid_active_is_refused(world: World, active: Any) -> None:
    refused = enter(world, "MUG", active=active)
    assert (refused.status, fields_of(refused), world.items()) == (422, ["active"], [])


@pytest.mark.slow
def test_text_of_an_attribute_is_stored_in_its_normal_form(world: World) -> None:
    assert enter(world, "MUG", attributes={"maker": "Re\u0301sume\u0301"}).body["attributes"] == {
        "maker": "R\u00e9sum\u00e9"
    }


# -- products of earlier releases -----------------------------------------------------------------------


@pytest.mark.slow
def test_product_of_an_earlier_release_is_active_and_listed(browsed: World) -> None:
    store_as_earlier_release(browsed, "OLD")
    assert "OLD" in listed(browsed)
    assert "OLD" not in listed(browsed, active="false")
    shown = read(browsed, "OLD")
    assert (shown["active"], shown.keys() & {"category", "attributes"}) == (True, set())


def test_product_of_an_earlier_release_can_be_ordered(world: World) -> None:
    store_as_earlier_release(world, "OLD")
    assert world.place(order_body(("OLD", 1))).status == 202


def test_product_of_an_earlier_release_gets_a_category_by_an_update(world: World) -> None:
    store_as_earlier_release(world, "OLD")
    assert enter(world, "OLD", category="mugs").status == 200
    assert listed(world, category="mugs") == ["OLD"]


@pytest.mark.slow
def test_product_that_an_earlier_release_lists_again_is_still_inactive(browsed: World) -> None:
    """An earlier release that updates a product sets the index entry that it knows, and keeps the rest."""
    overwrite(browsed, product_keys.product(Sku("DECAF")), **product_keys.in_catalogue(Sku("DECAF")))
    assert "DECAF" not in listed(browsed)
    assert kind_of(browsed.place(order_body(("DECAF", 1)))) == ProblemType.UNKNOWN_SKU.slug
    enter(browsed, "DECAF", category="coffee", active=False)
    assert "DECAF" in listed(browsed, active="false")


@pytest.mark.slow
@pytest.mark.parametrize("stored", ["[]", "{", '{"a": null}', '{"a": {}}'])
def test_product_with_unreadable_attributes_is_named_in_the_list(browsed: World, stored: str) -> None:
    overwrite(browsed, product_keys.product(Sku("MUG")), attributes=stored)
    assert page(browsed, category="mugs").body["unreadable"] == ["MUG"]
