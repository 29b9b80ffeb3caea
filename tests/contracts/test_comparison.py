"""Changes of a small API, and which of them break its clients."""

from copy import deepcopy
from typing import Any

import pytest

from tools.descriptions.schema_comparison import Change
from tools.openapi.comparison import changes

API: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Mugs", "version": "1"},
    "paths": {
        "/mugs/{id}": {
            "put": {
                "operationId": "putMug",
                "summary": "Change a mug",
                "security": [{"token": ["mugs:write"]}],
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
                    {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 100}},
                    {"name": "If-Match", "in": "header", "schema": {"type": "string"}},
                ],
                "requestBody": {
                    "required": False,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Mug"}}},
                },
                "responses": {
                    "200": {
                        "description": "The mug.",
                        "headers": {"ETag": {"required": True, "schema": {"type": "string"}}},
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Mug"}}},
                        "links": {"again": {"operationId": "putMug"}},
                    },
                    "404": {
                        "description": "No such mug.",
                        "content": {
                            "application/problem+json": {
                                "schema": {"properties": {"type": {"enum": ["urn:a"]}}},
                                "example": {"type": "urn:a"},
                            }
                        },
                    },
                },
            },
            "get": {"operationId": "getMug", "security": [], "responses": {"200": {"description": "It."}}},
        }
    },
    "components": {
        "schemas": {
            "Mug": {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
        },
        "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
    },
}
PUT = "/paths/~1mugs~1{id}/put"
BODY = f"{PUT}/requestBody"
OK = f"{PUT}/responses/200"
PROBLEM = f"{PUT}/responses/404/content/application~1problem+json"
GONE = object()


def changed(*edits: tuple[str, Any]) -> list[Change]:
    """The reported changes after edits: JSON pointers into the API and their new values, or GONE."""
    after = deepcopy(API)
    for pointer, value in edits:
        *way, last = [step.replace("~1", "/") for step in pointer[1:].split("/")]
        part: Any = after
        for step in way:
            part = part[int(step) if isinstance(part, list) else step]
        if isinstance(part, list):
            part[int(last) :] = [] if value is GONE else [value]
        elif value is GONE:
            del part[last]
        else:
            part[last] = value
    return changes(API, after)


BREAKING = {
    "an operation is removed": [(PUT, GONE)],
    "a path is removed": [("/paths/~1mugs~1{id}", GONE)],
    "an operation gets another name": [(f"{PUT}/operationId", "changeMug")],
    "an open operation requires a token": [("/paths/~1mugs~1{id}/get/security", [{"token": []}])],
    "an operation requires another scope": [(f"{PUT}/security", [{"token": ["mugs:admin"]}])],
    "an operation requires one more scope": [(f"{PUT}/security", [{"token": ["mugs:write", "more"]}])],
    "tokens are sent another way": [("/components/securitySchemes/token/scheme", "basic")],
    "a parameter is removed": [(f"{PUT}/parameters/2", GONE)],
    "a parameter is required now": [(f"{PUT}/parameters/1/required", True)],
    "a new parameter is required": [
        (f"{PUT}/parameters/3", {"name": "new", "in": "query", "required": True, "schema": {}})
    ],
    "a parameter accepts fewer values": [(f"{PUT}/parameters/1/schema/maximum", 50)],
    "the body is removed": [(BODY, GONE)],
    "the body is required now": [(f"{BODY}/required", True)],
    "another media type is taken": [(f"{BODY}/content", {"application/xml": {}})],
    "a status is removed": [(f"{PUT}/responses/404", GONE)],
    "a header is removed": [(f"{OK}/headers/ETag", GONE)],
    "a header is not always there": [(f"{OK}/headers/ETag/required", False)],
    "a header gets another type": [(f"{OK}/headers/ETag/schema/type", "integer")],
    "a response has no body": [(f"{OK}/content", GONE)],
    "a property is removed": [("/components/schemas/Mug/properties", {})],
    "a required property of request and response becomes optional": [
        ("/components/schemas/Mug/required", [])
    ],
    "a problem gets another name": [(f"{PROBLEM}/schema/properties/type/enum", ["urn:b"])],
}
HARMLESS = {
    "an operation is added": [("/paths/~1new", {"get": {"operationId": "new"}})],
    "an operation needs no token any more": [(f"{PUT}/security", [])],
    "an operation takes another token as well": [
        (f"{PUT}/security", [{"token": ["mugs:write"]}, {"token": ["mugs:admin"]}])
    ],
    "an operation requires no scope any more": [(f"{PUT}/security", [{"token": []}])],
    "a new parameter is optional": [(f"{PUT}/parameters/3", {"name": "new", "in": "query", "schema": {}})],
    "a parameter accepts more values": [(f"{PUT}/parameters/1/schema/maximum", 200)],
    "a header of a request is written in other capitals": [(f"{PUT}/parameters/2/name", "if-match")],
    "a media type is taken as well": [(f"{BODY}/content/application~1xml", {})],
    "a status is added": [(f"{PUT}/responses/409", {"description": "Too late."})],
    "a header is added": [(f"{OK}/headers/Age", {"schema": {"type": "integer"}})],
    "an optional property is added": [("/components/schemas/Mug/properties/size", {"type": "integer"})],
    "a problem is added to an existing status": [
        (f"{PROBLEM}/schema/properties/type/enum", ["urn:a", "urn:b"])
    ],
    "the summary is reworded": [(f"{PUT}/summary", "Update a mug")],
    "a description is reworded": [(f"{OK}/description", "A mug.")],
    "an example is another": [(f"{PROBLEM}/example/type", "urn:b")],
    "a link is removed": [(f"{OK}/links", GONE)],
    "the API gets another title": [("/info/title", "Cups")],
    "a scheme is described": [("/components/securitySchemes/token/description", "A token.")],
}


@pytest.mark.parametrize("edits", BREAKING.values(), ids=BREAKING)
def test_change_that_breaks_clients_is_reported_as_breaking(edits: list[tuple[str, Any]]) -> None:
    assert any(change.breaking for change in changed(*edits))


@pytest.mark.parametrize("edits", HARMLESS.values(), ids=HARMLESS)
def test_harmless_change_is_reported_as_harmless(edits: list[tuple[str, Any]]) -> None:
    found = changed(*edits)
    assert found
    assert not [change for change in found if change.breaking]


def test_an_equal_description_has_no_changes() -> None:
    assert changes(API, deepcopy(API)) == []


def test_change_of_order_alone_is_reported_as_such() -> None:
    found = changed((f"{PUT}/parameters", API["paths"]["/mugs/{id}"]["put"]["parameters"][::-1]))
    assert found == [Change("the document", "is written differently", breaking=False)]


def test_changes_are_reported_by_place_with_breaking_ones_first() -> None:
    found = changed((f"{PUT}/summary", "Update"), (f"{PUT}/responses/404", GONE))
    assert found == [
        Change("PUT /mugs/{id}, 404", "is gone", breaking=True),
        Change("PUT /mugs/{id}", "is worded differently", breaking=False),
    ]


def test_a_component_of_request_and_response_is_reported_for_both() -> None:
    found = changed(("/components/schemas/Mug/properties/name/maxLength", 10))
    assert found == [
        Change("request Mug.name", "`maxLength` none → 10", breaking=True),
        Change("response Mug.name", "`maxLength` none → 10", breaking=False),
    ]
