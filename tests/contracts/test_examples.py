"""Every example matches its schema, and the type that it is an example of."""

from collections.abc import Iterator
from typing import Annotated, Any

import msgspec
import pytest
from jsonschema import Draft202012Validator, FormatChecker

from ordering.http.problems import ProblemType
from ordering.http.routes import ROUTES, Route
from tests.contracts.conftest import Json
from tools.openapi.example_values import example_value
from tools.openapi.examples import REQUESTS, RESPONSES, examples_of
from tools.openapi.problem_examples import PROBLEMS
from tools.openapi.schemas import portable

BODIES = [
    pytest.param(route.body, example, id=f"{route.handler}-{name}")
    for route in ROUTES
    if route.body
    for name, example in examples_of(route.handler).items()
] + [
    pytest.param(shape, example, id=f"{route.handler}-{status}-{name}")
    for route in ROUTES
    for status, shape in route.responses.items()
    if shape
    for name, example in examples_of(route.handler, status).items()
]


def shown(description: Json, operations: dict[str, Json]) -> Iterator[tuple[str, Json, Any]]:
    """Every example in the document: its place, its schema and its value."""
    named = description["components"]["examples"]
    for key, operation in operations.items():
        for parameter in operation.get("parameters", []):
            if "example" in parameter:
                yield f"{key}, {parameter['name']}", parameter["schema"], parameter["example"]
        answers = list(operation["responses"].values())
        for answer in answers:
            for name, header in answer.get("headers", {}).items():
                yield f"{key}, {name}", header["schema"], header["example"]
        for message in [operation.get("requestBody", {}), *answers]:
            for media_type in message.get("content", {}).values():
                examples = media_type.get("examples", {"only": {"value": media_type.get("example")}})
                for name, example in examples.items():
                    if "$ref" in example:
                        example = named[example["$ref"].rpartition("/")[2]]
                    yield f"{key}, {name}", media_type["schema"], example["value"]


def test_every_example_is_valid_by_its_schema(description: Json, operations: dict[str, Json]) -> None:
    checked = 0
    for where, schema, value in shown(description, operations):
        # The schema's references are resolved within it.
        whole = {**schema, "components": description["components"]}
        validator = Draft202012Validator(whole, format_checker=FormatChecker())
        assert [f"{where}: {error.message}" for error in validator.iter_errors(value)] == []
        checked += 1
    assert checked > 100


@pytest.mark.parametrize(("shape", "example"), BODIES)
def test_an_example_can_be_decoded_as_its_type(shape: type[Any], example: object) -> None:
    # Encoded and read back, so that bounds and patterns are checked too.
    assert msgspec.json.decode(msgspec.json.encode(example), type=shape) == example


def test_every_body_has_an_example_and_every_example_a_body() -> None:
    bodies = {route.handler for route in ROUTES if route.body}
    answers = {
        (route.handler, status) for route in ROUTES for status, shape in route.responses.items() if shape
    }
    assert bodies >= REQUESTS.keys()
    assert answers >= RESPONSES.keys()
    assert all(examples_of(handler) for handler in bodies)
    assert all(examples_of(handler, status) for handler, status in answers)


STRUCTS = {
    shape for route in ROUTES for shape in route.responses.values() if shape not in (None, dict, str, bytes)
}


@pytest.mark.parametrize("shape", sorted(STRUCTS, key=str), ids=lambda shape: shape.__name__)
def test_an_example_that_is_built_from_a_shape_is_valid_by_its_schema(shape: type[Any]) -> None:
    schema = portable(msgspec.json.schema(shape))
    example = msgspec.to_builtins(example_value(shape))
    assert list(Draft202012Validator(schema).iter_errors(example)) == []


def test_a_field_with_a_pattern_needs_an_example() -> None:
    class Parcel(msgspec.Struct):
        code: Annotated[str, msgspec.Meta(pattern="^[0-9]{3}$")]

    with pytest.raises(LookupError, match=r"Parcel\.code"):
        example_value(Parcel)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.handler)
def test_a_parameter_has_an_example_that_is_valid(route: Route) -> None:
    for parameter in route.parameters:
        Draft202012Validator(parameter.schema).validate(parameter.example)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.handler)
def test_every_header_has_an_example(route: Route) -> None:
    assert all(header.example for header in route.headers)


def test_every_problem_has_an_example() -> None:
    assert PROBLEMS.keys() == set(ProblemType)
