"""The routes that need a token, and a request to each, for tests of authorisation."""

import json
from pathlib import Path
from typing import Any

import ordering.http
from ordering.http.routes import ROUTES, Route

GUARDED = [route for route in ROUTES if route.scope]
ALL_SCOPES = sorted({route.scope for route in GUARDED if route.scope})


def _path_examples() -> dict[str, str]:
    """The example of each parameter in a path, from the API's description."""
    document: dict[str, Any] = json.loads(Path(ordering.http.__file__).with_name("openapi.json").read_text())
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    return {
        each["name"]: each["example"]
        for operation in operations
        for each in operation.get("parameters", ())
        if each.get("in") == "path"
    }


PATH_EXAMPLES = _path_examples()


def path_of(route: Route) -> str:
    """Returns a path of the route, with the examples of its parameters."""
    return route.path.format(**PATH_EXAMPLES)
