"""The responses of each operation: successes, problems, and the gateway's own errors."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from inspect import cleandoc
from typing import Any

import msgspec

from ordering.http.coding import IDENTITY
from ordering.http.parameters import VARY_BY_CODING, Parameter
from ordering.http.problems import BODIES, ProblemBody, ProblemType
from ordering.http.routes import Route
from tools.openapi.examples import examples_of
from tools.openapi.links import links_from
from tools.openapi.problem_examples import PROBLEMS
from tools.openapi.schemas import GatewayMessage, Schemas

Response = dict[str, Any]

# Problems that every handler may return; only routes that need a token return the last one.
_OF_EVERY_HANDLER = (
    ProblemType.INTERNAL,
    ProblemType.UNREADABLE_RECORD,
    ProblemType.BUSY,
    ProblemType.TOKEN_REFUSED,
)

# Errors of API Gateway itself: its message, and when it happens.
_GATEWAY = {
    401: ("Unauthorized", "The token is missing or invalid."),
    403: ("Forbidden", "The token does not have the required scope, or the caller is blocked."),
    404: ("Not Found", "The route does not exist."),
    413: ("Request Entity Too Large", "The body is larger than the gateway accepts."),
    429: ("Too Many Requests", "Too many requests; try again later."),
    500: ("Internal Server Error", "The gateway could not process the request."),
    503: ("Service Unavailable", "The handler did not respond in time; try again."),
}
_FROM_GATEWAY = "From the gateway itself, in its own format (`message`): "

# Responses that are the same for every operation: status → name.
_SHARED = {
    401: "Unauthorised",
    403: "Forbidden",
    404: "NoSuchRoute",
    429: "TooManyRequests",
    500: "Fault",
    503: "Busy",
}

_RETRY_AFTER = Parameter(
    name="Retry-After",
    place="header",
    description="The number of seconds to wait. Errors of the gateway do not have it.",
    schema={"type": "integer", "minimum": 1},
    example=1,
)
_AUTHENTICATE = Parameter(
    name="WWW-Authenticate",
    place="header",
    description="Why the token was refused.",
    schema={"type": "string"},
    example='Bearer scope="orders:read" error="invalid_token" error_description="the token has expired"',
)
_ACCEPT_ENCODING = Parameter(
    name="Accept-Encoding",
    place="header",
    description="The accepted content coding of request bodies: none.",
    schema={"type": "string", "enum": [IDENTITY]},
    required=True,
    example=IDENTITY,
)
_HEADERS = {
    401: (_AUTHENTICATE,),
    406: (VARY_BY_CODING,),
    415: (_ACCEPT_ENCODING,),
    503: (_RETRY_AFTER,),
}


def responses(route: Route, schemas: Schemas) -> dict[str, Response]:
    """Returns the responses of a route, by status."""
    found = {status: _success(route, status, schemas) for status in route.responses}
    for status in sorted(_error_statuses(route)):
        problems = _of_status(route.problems, status)
        if status in _SHARED and not problems:
            found[status] = {"$ref": f"#/components/responses/{_SHARED[status]}"}
        else:
            found[status] = _error(status, problems, schemas)
    return {str(status): response for status, response in sorted(found.items())}


def shared_responses(schemas: Schemas) -> dict[str, Response]:
    """Returns the responses that are the same for every operation, by name."""
    return {name: _error(status, (), schemas) for status, name in _SHARED.items()}


def problem_examples() -> dict[str, Any]:
    """Returns an example of each problem, by slug."""
    return {
        kind.slug: {"summary": kind.title, "value": msgspec.to_builtins(PROBLEMS[kind])}
        for kind in sorted(PROBLEMS, key=lambda kind: (kind.status, kind.slug))
    }


def named(examples: Mapping[str, object]) -> dict[str, Any]:
    """Returns examples in the format of a media type object."""
    return {name: {"value": msgspec.to_builtins(example)} for name, example in examples.items()}


def headers(parameters: Sequence[Parameter]) -> dict[str, Any]:
    """Returns the headers of a response."""
    return {
        header.name: {
            "description": header.description,
            **({"required": True} if header.required else {}),
            "schema": header.schema,
            "example": header.example,
        }
        for header in parameters
    }


def _success(route: Route, status: int, schemas: Schemas) -> Response:
    shape = route.responses[status]
    meaning = [f"{HTTPStatus(status).phrase}."]
    if shape and issubclass(shape, msgspec.Struct) and shape.__doc__:
        meaning.append(cleandoc(shape.__doc__))
    response: Response = {"description": " ".join(meaning)}
    if route.headers:
        response["headers"] = headers(route.headers)
    if shape:
        examples = named(examples_of(route.handler, status))
        # Raw bytes have a media type, and no schema describes them (OpenAPI 3.1, "Working with Binary Data").
        schema = {} if shape is bytes else schemas.of(shape)
        response["content"] = {route.media_type: {"schema": schema, "examples": examples}}
    if links := links_from(route, status):
        response["links"] = links
    return response


def _error_statuses(route: Route) -> set[int]:
    """Returns the error statuses of the route's handler and of the gateway."""
    gateway = {404, 429, 500, 503}
    if route.scope:
        gateway |= {401, 403}
    if route.body:
        gateway |= {413}
    return gateway | {problem.status for problem in route.problems}


def _of_status(problems: Sequence[ProblemType], status: int) -> tuple[ProblemType, ...]:
    return tuple(problem for problem in problems if problem.status == status)


def _error(status: int, problems: Sequence[ProblemType], schemas: Schemas) -> Response:
    problems = (*problems, *_of_status(_OF_EVERY_HANDLER, status))
    meanings = [f"- `{problem.slug}`: {problem.title}." for problem in problems]
    content: dict[str, Any] = {}
    if problems:
        content["application/problem+json"] = {
            "schema": _schema_of(problems, status, schemas),
            "examples": {
                problem.slug: {"$ref": f"#/components/examples/{problem.slug}"} for problem in problems
            },
        }
    if status in _GATEWAY:
        message, meaning = _GATEWAY[status]
        meanings.append(f"- {_FROM_GATEWAY}{meaning}")
        content["application/json"] = {
            "schema": schemas.of(GatewayMessage),
            "example": {"message": message},
        }
    response: Response = {"description": "\n".join(meanings)}
    if status in _HEADERS:
        response["headers"] = headers(_HEADERS[status])
    return response | {"content": content}


def _schema_of(problems: Sequence[ProblemType], status: int, schemas: Schemas) -> dict[str, Any]:
    """Returns the schema of these problems: the shape of their body, with only their types and status."""
    shapes = {BODIES.get(problem, ProblemBody) for problem in problems}
    if len(shapes) > 1:
        raise LookupError(f"{status}: problems of several shapes need a choice of schemas in {__name__}")
    return schemas.of(*shapes) | {
        "properties": {
            "type": {"enum": [problem.uri for problem in problems]},
            "status": {"const": status},
        }
    }
