"""POST /orders under contention and faults of DynamoDB."""

import json
from typing import Any

import pytest

from ordering.repositories.orders import Orders
from tests.support.aws_calls import (
    CONFLICT_ATTEMPTS,
    AwsCalls,
    cancelled,
    contended,
    fails,
)
from tests.support.refusals import kind_of
from tests.support.world import World


@pytest.mark.parametrize("times", [1, 4])
def test_contention_is_retried(shop: World, calls: AwsCalls, times: int) -> None:
    calls.next("TransactWriteItems", contended, times=times)
    assert shop.place().status == 202


@pytest.mark.parametrize("code", ["TransactionConflict", "ThrottlingError"])
def test_endless_contention_is_answered_as_busy(shop: World, calls: AwsCalls, code: str) -> None:
    calls.always("TransactWriteItems", cancelled(code))
    busy = shop.place()
    assert (busy.status, kind_of(busy), busy.headers["retry-after"]) == (503, "busy", "1")


@pytest.mark.parametrize(
    ("code", "attempts"), [("TransactionConflict", CONFLICT_ATTEMPTS), ("ThrottlingError", 5)]
)
def test_endless_contention_is_given_up_after_a_few_attempts(
    shop: World, calls: AwsCalls, code: str, attempts: int
) -> None:
    calls.always("TransactWriteItems", cancelled(code))
    shop.place()
    assert len(calls.made("TransactWriteItems")) == attempts


def test_endless_contention_writes_nothing(shop: World, calls: AwsCalls) -> None:
    calls.always("TransactWriteItems", contended)
    before = shop.items()
    shop.place()
    assert shop.items() == before


def test_order_refused_as_busy_is_placed_on_the_next_request(shop: World, calls: AwsCalls) -> None:
    calls.next("TransactWriteItems", contended, times=CONFLICT_ATTEMPTS)
    assert [shop.place(key="key-1").status for _ in range(2)] == [503, 202]


def test_catalogue_that_cannot_be_read_is_answered_as_busy(shop: World, calls: AwsCalls) -> None:
    calls.always(
        "BatchGetItem",
        lambda parameters, send: {"Responses": {}, "UnprocessedKeys": parameters["RequestItems"]},
    )
    assert shop.place().status == 503


def test_fault_is_a_problem_without_internal_details(shop: World, calls: AwsCalls) -> None:
    calls.next("TransactWriteItems", fails("AccessDeniedException"))
    failed = shop.place()
    assert (failed.status, failed.headers["content-type"], failed.body) == (
        500,
        "application/problem+json",
        {
            "type": "urn:problem-type:internal",
            "title": "An internal error occurred",
            "status": 500,
            "detail": "The error has been logged.",
            "instance": "urn:request:BqPvXhQbjoEEMmA=",
        },
    )


def test_unexpected_error_is_a_problem_without_internal_details(
    shop: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(*arguments: Any) -> Any:
        raise ZeroDivisionError("the inside")

    monkeypatch.setattr(Orders, "place", explode)
    failed = shop.place()
    assert (failed.status, "the inside" in json.dumps(failed.body)) == (500, False)
