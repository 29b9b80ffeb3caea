"""The API description, generated once."""

import json
from typing import Any

import pytest

from tools.descriptions.committed_copy import as_text
from tools.openapi.describe import document

Json = dict[str, Any]


@pytest.fixture(scope="session")
def description() -> Json:
    """The description as a client reads it, decoded from JSON."""
    read: Json = json.loads(as_text(document()))
    return read


@pytest.fixture(scope="session")
def operations(description: Json) -> dict[str, Json]:
    """The operations by route (`POST /orders`), with their references to shared responses resolved."""
    shared = description["components"]["responses"]
    return {
        f"{method.upper()} {path}": operation
        | {
            "responses": {
                status: shared[answer["$ref"].rpartition("/")[2]] if "$ref" in answer else answer
                for status, answer in operation["responses"].items()
            }
        }
        for path, item in description["paths"].items()
        for method, operation in item.items()
    }
