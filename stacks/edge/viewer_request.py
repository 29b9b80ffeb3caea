"""The code of the CloudFront function in `viewer_request.js`, with the constants of a stage."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from ordering.http.routes import Route
from stacks.edge.function_code import filled

SOURCE: Final = Path(__file__).with_name("viewer_request.js")


def code(routes: Iterable[Route], origins: Iterable[str], prefix: str = "") -> str:
    """Returns the function for these cached routes, for these origins of web pages, and for a path's prefix.

    Raises ValueError as `filled` does.
    """
    return filled(
        SOURCE,
        {
            "DEFAULTS": ("{}", defaults(routes)),
            "ORIGINS": ("[]", list(origins)),
            "PREFIX": ('""', prefix),
        },
    )


def defaults(routes: Iterable[Route]) -> Mapping[str, Mapping[str, str]]:
    """Returns path → query parameter → its default as a request would write it.

    Raises ValueError for a path with parameters: the function compares whole paths only.
    """
    found: dict[str, dict[str, str]] = {}
    for route in routes:
        of_route = {
            parameter.name: _text(parameter.schema["default"])
            for parameter in route.parameters
            if parameter.place == "query" and "default" in parameter.schema
        }
        if of_route and "{" in route.path:
            raise ValueError(f"{route.key} has query parameters with a default, and a path that varies")
        if of_route:
            found[route.path] = of_route
    return found


def _text(value: object) -> str:
    """Returns a value as a query string contains it: booleans are written as in JSON."""
    return value if isinstance(value, str) else json.dumps(value)
