"""The examples are what the schemas beside them say, and of the shapes that they are examples of."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator, FormatChecker

from ordering.http.problems import ProblemType
from ordering.http.routes import ROUTES, Route
from tests.contracts.conftest import Json
from tools.api_examples import ANSWERS, REQUESTS
from tools.problem_examples import PROBLEMS

BODIES = [
    pytest.param(route.body, example, id=f"{route.handler}-{name}")
    for route in ROUTES
    if route.body
    for name, example in REQUESTS[route.handler].items()
] + [
    pytest.param(shape, example, id=f"{route.handler}-{status}-{name}")
    for route in ROUTES
    for status, shape in route.answers.items()
    if shape
    for name, example in ANSWERS[route.handler, status].items()
]


def shown(description: Json, operations: dict[str, Json]) -> Iterator[tuple[str, Json, Any]]:
    """Every example in the document: where it stands, its schema, its value."""
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
def test_an_example_is_of_its_shape(shape: type[Any], example: object) -> None:
    # Encoded and read back, so that bounds and patterns are checked too.
    assert msgspec.json.decode(msgspec.json.encode(example), type=shape) == example


def test_every_body_has_an_example_and_every_example_a_body() -> None:
    assert REQUESTS.keys() == {route.handler for route in ROUTES if route.body}
    assert ANSWERS.keys() == {
        (route.handler, status) for route in ROUTES for status, shape in route.answers.items() if shape
    }
    assert all(examples for examples in [*REQUESTS.values(), *ANSWERS.values()])


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.handler)
def test_a_parameter_has_an_example_that_is_valid(route: Route) -> None:
    for parameter in route.parameters:
        Draft202012Validator(parameter.schema).validate(parameter.example)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.handler)
def test_a_header_is_shown_with_a_value(route: Route) -> None:
    assert all(header.example for header in route.headers)


def test_every_problem_has_an_example() -> None:
    assert PROBLEMS.keys() == set(ProblemType)
