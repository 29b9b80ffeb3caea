"""The shapes as JSON Schemas."""

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
        asked = {route.body for route in routes if route.body}
        answered = {shape for route in routes for shape in route.answers.values() if shape}
        answered |= {ProblemBody, GatewayMessage}
        answered |= {BODIES[problem] for route in routes for problem in route.problems if problem in BODIES}
        shapes = sorted(asked | answered, key=lambda shape: shape.__name__)
        schemas, components = msgspec.json.schema_components(shapes, ref_template=_REFERENCE)
        _, taken = msgspec.json.schema_components(asked, ref_template=_REFERENCE)
        # Rules of a shape that concern several of its fields.
        more = {shape.__name__: getattr(shape, "MORE_SCHEMA", {}) for shape in shapes}
        self._of = dict(zip(shapes, map(written_out, schemas), strict=True))
        self.components: Mapping[str, Schema] = {
            name: written_out(_without_defaults(schema if name in taken else _as_answered(schema)))
            | more.get(name, {})
            for name, schema in sorted(components.items())
        }

    def of(self, shape: type) -> Schema:
        """Returns the schema of a shape: a reference to its component, if it has one."""
        return self._of[shape]


def portable(part: Any) -> Any:
    """Returns part of a document, with the ends of its patterns as ECMA-262 writes them.

    Python needs more there, a lookahead, which RE2 (Go) does not take.
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
    return written_out(msgspec.json.schema(annotation))


def _without_defaults(schema: Any, *, are_properties: bool = False) -> Any:
    """Returns a schema whose fields have no default.

    Generators of clients take a field with a default for one that is always there: a client would have to
    send it, or would read it where it is absent.
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


def _as_answered(schema: Any) -> Any:
    """Returns a schema of what only responses contain.

    What is not there is absent, never null (see `shapes.View`); and a client takes no offence at a
    property that it does not know yet.
    """
    if isinstance(schema, list):
        return [_as_answered(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {name: _as_answered(part) for name, part in schema.items()}
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


def written_out(schema: Schema) -> Schema:
    """Returns a schema with what msgspec leaves out: the type of an enum, a docstring without indentation.

    And that an object of no described properties has any: generators of clients take it for an empty one.
    """
    if schema == {"type": "object"}:
        schema = schema | {"additionalProperties": True}
    if "description" in schema:
        schema = schema | {"description": cleandoc(schema["description"])}
    if all(isinstance(word, str) for word in schema.get("enum", [0])):
        schema = {"type": "string"} | schema
    return schema
