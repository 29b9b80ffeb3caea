"""Answers and refusals: what every route has in common."""

import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from ordering.dynamodb.client import BatchIncomplete, TransactionCancelled
from ordering.http.answer import Answer, Handler, route
from ordering.http.problems import (
    BODIES,
    FieldError,
    Problem,
    ProblemBody,
    ProblemType,
    invalid_field,
)
from ordering.http.request import Request
from tests.support.aws_calls import client_error
from tests.support.logs import Logs, kept
from tests.support.recorded import http_event
from tests.support.world import Context, Response
from tools.problem_examples import REFUSALS

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


def that_answers(answer: Answer) -> Handler:
    return route(lambda request: answer)


def that_raises(raised: Exception) -> Handler:
    def run(request: Request) -> Answer:
        raise raised

    return route(run)


def call(handler: Handler) -> Response:
    answer = handler(http_event("POST /orders"), Context())  # type: ignore[arg-type]
    return Response(answer["statusCode"], answer["headers"], json.loads(answer["body"]))


# -- answers -------------------------------------------------------------------------------------------


def test_an_answer_is_json_with_its_status() -> None:
    answered = call(that_answers(Answer(202, {"orderId": "1"})))
    assert (answered.status, answered.headers["content-type"], answered.body) == (
        202,
        "application/json",
        {"orderId": "1"},
    )


def test_an_answer_has_headers_of_its_own() -> None:
    assert call(that_answers(Answer(202, {}, {"location": "orders/1"}))).headers["location"] == "orders/1"


def test_an_answer_is_kept_by_no_cache_unless_it_says_so() -> None:
    assert call(that_answers(Answer(200, {}))).headers["cache-control"] == "no-store"


def test_the_log_tells_the_route_the_request_and_the_status(logs: Logs) -> None:
    call(that_answers(Answer(202, {})))
    (line,) = logs.lines
    assert (line["route"], line["request_id"], line["status"]) == ("POST /orders", "BqPvXhQbjoEEMmA=", 202)


# -- refusals ------------------------------------------------------------------------------------------


every_kind = pytest.mark.parametrize("problem", REFUSALS, ids=lambda problem: problem.kind.slug)


@every_kind
def test_a_problem_is_answered_with_the_status_of_its_kind(problem: Problem) -> None:
    assert call(that_raises(problem)).status == problem.kind.status


@every_kind
def test_a_problem_is_problem_json(problem: Problem) -> None:
    assert call(that_raises(problem)).headers["content-type"] == "application/problem+json"


@every_kind
def test_a_problem_says_what_its_kind_has_to_say(problem: Problem) -> None:
    answered = call(that_raises(problem)).body
    msgspec.convert(answered, BODIES.get(problem.kind, ProblemBody))
    assert problem.members.keys() <= answered.keys()


def test_a_problem_has_every_member_that_rfc_9457_names() -> None:
    refused = call(that_raises(Problem(ProblemType.ORDER_NOT_FOUND, "You have no order of this id.")))
    assert refused.body == {
        "type": "urn:problem-type:order-not-found",
        "title": "There is no such order",
        "status": 404,
        "detail": "You have no order of this id.",
        "instance": "urn:request:BqPvXhQbjoEEMmA=",
    }


def test_a_problem_with_a_field_names_it() -> None:
    refused = call(that_raises(invalid_field(ProblemType.UNKNOWN_SKU, "lines[0].sku", "there is none")))
    assert refused.body["errors"] == [{"field": "lines[0].sku", "message": "there is none"}]


def test_a_problem_with_several_fields_names_them_all() -> None:
    errors = [FieldError("a", "is wrong"), FieldError("b", "is wrong")]
    refused = call(that_raises(Problem(ProblemType.INVALID_BODY, "Two are wrong.", errors)))
    assert [error["field"] for error in refused.body["errors"]] == ["a", "b"]


def test_a_refusal_is_kept_by_no_cache() -> None:
    refused = call(that_raises(Problem(ProblemType.PRODUCT_NOT_FOUND, "There is none.")))
    assert refused.headers["cache-control"] == "no-store"


def test_the_log_tells_the_kind_of_a_refusal(logs: Logs) -> None:
    call(that_raises(Problem(ProblemType.ORDER_NOT_FOUND, "You have no order of this id.")))
    (line,) = logs.lines
    assert (line["problem"], line["status"]) == ("order-not-found", 404)


def test_every_kind_of_problem_has_a_type_of_its_own() -> None:
    assert len({kind.uri for kind in ProblemType}) == len(list(ProblemType))


@pytest.mark.parametrize("kind", ProblemType)
def test_the_type_of_a_problem_is_a_stable_urn(kind: ProblemType) -> None:
    assert re.fullmatch(r"urn:problem-type:[a-z]+(-[a-z]+)*", kind.uri)


@pytest.mark.parametrize("kind", ProblemType)
def test_a_problem_is_an_error(kind: ProblemType) -> None:
    assert kind.status in (400, 401, 404, 406, 409, 412, 413, 415, 422, 428, 500, 503)


# -- contention and faults -----------------------------------------------------------------------------


@pytest.mark.parametrize("raised", CONTENTION, ids=lambda raised: type(raised).__name__)
def test_contention_is_answered_as_busy(raised: Exception) -> None:
    busy = call(that_raises(raised))
    assert (busy.status, busy.body["type"]) == (503, "urn:problem-type:busy")


@pytest.mark.parametrize("raised", CONTENTION, ids=lambda raised: type(raised).__name__)
def test_whoever_finds_it_busy_is_told_when_to_come_back(raised: Exception) -> None:
    assert call(that_raises(raised)).headers["retry-after"] == "1"


@pytest.mark.parametrize("kind", [kind for kind in ProblemType if kind.status == 503])
def test_whoever_is_refused_for_now_is_told_when_to_come_back(kind: ProblemType) -> None:
    assert int(call(that_raises(Problem(kind, "Not now."))).headers["retry-after"]) > 0


def test_whose_token_is_refused_is_told_what_to_bring() -> None:
    """RFC 9110, section 15.5.2: no 401 without it."""
    refused = call(that_raises(Problem(ProblemType.TOKEN_REFUSED, "It says nobody.")))
    assert refused.headers["www-authenticate"] == 'Bearer error="invalid_token"'


def test_nobody_else_is_told_to_come_back() -> None:
    assert "retry-after" not in call(that_raises(RuntimeError())).headers


@pytest.mark.parametrize("raised", FAULTS, ids=lambda raised: type(raised).__name__)
def test_a_fault_of_ours_is_a_problem_of_status_500(raised: Exception) -> None:
    failed = call(that_raises(raised))
    assert (failed.status, failed.body["type"], failed.headers["content-type"]) == (
        500,
        "urn:problem-type:internal",
        "application/problem+json",
    )


def test_what_cannot_be_written_as_json_is_a_fault_like_any_other(logs: Logs) -> None:
    failed = call(that_answers(Answer(200, {"name": "\ud800"})))
    assert (failed.status, failed.body["type"]) == (500, "urn:problem-type:internal")
    assert [line["exception_name"] for line in logs.lines if line["level"] == "ERROR"] == [
        "UnicodeEncodeError"
    ]


@pytest.mark.parametrize("raised", [*FAULTS, *CONTENTION], ids=lambda raised: type(raised).__name__)
def test_a_fault_shows_nothing_of_the_inside(raised: Exception) -> None:
    body = json.dumps(call(that_raises(raised)).body)
    assert not re.search(f"the inside|Traceback|Conflict|unread|{type(raised).__name__}", body)


@pytest.mark.parametrize("raised", FAULTS, ids=lambda raised: type(raised).__name__)
def test_a_fault_is_logged_with_its_cause(raised: Exception, logs: Logs) -> None:
    call(that_raises(raised))
    (fault,) = [line for line in logs.lines if line["level"] == "ERROR"]
    assert fault["exception_name"] == type(raised).__name__


def test_one_request_leaves_nothing_in_the_log_of_the_next(logs: Logs) -> None:
    call(that_answers(Answer(200, {})))
    handler = that_answers(Answer(200, {}))
    handler(http_event("GET /health"), Context())  # type: ignore[arg-type]
    assert [line["route"] for line in logs.lines] == ["POST /orders", "GET /health"]


def test_the_answer_is_as_the_gateway_takes_it() -> None:
    answer: dict[str, Any] = that_answers(Answer(200, {}))(http_event("GET /health"), Context())  # type: ignore[arg-type]
    assert (answer["statusCode"], answer["body"], answer["isBase64Encoded"]) == (200, "{}", False)
