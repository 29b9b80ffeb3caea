"""The API's description (OpenAPI 3.1), generated from the route table, the shapes and the problems.

`tools.openapi.changes` keeps the committed copy, which `GET /openapi.json` returns. The summary of an
operation comes from the route table, and its description from the docstring of its handler.
"""

import ast
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ordering.domain.product import SkuText
from ordering.http.parameters import Parameter
from ordering.http.routes import ROUTES, Route
from ordering.http.shapes.images import ImageIdText
from tools.openapi.examples import examples_of
from tools.openapi.links import operation_id
from tools.openapi.responses import named, problem_examples, responses, shared_responses
from tools.openapi.schemas import Schemas, portable, schema_of

Document = dict[str, Any]

_HANDLERS = Path(__file__).resolve().parents[2] / "lambdas" / "api"

_ABOUT = """\
Place orders and follow them, and manage the catalogue and customers' profiles.

- **Orders** are accepted with 202 and processed in the background. An order is PENDING, then CONFIRMED, and
  ends FULFILLED. If it cannot be fulfilled, it is REJECTING or CANCELLING while everything is undone, and
  ends REJECTED or CANCELLED. `history` lists every change. Poll the order until it has ended, or create a
  webhook endpoint: then the events of your orders, which [another page](docs/events) describes, are sent to
  you. If the deployment sends mail,
  customers with a profile are notified when an order is confirmed and when it has ended.
- **Retries** are safe with an `Idempotency-Key`: the same key and body return the same order. Requests with a
  key, `GET` requests, cancelling an order and deleting the profile can be retried after 429, 500, 502, 503,
  504 or no response. Wait longer each time, and at least as long as `Retry-After` says.
- **Updates** of products and profiles need `If-Match` with the `ETag` that you have read: without it the
  response is 428, and if another client was faster it is 412. If an update gets no response, read the
  resource before you retry: the update may have been made.
- **Pages** contain `next` if there may be more: send it as `cursor`, with the same filters. A cursor is valid
  for the list, the caller and the filters that it was issued for.
- **Prices** are those of the catalogue when the order is placed. The customer may have seen older ones: send
  the total that they agreed to as `expectedTotal`, and an order that costs a different amount is refused.
- **Text** for people (names, addresses, descriptions) must be on one line and have a visible character.
  Control characters, line separators, characters that change the direction of other text, noncharacters and
  private-use characters are refused. Text is stored in Unicode normalization form C.
- **Money** is an integer in minor units (cents) with an ISO 4217 code. **Times** are RFC 3339, in UTC.
  Numbers are integers: `10`, which may be written as `10.0` or `1e1`. Fields without a value are absent, not
  null.
- **`HEAD`** is supported wherever `GET` is: the same status and headers, without a body.
- **Bodies** are uncompressed JSON in UTF-8. A header with a single value is refused if it is sent twice or is
  a list.
- **Errors** are `application/problem+json` (RFC 9457). Their `type` is stable; `GET /problems/{type}` is a
  page about it; [one page](problems/index) lists all of them. Handle an unknown type by its status. `errors`
  names the fields. `instance` is the id of the request, as it appears in the logs; every response also has it
  as the header `apigw-requestid`.
- **The gateway** in front of the API returns 401, 403, 429, 404 for unknown routes and its own errors in a
  format of its own, `{"message": …}`, which cannot be changed. It matches method and path together: for a
  method that a path does not have, it returns 404, not 405. It handles `OPTIONS` for browsers.
- New fields, responses and routes may be added at any time; ignore what you do not know. Unknown fields in
  your requests are refused, because most often they are misspelt.
"""
_ABOUT_TOKENS = """\
A JWT from the API's issuer, for its audience. The names listed with the scheme are the scopes that the token
must have. An issuer may add a prefix to them (Cognito: `orders/orders:read`).
"""

# First segment of the path → tag and its description.
_TAGS = {
    "orders": ("Orders", "Place, follow and cancel orders."),
    "products": ("Catalogue", "Products, their prices, their stock and their images."),
    "images": ("Catalogue", "Products, their prices, their stock and their images."),
    "customers": ("Profile", "The customer's contact details."),
    "webhooks": (
        "Webhooks",
        "Events of your orders, sent to a URL of yours. A shop that has no partners lacks these routes: they "
        "return 404.",
    ),
    "admin": ("Administration", "Read any customer's orders."),
    "health": ("Service", "About the API itself."),
    "openapi.json": ("Service", "About the API itself."),
    "docs": ("Service", "About the API itself."),
    "asyncapi.json": ("Service", "About the API itself."),
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
    "imageId": Parameter(
        name="imageId",
        place="path",
        description="The image's id.",
        schema=schema_of(ImageIdText),
        example="0f8b1c5e7a9d4e6fb3c2a1d0e9f87654",
        required=True,
    ),
    "file": Parameter(
        name="file",
        place="path",
        description="The name of the file, as the `url` of a thumbnail has it.",
        schema={"type": "string", "pattern": "^[0-9a-f]{16}-(small|medium|large)\\.webp$"},
        example="5e0c7a1b9d3f4826-small.webp",
        required=True,
    ),
    "webhookId": Parameter(
        name="webhookId",
        place="path",
        description="The endpoint's id.",
        schema={"type": "string", "pattern": "^[0-9a-f]{32}$"},
        example="3f2c9a7e5b1d4086a1c7e9d2b4f60813",
        required=True,
    ),
    "queue": Parameter(
        name="queue",
        place="path",
        description="The name of a dead-letter queue, as in the list of queues.",
        schema={"type": "string", "minLength": 1},
        example="notifications",
        required=True,
    ),
    "customerId": Parameter(
        name="customerId",
        place="path",
        description="The customer's id, as in an order that an administrator reads.",
        schema={"type": "string", "pattern": "^[0-9a-f]{32}$"},
        example="9f86d081884c7d659a2feaa0c55ad015",
        required=True,
    ),
}


def document(routes: Sequence[Route] = ROUTES) -> Document:
    """Returns the OpenAPI document of these routes."""
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
        # Relative to this document, so that it is correct wherever the API is served.
        "servers": [{"url": ".", "description": "The server that this description comes from."}],
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
    """Returns the parameters of a route, path parameters first."""
    names = re.findall(r"{(\w+)}", route.path)
    if unknown := set(names) - _IN_PATH.keys():
        raise LookupError(f"{route.key}: describe {', '.join(sorted(unknown))} in {__name__}")
    return [*(_IN_PATH[name] for name in names), *route.parameters]


def _operation(route: Route, schemas: Schemas) -> dict[str, Any]:
    segment = route.path.split("/")[1]
    if segment not in _TAGS:
        raise LookupError(f"{route.key}: add the tag of `/{segment}` to {__name__}")
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
    """Returns a parameter.

    Viewers send examples by default, so the example of an optional parameter is in the description only.
    """
    example = "" if parameter.required else f" For example: `{_in_query(parameter.example)}`."
    return {
        "name": parameter.name,
        "in": parameter.place,
        "description": parameter.description + example,
        "required": parameter.required,
        "schema": parameter.schema,
        **({"example": parameter.example} if parameter.required else {}),
    }


def _in_query(value: Any) -> str:
    """Returns a value as a query string contains it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _admission(route: Route) -> str:
    """Returns a sentence about who may call a route, because viewers do not show the scopes of tokens."""
    return f"Requires a token with the scope `{route.scope}`." if route.scope else "No token is needed."


def _docstring(handler: str) -> str:
    """Returns the docstring of a handler.

    The module is parsed, not imported, because importing it needs its environment variables.
    """
    module = ast.parse((_HANDLERS / f"{handler}.py").read_text())
    (function,) = (
        node for node in module.body if isinstance(node, ast.FunctionDef) and node.name == "handler"
    )
    docstring = ast.get_docstring(function)
    if docstring is None:
        raise ValueError(f"lambdas/api/{handler}.py: `handler` needs a docstring for the API's description")
    return docstring
