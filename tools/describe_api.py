"""The API's description (OpenAPI 3.1), generated from the route table, the shapes and the problems.

    python -m tools.describe_api

renews the committed copy, which `GET /openapi.json` serves; it refuses what would break a client (see
`tools.api_changes`). An operation's summary is its row's, its description is its handler's docstring.
"""

import ast
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ordering.domain.product import SkuText
from ordering.http.parameters import Parameter
from ordering.http.routes import ROUTES, Route
from tools.api_answers import named, problem_examples, responses, shared_responses
from tools.api_copy import Refused, accept
from tools.api_examples import examples_of
from tools.api_links import operation_id
from tools.api_schemas import Schemas, portable, schema_of

Document = dict[str, Any]

PROJECT = Path(__file__).resolve().parent.parent
_HANDLERS = PROJECT / "lambdas" / "api"

_ABOUT = """\
Places orders, follows each to its end, and keeps the catalogue and the customers' profiles.

- **An order** is accepted with 202 and goes on by itself: PENDING, CONFIRMED, and FULFILLED at its end; or,
  when that cannot be, REJECTING or CANCELLING while everything is given back, and REJECTED or CANCELLED at
  its end. `history` tells each change. Nothing calls you back: read the order until it has ended. Where the
  operator has set up mail, customers with a profile are written to when their order is confirmed and when
  it has ended.
- **Repeating** a request is safe: send an `Idempotency-Key`, and the same key and body find the same order.
  Whatever has a key, reads, cancels or removes the profile may be sent again after 429, 500, 502, 503, 504
  or no answer at all; at growing intervals, and no sooner than `Retry-After` says.
- **Changing** what others may change too takes `If-Match` with the `ETag` you have read: 428 without it,
  412 when somebody was faster. If a change was not answered, read before you repeat it: it may have been
  made.
- **Pages** hold `next` while there may be more: send it back as `cursor`, with the same filters. A cursor
  is good for the list, the caller and the filters that it was made for.
- **Prices** are the catalogue's when an order is placed. What a customer was shown may be older:
  `expectedTotal` says what they agreed to, and an order that costs anything else is refused, not placed.
- **Text** that people read (names, addresses, descriptions) is on one line, has something visible in it, and
  no control characters, line separators, characters that reorder what stands around them, noncharacters or
  private ones. It is kept in Unicode's normal form C.
- **Money** is an integer of minor units (cents) with its ISO 4217 code. **Times** are RFC 3339, in UTC.
  Numbers are whole: `10`, which may be written `10.0` or `1e1`. What has no value is absent, and not null.
- **`HEAD`** works wherever `GET` does: the same status and headers, and no body.
- **Bodies** are JSON in UTF-8, and not compressed. A header that takes one value is refused when it was sent
  twice, or is a list.
- **Refusals** are `application/problem+json` (RFC 9457). Their `type` is stable, and `docs/problems` has a
  page on each; treat one that you do not know as its status. `errors` names the fields. `instance` is the
  request's id, by which the logs know it; every answer has it as `apigw-requestid`, too.
- **The gateway** in front answers 401, 403, 429, requests of no route and faults of its own in a form of
  its own, `{"message": …}`, which cannot be changed. It finds a route by its method and path together: it
  answers 404, and not 405, to a method that a path does not have. It answers `OPTIONS` itself, for browsers.
- New properties, answers and routes may come at any time; ignore what you do not know. What you send must
  be known, or it is refused: most often it is misspelt.
"""
_ABOUT_TOKENS = """\
A token (JWT) of the API's issuer, for its audience. The names beside the scheme are the scopes that the
token must carry; an issuer may write a prefix before them (Cognito: `orders/orders:read`).
"""

# The first segment of the path → the tag.
_TAGS = {
    "orders": ("Orders", "What a customer orders."),
    "products": ("Catalogue", "What is sold, at which price, and how much of it is there."),
    "customers": ("Profile", "How the customer is reached."),
    "admin": ("Administration", "Reading anybody's orders."),
    "health": ("Service", "About the API itself."),
    "openapi.json": ("Service", "About the API itself."),
    "docs": ("Service", "About the API itself."),
}

_IN_PATH = {
    "orderId": Parameter(
        name="orderId",
        place="path",
        description="The order's id.",
        schema={"type": "string", "format": "uuid"},
        example="67ac7c2f-9402-853b-aeb2-e3a1fe83d8fc",
        required=True,
    ),
    "sku": Parameter(
        name="sku",
        place="path",
        description="The product's stock keeping unit.",
        schema=schema_of(SkuText),
        example="MUG-RED",
        required=True,
    ),
    "customerId": Parameter(
        name="customerId",
        place="path",
        description="The customer's id, as an order shows it to an administrator.",
        schema={"type": "string", "pattern": "^[0-9a-f]{32}$"},
        example="9f86d081884c7d659a2feaa0c55ad015",
        required=True,
    ),
}


def document(routes: Sequence[Route] = ROUTES) -> Document:
    """The OpenAPI document of these routes."""
    schemas = Schemas(routes)
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schemas)
    described: Document = {
        "openapi": "3.1.0",
        "info": {
            "title": "Orders",
            "version": "1.0.0",
            "summary": "An accepted order is charged once, never oversold, never lost.",
            "description": _ABOUT,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        # Relative to this document, so that it holds wherever the API is served.
        "servers": [{"url": ".", "description": "Where this description was read."}],
        "tags": [{"name": name, "description": text} for name, text in dict(_TAGS.values()).items()],
        "paths": paths,
        "components": {
            "schemas": schemas.components,
            "responses": shared_responses(schemas),
            "examples": problem_examples(),
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": _ABOUT_TOKENS,
                }
            },
        },
    }
    portable_document: Document = portable(described)
    return portable_document


def parameters_of(route: Route) -> list[Parameter]:
    """The parameters of a route, those of its path first."""
    names = re.findall(r"{(\w+)}", route.path)
    if unknown := set(names) - _IN_PATH.keys():
        raise LookupError(f"{route.key}: describe {', '.join(sorted(unknown))} in {__name__}")
    return [*(_IN_PATH[name] for name in names), *route.parameters]


def _operation(route: Route, schemas: Schemas) -> dict[str, Any]:
    segment = route.path.split("/")[1]
    if segment not in _TAGS:
        raise LookupError(f"{route.key}: say in {__name__} under which tag `/{segment}` stands")
    tag, _ = _TAGS[segment]
    operation: dict[str, Any] = {
        "operationId": operation_id(route),
        "tags": [tag],
        "summary": route.summary,
        "description": f"{_docstring(route.handler)}\n\n{_admission(route)}",
        "security": [{"token": [route.scope]}] if route.scope else [],
    }
    if parameters := parameters_of(route):
        operation["parameters"] = [_parameter(parameter) for parameter in parameters]
    if route.body:
        content = {"schema": schemas.of(route.body), "examples": named(examples_of(route.handler))}
        operation["requestBody"] = {"required": True, "content": {"application/json": content}}
    return operation | {"responses": responses(route, schemas)}


def _parameter(parameter: Parameter) -> dict[str, Any]:
    """A parameter. Viewers fill in what has an example: what may be left out has its own in words."""
    in_words = "" if parameter.required else f" For example: `{parameter.example}`."
    return {
        "name": parameter.name,
        "in": parameter.place,
        "description": parameter.description + in_words,
        "required": parameter.required,
        "schema": parameter.schema,
        **({"example": parameter.example} if parameter.required else {}),
    }


def _admission(route: Route) -> str:
    """Who may call a route: viewers do not show the scopes of a bearer's token."""
    return f"Takes a token with the scope `{route.scope}`." if route.scope else "Open to everybody."


def _docstring(handler: str) -> str:
    """What the handler says of itself, read and not imported: it would want its environment."""
    module = ast.parse((_HANDLERS / f"{handler}.py").read_text())
    (function,) = (
        node for node in module.body if isinstance(node, ast.FunctionDef) and node.name == "handler"
    )
    docstring = ast.get_docstring(function)
    if docstring is None:
        raise ValueError(f"lambdas/api/{handler}.py: `handler` needs a docstring for the API's description")
    return docstring


def main() -> None:
    """Renew the committed copy."""
    try:
        accept(document())
    except Refused as refused:
        sys.exit(str(refused))


if __name__ == "__main__":
    main()
