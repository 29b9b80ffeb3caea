"""Checks published events against the committed description, which consumers rely on."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator, FormatChecker

DESCRIPTION = Path(__file__).parents[2] / "layers" / "ordering" / "http" / "asyncapi.json"

# What the consumers of the previous release read beside `eventId` (`ordering.domain.events.earlier_release`).
_OF_PREVIOUS_RELEASE = ("at", "version", "old", "new", "changed")


class NotAsDescribed(AssertionError):
    """An event was published that its schema does not allow."""


def check(detail_type: str, detail: Mapping[str, Any]) -> None:
    """Raises NotAsDescribed if an event does not match the schema of its type, or has a field beyond it."""
    described = _described()
    if detail_type not in described or detail.get("type") != detail_type:
        raise NotAsDescribed(f"{detail_type}: {detail.get('type')} is not a described type")
    event = dict(detail)
    if "eventId" in event:
        event = {name: value for name, value in event.items() if name not in _OF_PREVIOUS_RELEASE}
    # Sorted, so that the message is the same in every run.
    found = sorted(error.message for error in _validator(detail_type).iter_errors(event))
    if found:
        raise NotAsDescribed(f"{detail_type}: {'; '.join(found)}")


def check_text(detail_type: str, detail: str) -> None:
    """Check an event in JSON, as `check` does. Raises NotAsDescribed."""
    try:
        read = json.loads(detail)
    except ValueError as error:
        raise NotAsDescribed(f"{detail_type}: it is not JSON") from error
    if not isinstance(read, dict):
        raise NotAsDescribed(f"{detail_type}: it is no object")
    check(detail_type, read)


@cache
def _described() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(DESCRIPTION.read_text())
    schemas: dict[str, Any] = document["components"]["schemas"]
    for schema in schemas.values():
        if "properties" in schema:
            schema["additionalProperties"] = False
    return schemas


@cache
def _validator(name: str) -> Draft7Validator:
    schema = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": _described()}}
    return Draft7Validator(schema, format_checker=FormatChecker())
