"""Generates the JSON Schemas of the API's description from the shapes of requests and responses."""

from collections.abc import Iterable, Mapping
from inspect import cleandoc
from typing import Annotated, Any

import msgspec

from ordering.domain.text import END
from ordering.http.problems import BODIES, ProblemBody
from ordering.http.routes import Route

Schema = dict[str, Any]

_REFERENCE = "#/components/schemas/{name}"


class GatewayMessage(msgspec.Struct, frozen=True):
    """An error of the gateway itself. Its format cannot be changed."""

    message: Annotated[
        str, msgspec.Meta(description="For people, in the wording of AWS.", examples=["Forbidden"])
    ]


class Schemas:
    """The schemas of every shape in the requests and responses of some routes."""

    def __init__(self, routes: Iterable[Route]) -> None:
        routes = list(routes)
        requests = {route.body for route in routes if route.body}
        responses = {shape for route in routes for shape in route.responses.values() if shape}
        responses |= {ProblemBody, GatewayMessage}
        responses |= {BODIES[problem] for route in routes for problem in route.problems if problem in BODIES}
        shapes = sorted(requests | responses, key=lambda shape: shape.__name__)
        schemas, components = msgspec.json.schema_components(shapes, ref_template=_REFERENCE)
        _, in_requests = msgspec.json.schema_components(requests, ref_template=_REFERENCE)
        # Rules of a shape that concern several of its fields.
        more = {shape.__name__: getattr(shape, "MORE_SCHEMA", {}) for shape in shapes}
        self._of = dict(zip(shapes, map(completed, schemas), strict=True))
        self.components: Mapping[str, Schema] = {
            name: completed(_without_defaults(schema if name in in_requests else _of_response(schema)))
            | more.get(name, {})
            for name, schema in sorted(components.items())
        }

    def of(self, shape: type) -> Schema:
        """Returns the schema of a shape: a reference to its component, if it has one."""
        return self._of[shape]


def portable(part: Any) -> Any:
    """Returns part of a document whose patterns end in `$`, as in ECMA-262.

    In Python `$` also matches before a last line feed, so the patterns in the code end in a lookahead,
    which RE2 (Go) does not support.
    """
    if isinstance(part, list):
        return [portable(each) for each in part]
    if not isinstance(part, dict):
        return part
    return {
        name: each.replace(END, "$") if name == "pattern" and isinstance(each, str) else portable(each)
        for name, each in part.items()
    }


def schema_of(annotation: Any) -> Schema:
    """Returns the schema of a type that needs no components, for example `SkuText`."""
    return completed(msgspec.json.schema(annotation))


def _without_defaults(schema: Any, *, are_properties: bool = False) -> Any:
    """Returns a schema whose fields have no default.

    Client generators treat a field with a default as always present: the client would have to send it, and
    would expect it in responses that lack it.
    """
    if isinstance(schema, list):
        return [_without_defaults(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: _without_defaults(part, are_properties=name == "properties" and not are_properties)
        for name, part in schema.items()
        if are_properties or name != "default"
    }


def _of_response(schema: Any) -> Any:
    """Returns the schema of a shape that only responses contain.

    A field without a value is absent, never null (see `shapes.View`), and a client must accept a property
    that it does not know yet.
    """
    if isinstance(schema, list):
        return [_of_response(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {name: _of_response(part) for name, part in schema.items()}
    if kept.get("additionalProperties") is False:
        del kept["additionalProperties"]
    alternatives = kept.get("anyOf", [])
    if {"type": "null"} in alternatives:
        present = [part for part in alternatives if part != {"type": "null"}]
        if len(present) > 1:
            return kept | {"anyOf": present}
        del kept["anyOf"]
        return present[0] | kept
    return kept


def completed(schema: Schema) -> Schema:
    """Returns a schema with what msgspec leaves out: the type of an enum, a docstring without indentation.

    An object without described properties gets `additionalProperties`, because client generators would treat
    it as an empty object.
    """
    if schema == {"type": "object"}:
        schema = schema | {"additionalProperties": True}
    if "description" in schema:
        schema = schema | {"description": cleandoc(schema["description"])}
    if all(isinstance(word, str) for word in schema.get("enum", [0])):
        schema = {"type": "string"} | schema
    return schema
