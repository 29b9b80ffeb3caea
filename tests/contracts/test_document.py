"""The API description is valid OpenAPI, and matches the route table exactly."""

import json
import re
from collections import defaultdict
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from msgspec import structs
from openapi_spec_validator import OpenAPIV31SpecValidator

from ordering.domain.order import Reason, Status
from ordering.domain.payment import PaymentStatus
from ordering.domain.shipment import ShipmentStatus
from ordering.http.body import read_body
from ordering.http.checking import checked
from ordering.http.problems import Problem, ProblemType
from ordering.http.routes import PLACE_ORDER, ROUTES, Route
from ordering.http.shapes.base import View
from ordering.http.shapes.stock import ReceiveStock
from tests.contracts.conftest import Json
from tests.synth import PROJECT
from tools.descriptions.committed_copy import as_text
from tools.openapi.changes import API
from tools.openapi.describe import document

BY_KEY = {route.key: route for route in ROUTES}
STOCK_ENTRY = document()["components"]["schemas"]["ReceiveStock"]
by_row = pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.handler)


@pytest.mark.slow
def test_document_is_openapi_3_1(description: Json) -> None:
    OpenAPIV31SpecValidator(description).validate()


def test_the_committed_copy_is_up_to_date() -> None:
    assert API.copy.read_text() == as_text(document()), "run: .venv/bin/python -m tools.openapi.changes check"


def test_the_operations_are_exactly_the_rows_of_the_route_table(operations: dict[str, Json]) -> None:
    assert operations.keys() == BY_KEY.keys()


def test_the_handlers_are_exactly_those_of_the_route_table() -> None:
    handlers = {path.stem for path in (PROJECT / "lambdas" / "api").glob("*.py")} - {"__init__"}
    assert handlers == {route.handler for route in ROUTES}
    assert len(ROUTES) == len(handlers)


@by_row
def test_an_operation_requires_the_scope_of_its_row(route: Route, operations: dict[str, Json]) -> None:
    assert operations[route.key]["security"] == ([{"token": [route.scope]}] if route.scope else [])


@by_row
def test_an_operation_is_named_after_its_handler(route: Route, operations: dict[str, Json]) -> None:
    snake = re.sub(r"[A-Z]", lambda capital: f"_{capital[0].lower()}", operations[route.key]["operationId"])
    assert snake == route.handler


@by_row
def test_an_operation_has_the_parameters_of_its_row_and_path(
    route: Route, operations: dict[str, Json]
) -> None:
    taken = defaultdict(set)
    for parameter in operations[route.key].get("parameters", []):
        taken[parameter["in"]].add(parameter["name"])
        assert parameter["description"]
        # Viewers fill in examples, so an optional parameter with one would be sent by default.
        prefilled = {"example", "examples"} & (parameter.keys() | parameter["schema"].keys())
        assert bool(prefilled) == parameter["required"]
    assert taken.pop("path", set()) == set(re.findall(r"{(\w+)}", route.path))
    given = defaultdict(set)
    for row in route.parameters:
        given[row.place].add(row.name)
    assert taken == given


@by_row
def test_an_operation_has_the_responses_of_its_row(route: Route, operations: dict[str, Json]) -> None:
    responses = operations[route.key]["responses"]
    assert {int(status) for status in responses if int(status) < 400} == set(route.responses)
    for status, shape in route.responses.items():
        answer = responses[str(status)]
        assert set(answer.get("headers", {})) == {header.name for header in route.headers}
        assert set(answer.get("content", {})) == ({route.media_type} if shape else set())


@by_row
def test_an_operation_lists_its_rows_problems_and_the_common_ones(
    route: Route, operations: dict[str, Json]
) -> None:
    listed = set()
    for status, answer in operations[route.key]["responses"].items():
        problem = answer.get("content", {}).get("application/problem+json")
        if problem:
            exactly = problem["schema"]["properties"]
            assert exactly["status"]["const"] == int(status)
            assert [f"urn:problem-type:{name}" for name in problem["examples"]] == exactly["type"]["enum"]
            listed |= {(status, uri) for uri in exactly["type"]["enum"]}
    wanted = {*route.problems, ProblemType.INTERNAL, ProblemType.UNREADABLE_RECORD, ProblemType.BUSY}
    wanted |= {ProblemType.TOKEN_REFUSED} if route.scope else set()
    assert listed == {(str(problem.status), problem.uri) for problem in wanted}


@by_row
def test_operation_describes_the_responses_of_the_gateway_itself(
    route: Route, operations: dict[str, Json]
) -> None:
    theirs = {
        int(status): answer
        for status, answer in operations[route.key]["responses"].items()
        if int(status) >= 400 and "application/json" in answer.get("content", {})
    }
    scoped, with_body = {401, 403} if route.scope else set(), {413} if route.body else set()
    assert set(theirs) == {404, 429, 500, 503} | scoped | with_body
    for answer in theirs.values():
        assert answer["content"]["application/json"]["schema"]["$ref"].endswith("/GatewayMessage")
        assert "gateway" in answer["description"]


@by_row
def test_an_operation_is_described(route: Route, operations: dict[str, Json]) -> None:
    operation = operations[route.key]
    assert operation["summary"] == route.summary
    assert route.scope is None or f"`{route.scope}`" in operation["description"]
    assert len(operation["tags"]) == 1


@pytest.mark.parametrize(
    ("changed", "hint"),
    [
        (
            {"handler": "get_openapi"},
            "get_openapi: add an example of its response 202 to tools.openapi.examples",
        ),
        ({"path": "/mugs"}, "add the tag of `/mugs` to tools.openapi.describe"),
        ({"path": "/orders/{mugId}"}, "describe mugId in tools.openapi.describe"),
    ],
)
def test_error_for_an_undescribed_route_names_what_is_missing(changed: Json, hint: str) -> None:
    with pytest.raises(LookupError, match=re.escape(hint)):
        document([structs.replace(PLACE_ORDER, body=None, **changed)])


def test_every_field_is_described(description: Json) -> None:
    """By a description of its own, or of its type."""
    schemas = description["components"]["schemas"]
    bare = [name for name, schema in schemas.items() if "description" not in schema]
    for name, schema in schemas.items():
        for field, part in schema.get("properties", {}).items():
            said = [part, *part.get("anyOf", ())]
            if not any("description" in each or "$ref" in each for each in said):
                bare.append(f"{name}.{field}")
    assert bare == []


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ("Status", Status),
        ("Reason", Reason),
        ("PaymentStatus", PaymentStatus),
        ("ShipmentStatus", ShipmentStatus),
    ],
)
def test_every_enum_value_is_described(description: Json, schema: str, words: type[StrEnum]) -> None:
    said = description["components"]["schemas"][schema]["description"]
    assert re.findall(r"^- `(\w+)`: ", said, re.MULTILINE) == [word.value for word in words]


def test_response_headers_common_to_a_kind_are_required(operations: dict[str, Json]) -> None:
    for route, status, header in (
        ("POST /orders", "202", "Location"),
        ("GET /products/{sku}", "304", "ETag"),
        ("PUT /customers/me", "201", "ETag"),
        ("GET /products", "200", "Cache-Control"),
    ):
        assert operations[route]["responses"][status]["headers"][header]["required"]


def test_every_tag_is_described(description: Json, operations: dict[str, Json]) -> None:
    used = {tag for operation in operations.values() for tag in operation["tags"]}
    assert {tag["name"] for tag in description["tags"]} == used


def test_a_link_has_the_parameters_of_its_target(operations: dict[str, Json]) -> None:
    targets = {operation["operationId"]: operation for operation in operations.values()}
    links = 0
    for operation in operations.values():
        for answer in operation["responses"].values():
            for link in answer.get("links", {}).values():
                links += 1
                parameters = targets[link["operationId"]]["parameters"]
                known = {each["name"] for each in parameters}
                known |= {f"{each['in']}.{each['name']}" for each in parameters}
                given = set(link.get("parameters", {}))
                assert given <= known
                in_path = {each["name"] for each in parameters if each["in"] == "path"}
                assert in_path <= given
    assert links


def test_placing_an_order_links_to_reading_and_cancelling_it(operations: dict[str, Json]) -> None:
    links = operations["POST /orders"]["responses"]["202"]["links"].values()
    assert {link["operationId"] for link in links} == {"getOrder", "cancelOrder"}


def test_a_product_links_to_ordering_it(operations: dict[str, Json]) -> None:
    link = operations["GET /products/{sku}"]["responses"]["200"]["links"]["orderIt"]
    assert link["operationId"] == "placeOrder"
    assert link["requestBody"]["lines"] == [{"sku": "$response.body#/sku", "quantity": 1}]


def test_optional_fields_have_no_default(description: Json) -> None:
    """Client generators treat a field with a default as always present, even if it may be null."""
    for schema in description["components"]["schemas"].values():
        for part in schema.get("properties", {}).values():
            assert '"default"' not in json.dumps(part)


def test_description_mentions_head_and_other_methods(description: Json) -> None:
    about = description["info"]["description"]
    assert "`HEAD` is supported wherever `GET` is" in about.replace("**", "")
    assert "404, not 405" in about
    assert {method for item in description["paths"].values() for method in item} == {
        route.method.lower() for route in ROUTES
    }


def test_no_response_contains_null(description: Json) -> None:
    for view in View.__subclasses__():
        schema = description["components"]["schemas"].get(view.__name__, {})
        assert {"type": "null"} not in [
            choice for part in schema.get("properties", {}).values() for choice in part.get("anyOf", [])
        ]
        assert view.__struct_config__.omit_defaults or not view.__struct_defaults__


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "received": st.integers(-2, 2) | st.none(),
            "adjusted": st.integers(-2, 2) | st.none(),
            "reason": st.sampled_from(["", " ", "lost", None]),
        },
    )
)
def test_the_schema_of_a_stock_entry_matches_the_handlers_validation(entry: Json) -> None:
    """The rules about several fields (one of two, and one with a reason) are in schema and handler."""
    try:
        checked(read_body(json.dumps(entry).encode(), ReceiveStock))
    except Problem:
        taken = False
    else:
        taken = True
    assert Draft202012Validator(STOCK_ENTRY).is_valid(entry) == taken
