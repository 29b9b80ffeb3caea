"""Responses, and the decorator of every handler of the API."""

import base64
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import msgspec
from aws_lambda_powertools.utilities.typing import LambdaContext

from ordering.aws.logging import logger
from ordering.dynamodb.errors import BatchIncomplete, TransactionCancelled
from ordering.http.coding import IDENTITY
from ordering.http.problems import Problem, ProblemType
from ordering.http.request import Request
from ordering.repositories.items import UnreadableRecord

# Responses are data for programs: browsers must not sniff, frame or run them, or fetch anything for them.
SECURITY_HEADERS = {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "strict-transport-security": "max-age=63072000; includeSubDomains",
    "x-content-type-options": "nosniff",
}

# The catalogue is the same for everyone and may be cached for half a minute. The gateway adds a CORS header
# for the page's origin, and a cache must not reuse that for another origin (Fetch Standard, "CORS protocol
# and HTTP caches").
PUBLIC = {"cache-control": "public, max-age=30", "vary": "origin"}

# Sent compressed or not, as the client asks: a cache must not reuse one for the other.
VARY_BY_CODING = {"vary": "accept-encoding"}

# The additional headers of problems: when to retry, why the token was refused (RFC 9110, section 15.5.2; RFC
# 6750, section 3), or how to negotiate the coding.
_PROBLEM_HEADERS: Mapping[ProblemType, Mapping[str, str]] = {
    ProblemType.BUSY: {"retry-after": "1"},
    ProblemType.UNAVAILABLE: {"retry-after": "5"},
    ProblemType.TOKEN_REFUSED: {"www-authenticate": 'Bearer error="invalid_token"'},
    # The accepted coding (RFC 9110, section 15.5.16).
    ProblemType.UNSUPPORTED_CODING: {"accept-encoding": IDENTITY},
    ProblemType.NOT_ACCEPTABLE: VARY_BY_CODING,
}

# The failed call may have been a read after the write, or one of several writes.
_MAY_BE_DONE = Problem(
    ProblemType.BUSY, "The change may have been made in whole or in part: send the request again."
)
_FAULT = Problem(ProblemType.INTERNAL, "The error has been logged.")
UNREADABLE = Problem(
    ProblemType.UNREADABLE_RECORD,
    "The request is valid. Operators have been notified. Until they have repaired the record, the same "
    "request gets the same response.",
)

# A concurrent transaction uses the item, or DynamoDB throttles. The SDK has already retried.
_CONTENTION = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottlingException",
        "TransactionConflictException",
    }
)

Handler = Callable[[dict[str, Any], LambdaContext], dict[str, Any]]


class Binary(msgspec.Struct, frozen=True):
    """A body that is not JSON. It is sent byte for byte, as `media_type`."""

    content: bytes
    media_type: str


class Response(msgspec.Struct, frozen=True):
    """An HTTP response: a status, a body and headers.

    The body is encoded as JSON, unless it is None (no body) or Binary.
    """

    status: int
    body: Any
    headers: Mapping[str, str] = {}


def route(run: Callable[[Request], Response]) -> Handler:
    """Turns a function of a request into the handler of a route.

    A Problem becomes its response. Any other exception is logged, and the client only gets the request's id.
    HEAD gets the response of GET without the body.
    """

    @logger.inject_lambda_context(clear_state=True)
    def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        request = Request(event)
        sent = respond(request)
        return _without_body(sent) if request.is_head else sent

    def respond(request: Request) -> dict[str, Any]:
        logger.append_keys(route=request.route, request_id=request.request_id)
        try:
            request.check_token()
            logger.append_keys(**request.log_context)
            if request.has_query and (known := _query_parameters(request.route)) is not None:
                request.reject_unknown_parameters(known)
            answer = run(request)
            sent = _gateway_response(answer.status, answer.body, "application/json", answer.headers)
        except Problem as problem:
            return _problem_response(request, problem)
        except TransactionCancelled:
            logger.exception("contended")
            return _problem_response(request, Problem(ProblemType.BUSY, "Nothing was changed."))
        except UnreadableRecord as error:
            # `record_of` has already reported it.
            logger.warning("unreadable", extra={"item": error.item})
            return _problem_response(request, UNREADABLE)
        except BatchIncomplete:
            logger.exception("throttled")
            return _problem_response(request, _MAY_BE_DONE)
        except Exception as error:
            if _is_contention(error):
                logger.exception("contended")
                return _problem_response(request, _MAY_BE_DONE)
            logger.exception("fault")
            return _problem_response(request, _FAULT)
        logger.info("request", extra={"status": answer.status})
        return sent

    return handler


@cache
def _query_parameters(route_key: str) -> tuple[str, ...] | None:
    """Returns the names of a route's query parameters; None if it takes any.

    The path of a page takes any: an issuer sends people back to it with the parameters that it chooses, and
    unknown ones must be ignored (RFC 6749, section 4.1.2).
    """
    # Imported when needed: it loads the shapes of every route, and most requests have no query string.
    from ordering.http.routes import ROUTES

    path = route_key.partition(" ")[2]
    if any(path in row.pages for row in ROUTES):
        return None
    return tuple(
        parameter.name
        for row in ROUTES
        if route_key in row.keys
        for parameter in row.parameters
        if parameter.place == "query"
    )


def _is_contention(error: Exception) -> bool:
    """Whether this is a ClientError with one of these codes.

    botocore's class is not named: a handler that makes no client does not load botocore.
    """
    response = getattr(error, "response", None)
    return isinstance(response, dict) and response.get("Error", {}).get("Code") in _CONTENTION


def _problem_response(request: Request, problem: Problem) -> dict[str, Any]:
    status = problem.kind.status
    logger.info("request", extra={"status": status, "problem": problem.kind.slug})
    headers = _PROBLEM_HEADERS.get(problem.kind, {})
    return _gateway_response(status, problem.body(request.request_id), "application/problem+json", headers)


def _without_body(sent: dict[str, Any]) -> dict[str, Any]:
    """Returns the response to HEAD: that of GET, with the length of the body but without the body.

    See RFC 9110, sections 8.6 and 9.3.2. The gateway would set a length of 0, since there is no body.
    """
    kept = {name: part for name, part in sent.items() if name not in ("body", "isBase64Encoded")}
    if "body" not in sent:
        return kept
    body = base64.b64decode(sent["body"]) if sent["isBase64Encoded"] else sent["body"].encode()
    return kept | {"headers": {**sent["headers"], "content-length": str(len(body))}}


def _gateway_response(
    status: int, body: Any, content_type: str, headers: Mapping[str, str]
) -> dict[str, Any]:
    sent = {"cache-control": "no-store", **SECURITY_HEADERS, **headers}
    if body is None:
        return {"statusCode": status, "headers": sent}
    if isinstance(body, Binary):
        return {
            "statusCode": status,
            "headers": {"content-type": body.media_type, **sent},
            "body": base64.b64encode(body.content).decode(),
            "isBase64Encoded": True,
        }
    return {
        "statusCode": status,
        "headers": {"content-type": content_type, **sent},
        "body": msgspec.json.encode(body).decode(),
        "isBase64Encoded": False,
    }
