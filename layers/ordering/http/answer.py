"""Answers, and the frame around every handler of the API."""

import base64
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import ClientError

from ordering.aws.logging import logger
from ordering.dynamodb.client import BatchIncomplete, TransactionCancelled
from ordering.http.coding import IDENTITY
from ordering.http.problems import Problem, ProblemType
from ordering.http.request import Request
from ordering.http.routes import ROUTES

# Answers are data for programs: nothing in them is to be sniffed, framed, run or fetched.
SECURITY_HEADERS = {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "strict-transport-security": "max-age=63072000; includeSubDomains",
    "x-content-type-options": "nosniff",
}

# The catalogue is the same for everybody, and half a minute old at worst. But the gateway adds to it which
# web page may read it, and a cache must not hand that to another page (Fetch Standard, "CORS protocol and
# HTTP caches").
PUBLIC = {"cache-control": "public, max-age=30", "vary": "origin"}

# What is sent compressed or not, as the client asks: a cache must not hand the one out for the other.
VARY_BY_CODING = {"vary": "accept-encoding"}

# What a refusal says beside its body: in how many seconds to come back, or how to be let in (RFC 9110,
# section 15.5.2; RFC 6750, section 3).
_REFUSING: Mapping[ProblemType, Mapping[str, str]] = {
    ProblemType.BUSY: {"retry-after": "1"},
    ProblemType.UNAVAILABLE: {"retry-after": "5"},
    ProblemType.TOKEN_REFUSED: {"www-authenticate": 'Bearer error="invalid_token"'},
    # Which coding would have done (section 15.5.16).
    ProblemType.UNSUPPORTED_CODING: {"accept-encoding": IDENTITY},
    ProblemType.NOT_ACCEPTABLE: VARY_BY_CODING,
}

# route → the parameters of its query string.
_PARAMETERS = {
    key: [parameter.name for parameter in row.parameters if parameter.place == "query"]
    for row in ROUTES
    for key in row.keys
}

# It may have been the read after the write, or some of many writes.
_PERHAPS_DONE = Problem(ProblemType.BUSY, "It may be done already, whole or in part: send it again.")
_FAULT = Problem(ProblemType.INTERNAL, "The fault has been logged.")

# A rival transaction has the item in hand, or DynamoDB admits no more just now; the SDK has tried again.
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
    """A body that is no JSON: sent byte for byte, as `media_type`."""

    content: bytes
    media_type: str


class Answer(msgspec.Struct, frozen=True):
    """An HTTP answer: a status, a body, and headers of its own.

    The body becomes JSON, unless it is None (there is no body) or Binary.
    """

    status: int
    body: Any
    headers: Mapping[str, str] = {}


def route(run: Callable[[Request], Answer]) -> Handler:
    """Turn a function of a request into the handler of a route.

    A Problem becomes its answer. Anything else that is raised is a fault of ours: it is logged with
    its cause, and the client learns the request's id and no more. HEAD is answered as GET is, without
    the body.
    """

    @logger.inject_lambda_context(clear_state=True)
    def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        request = Request(event)
        sent = respond(request)
        return _headers_alone(sent) if request.is_head else sent

    def respond(request: Request) -> dict[str, Any]:
        logger.append_keys(route=request.route, request_id=request.request_id)
        try:
            request.check_token()
            logger.append_keys(**request.names_in_the_log)
            request.know_parameters(_PARAMETERS.get(request.route, ()))
            answer = run(request)
            sent = _gateway(answer.status, answer.body, "application/json", answer.headers)
        except Problem as problem:
            return _refused(request, problem)
        except ClientError as error:
            if error.response["Error"]["Code"] not in _CONTENTION:
                logger.exception("fault")
                return _refused(request, _FAULT)
            logger.exception("contended")
            return _refused(request, _PERHAPS_DONE)
        except TransactionCancelled:
            logger.exception("contended")
            return _refused(request, Problem(ProblemType.BUSY, "Nothing was changed."))
        except BatchIncomplete:
            logger.exception("throttled")
            return _refused(request, _PERHAPS_DONE)
        except Exception:
            logger.exception("fault")
            return _refused(request, _FAULT)
        logger.info("request", extra={"status": answer.status})
        return sent

    return handler


def _refused(request: Request, problem: Problem) -> dict[str, Any]:
    status = problem.kind.status
    logger.info("request", extra={"status": status, "problem": problem.kind.slug})
    headers = _REFUSING.get(problem.kind, {})
    return _gateway(status, problem.body(request.request_id), "application/problem+json", headers)


def _headers_alone(sent: dict[str, Any]) -> dict[str, Any]:
    """What HEAD is answered: what GET would be, with the length of the body and without it.

    See RFC 9110, sections 8.6 and 9.3.2. The gateway would count what it is given, and that is nothing.
    """
    kept = {name: part for name, part in sent.items() if name not in ("body", "isBase64Encoded")}
    if "body" not in sent:
        return kept
    body = base64.b64decode(sent["body"]) if sent["isBase64Encoded"] else sent["body"].encode()
    return kept | {"headers": {**sent["headers"], "content-length": str(len(body))}}


def _gateway(status: int, body: Any, content_type: str, headers: Mapping[str, str]) -> dict[str, Any]:
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
