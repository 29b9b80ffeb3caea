"""Merges a JSON Schema with the schemas that it refers to (`$ref`, `allOf`), for comparisons."""

from collections.abc import Mapping
from functools import reduce
from typing import Any

Schema = Mapping[str, Any]
Document = Mapping[str, Any]

# Keywords that do not affect which values are valid.
ANNOTATIONS = frozenset(
    {"title", "description", "summary", "default", "example", "examples", "deprecated", "$comment"}
)
LEAST = frozenset({"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"})
MOST = frozenset({"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"})
_TYPES = frozenset({"null", "boolean", "integer", "number", "string", "array", "object"})


def resolved(document: Document, part: Any) -> Any:
    """Returns a part of a document; if it is a reference, the part that it refers to."""
    while isinstance(part, Mapping) and "$ref" in part:
        reference = part["$ref"]
        part = document
        for step in reference.removeprefix("#/").split("/"):
            part = part[step.replace("~1", "/").replace("~0", "~")]
    return part


def merged(document: Document, schema: Any) -> Schema:
    """Returns a schema merged with its reference and all of its `allOf`."""
    if isinstance(schema, bool):
        return {} if schema else {"not": {}}
    parts: list[Schema] = [{name: value for name, value in schema.items() if name not in ("$ref", "allOf")}]
    parts += [merged(document, part) for part in schema.get("allOf", [])]
    if "$ref" in schema:
        parts.append(merged(document, resolved(document, schema)))
    return reduce(_both, parts)


def types_of(schema: Schema) -> frozenset[str]:
    """Returns the types that a schema admits; every integer is also a number."""
    kinds = schema.get("type", _TYPES)
    named = frozenset([kinds] if isinstance(kinds, str) else kinds)
    return named | {"integer"} if "number" in named else named


def _both(one: Schema, other: Schema) -> dict[str, Any]:
    """Returns the schema of the values that are valid by both schemas."""
    result = dict(one)
    for keyword, value in other.items():
        if keyword not in result:
            result[keyword] = value
        elif keyword not in ANNOTATIONS and result[keyword] != value:
            result[keyword] = _intersection(keyword, one, other)
    return result


def _intersection(keyword: str, one: Schema, other: Schema) -> Any:
    mine, theirs = one[keyword], other[keyword]
    match keyword:
        case "type":
            return sorted(types_of(one) & types_of(other))
        case "enum":
            return [each for each in mine if each in theirs]
        case "required":
            return sorted({*mine, *theirs})
        case "properties":
            shared = {name: {"allOf": [mine[name], theirs[name]]} for name in mine.keys() & theirs.keys()}
            return {**mine, **theirs, **shared}
        case "items" | "additionalProperties":
            return False if False in (mine, theirs) else {"allOf": [mine, theirs]}
        case _ if keyword in LEAST:
            return max(mine, theirs)
        case _ if keyword in MOST:
            return min(mine, theirs)
    # Both keywords apply (for example two patterns). The result equals only itself.
    return [mine, theirs]
