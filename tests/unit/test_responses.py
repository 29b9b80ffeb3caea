"""The responses and problems of every route: format, headers, and the log line of a request."""

import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from ordering.dynamodb.client import BatchIncomplete, TransactionCancelled
from ordering.http.problems import (
    BODIES,
    FieldError,
    Problem,
    ProblemBody,
    ProblemType,
    invalid_field,
)
from ordering.http.request import Request
from ordering.http.response import Handler, Response, route
from tests.support.aws_calls import client_error
from tests.support.logs import Logs, kept
from tests.support.recorded import http_event
from tests.support.world import Context, HandlerResponse
from tools.openapi.problem_examples import REFUSALS

CONTENTION = [
    TransactionCancelled({}, ["order: TransactionConflict"]),
    BatchIncomplete("3 keys were left unread"),
]
FAULTS = [
    RuntimeError("the inside"),
    KeyError("the inside"),
    LookupError("the inside"),
    client_error("AccessDeniedException", "the inside"),
    msgspec.ValidationError("the inside"),
]


@pytest.fixture
def logs() -> Iterator[Logs]:
    with kept() as logs:
        yield logs


def returning(answer: Response) -> Handler:
    return route(lambda request: answer)


def raising(raised: Exception) -> Handler:
    def run(request: Request) -> Response:
        raise raised

    return route(run)


def call(handler: Handler) -> HandlerResponse:
    """Returns the response of a handler to POST /orders."""
    response = handler(http_event("POST /orders"), Context())  # type: ignore[arg-type]
    return HandlerResponse(response["statusCode"], response["headers"], json.loads(response["body"]))


# -- responses -----------------------------------------------------------------------------------------


def test_response_is_json_with_its_status() -> None:
    response = call(returning(Response(202, {"orderId": "1"})))
    assert (response.status, response.headers["content-type"], response.body) == (
        202,
        "application/json",
        {"orderId": "1"},
    )


def test_response_may_have_its_own_headers() -> None:
    assert call(returning(Response(202, {}, {"location": "orders/1"}))).headers["location"] == "orders/1"


def test_response_is_not_cached_unless_its_route_allows_it() -> None:
    assert call(returning(Response(200, {}))).headers["cache-control"] == "no-store"


def test_log_line_has_route_request_and_status(logs: Logs) -> None:
    call(returning(Response(202, {})))
    (line,) = logs.lines
    assert (line["route"], line["request_id"], line["status"]) == ("POST /orders", "BqPvXhQbjoEEMmA=", 202)


# -- problems ------------------------------------------------------------------------------------------


every_kind = pytest.mark.parametrize("problem", REFUSALS, ids=lambda problem: problem.kind.slug)


@every_kind
def test_problem_has_the_status_of_its_kind(problem: Problem) -> None:
    assert call(raising(problem)).status == problem.kind.status


@every_kind
def test_problem_has_the_media_type_problem_json(problem: Problem) -> None:
    assert call(raising(problem)).headers["content-type"] == "application/problem+json"


@every_kind
def test_problem_has_the_members_of_its_kind(problem: Problem) -> None:
    response = call(raising(problem)).body
    msgspec.convert(response, BODIES.get(problem.kind, ProblemBody))
    assert problem.members.keys() <= response.keys()


def test_a_problem_has_every_member_that_rfc_9457_names() -> None:
    response = call(raising(Problem(ProblemType.ORDER_NOT_FOUND, "You have no order with this id.")))
    assert response.body == {
        "type": "urn:problem-type:order-not-found",
        "title": "The order does not exist",
        "status": 404,
        "detail": "You have no order with this id.",
        "instance": "urn:request:BqPvXhQbjoEEMmA=",
    }


def test_a_problem_with_a_field_names_it() -> None:
    response = call(raising(invalid_field(ProblemType.UNKNOWN_SKU, "lines[0].sku", "there is none")))
    assert response.body["errors"] == [{"field": "lines[0].sku", "message": "there is none"}]


def test_a_problem_with_several_fields_names_them_all() -> None:
    errors = [FieldError("a", "is wrong"), FieldError("b", "is wrong")]
    response = call(raising(Problem(ProblemType.INVALID_BODY, "Two are wrong.", errors)))
    assert [error["field"] for error in response.body["errors"]] == ["a", "b"]


def test_refusal_is_not_cached() -> None:
    response = call(raising(Problem(ProblemType.PRODUCT_NOT_FOUND, "There is none.")))
    assert response.headers["cache-control"] == "no-store"


def test_log_line_has_the_kind_of_a_refusal(logs: Logs) -> None:
    call(raising(Problem(ProblemType.ORDER_NOT_FOUND, "You have no order with this id.")))
    (line,) = logs.lines
    assert (line["problem"], line["status"]) == ("order-not-found", 404)


def test_every_problem_kind_has_its_own_type() -> None:
    assert len({kind.uri for kind in ProblemType}) == len(list(ProblemType))


@pytest.mark.parametrize("kind", ProblemType)
def test_the_type_of_a_problem_is_a_stable_urn(kind: ProblemType) -> None:
    assert re.fullmatch(r"urn:problem-type:[a-z]+(-[a-z]+)*", kind.uri)


@pytest.mark.parametrize("kind", ProblemType)
def test_problem_has_an_error_status_of_the_api(kind: ProblemType) -> None:
    assert kind.status in (400, 401, 404, 406, 409, 412, 413, 415, 422, 428, 500, 503)


# -- contention and faults -----------------------------------------------------------------------------


@pytest.mark.parametrize("raised", CONTENTION, ids=lambda raised: type(raised).__name__)
def test_contention_returns_a_busy_problem(raised: Exception) -> None:
    busy = call(raising(raised))
    assert (busy.status, busy.body["type"]) == (503, "urn:problem-type:busy")


@pytest.mark.parametrize("raised", CONTENTION, ids=lambda raised: type(raised).__name__)
def test_busy_response_has_retry_after(raised: Exception) -> None:
    assert call(raising(raised)).headers["retry-after"] == "1"


@pytest.mark.parametrize("kind", [kind for kind in ProblemType if kind.status == 503])
def test_temporary_refusal_has_retry_after(kind: ProblemType) -> None:
    assert int(call(raising(Problem(kind, "Not now."))).headers["retry-after"]) > 0


def test_unauthorised_response_has_www_authenticate() -> None:
    """RFC 9110, section 15.5.2 requires the header in every 401."""
    response = call(raising(Problem(ProblemType.TOKEN_REFUSED, "The token has no `sub`.")))
    assert response.headers["www-authenticate"] == 'Bearer error="invalid_token"'


def test_only_temporary_refusals_have_retry_after() -> None:
    assert "retry-after" not in call(raising(RuntimeError())).headers


@pytest.mark.parametrize("raised", FAULTS, ids=lambda raised: type(raised).__name__)
def test_internal_fault_is_a_problem_of_status_500(raised: Exception) -> None:
    failed = call(raising(raised))
    assert (failed.status, failed.body["type"], failed.headers["content-type"]) == (
        500,
        "urn:problem-type:internal",
        "application/problem+json",
    )


def test_response_that_cannot_be_encoded_is_a_fault(logs: Logs) -> None:
    failed = call(returning(Response(200, {"name": "\ud800"})))
    assert (failed.status, failed.body["type"]) == (500, "urn:problem-type:internal")
    assert [line["exception_name"] for line in logs.lines if line["level"] == "ERROR"] == [
        "UnicodeEncodeError"
    ]


@pytest.mark.parametrize("raised", [*FAULTS, *CONTENTION], ids=lambda raised: type(raised).__name__)
def test_fault_response_exposes_no_internal_detail(raised: Exception) -> None:
    body = json.dumps(call(raising(raised)).body)
    assert not re.search(f"the inside|Traceback|Conflict|unread|{type(raised).__name__}", body)


@pytest.mark.parametrize("raised", FAULTS, ids=lambda raised: type(raised).__name__)
def test_fault_is_logged_with_its_cause(raised: Exception, logs: Logs) -> None:
    call(raising(raised))
    (fault,) = [line for line in logs.lines if line["level"] == "ERROR"]
    assert fault["exception_name"] == type(raised).__name__


def test_log_keys_of_a_request_are_not_in_the_next_one(logs: Logs) -> None:
    call(returning(Response(200, {})))
    handler = returning(Response(200, {}))
    handler(http_event("GET /health"), Context())  # type: ignore[arg-type]
    assert [line["route"] for line in logs.lines] == ["POST /orders", "GET /health"]


def test_response_has_the_form_that_the_gateway_accepts() -> None:
    response: dict[str, Any] = returning(Response(200, {}))(http_event("GET /health"), Context())  # type: ignore[arg-type]
    assert (response["statusCode"], response["body"], response["isBase64Encoded"]) == (200, "{}", False)
