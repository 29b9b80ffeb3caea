"""The description of the events (AsyncAPI 3), generated from the classes in `ordering.domain.events`.

    .venv/bin/python -m tools.asyncapi.changes accept

updates the committed copies: `asyncapi.json`, which `GET /asyncapi.json` serves and from which the events
stack registers the schemas of EventBridge's registry; and `events.html`, the page at `/docs/events`.
"""

import json
from inspect import cleandoc
from pathlib import Path
from typing import Any

import msgspec

from ordering.domain.events.shapes import SHAPES
from tools.openapi.schemas import completed, portable

Document = dict[str, Any]

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "event-examples.json"
"""One event of each type, as it was published in a test: type → event."""

_REFERENCE = "#/components/schemas/{name}"

_ABOUT = """\
What happens to orders, payments, stock, shipments and products, published on a bus of Amazon EventBridge.

- **On the bus**, an event's `source` is `orders`, its `detail-type` is its type, and its `detail` is what is
  described here. The bus's name is the output `EventBusName` of the events stack.
- **Delivery** is at least once and in no particular order. Events with the same `id` are the same event. Of
  two events of one family with the same `subject`, the one with the higher `sequence` is later.
- **New** types and new optional fields may be added at any time; ignore what you do not know. A change that
  breaks consumers increases `schemaVersion`.
- **Personal data** other than ids is in no event: no name, no address and no payment token.
- **Money** is an integer in minor units (cents) with an ISO 4217 code. **Times** are RFC 3339, in UTC. Fields
  without a value are absent, not null.
"""


def document() -> Document:
    """Returns the AsyncAPI document of every event type."""
    examples = json.loads(EXAMPLES.read_text())
    references = {type.value: {"$ref": f"#/components/messages/{type.value}"} for type in SHAPES}
    described: Document = {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Order events",
            "version": "1.0.0",
            "description": _ABOUT,
            "license": {"name": "MIT"},
        },
        "defaultContentType": "application/json",
        "channels": {
            "orders": {
                # The event bus of each stage has its own name.
                "address": None,
                "title": "The event bus",
                "description": "Events with the source `orders`.",
                "messages": references,
            }
        },
        "operations": {
            "publish": {
                "action": "send",
                "title": "Publish a change",
                "channel": {"$ref": "#/channels/orders"},
                "messages": [{"$ref": f"#/channels/orders/messages/{type}"} for type in references],
            }
        },
        "components": {
            "messages": {
                type.value: {
                    "name": type.value,
                    "title": type.value,
                    "summary": _summary(shape),
                    "contentType": "application/json",
                    "payload": {"$ref": _REFERENCE.format(name=type.value)},
                    "examples": [{"name": type.value, "payload": examples[type.value]}],
                }
                for type, shape in SHAPES.items()
            },
            "schemas": schemas(),
        },
    }
    portable_document: Document = portable(described)
    return portable_document


def schemas() -> dict[str, Any]:
    """Returns the JSON Schemas of every event type, and of the parts that they share, by name."""
    _, components = msgspec.json.schema_components(SHAPES.values(), ref_template=_REFERENCE)
    described = {name: _portable_references(_typed(schema)) for name, schema in sorted(components.items())}
    for type, shape in SHAPES.items():
        described[type.value]["properties"]["schemaVersion"]["enum"] = [shape.SCHEMA_VERSION]
    return described


def _summary(shape: type) -> str:
    """Returns the docstring of a class: its first sentence or two, on one line."""
    return " ".join(cleandoc(shape.__doc__ or "").split("\n\n")[0].split())


def _typed(schema: Any) -> Any:
    """Returns a schema in which every list of strings has its type."""
    if isinstance(schema, list):
        return [_typed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return (
        completed({name: _typed(part) for name, part in schema.items()})
        if _is_schema(schema)
        else {name: _typed(part) for name, part in schema.items()}
    )


def _is_schema(part: dict[str, Any]) -> bool:
    return isinstance(part.get("description"), str) or isinstance(part.get("enum"), list)


def _portable_references(schema: Any) -> Any:
    """Returns a schema in which references have no other keywords beside them, which draft 7 ignores."""
    if isinstance(schema, list):
        return [_portable_references(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {name: _portable_references(part) for name, part in schema.items()}
    if "$ref" in kept and len(kept) > 1:
        return {"allOf": [{"$ref": kept.pop("$ref")}], **kept}
    return kept
