"""A write that conflicts with another transaction is retried at once, and nothing else is.

"Transaction conflict handling in DynamoDB" (Amazon DynamoDB Transactions: How it works, Developer Guide). No
call leaves this process: the tests raise the errors.
"""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ordering.aws.clients import BRISK, ONCE
from ordering.dynamodb import conflicts
from ordering.dynamodb.client import Table, TransactionCancelled
from ordering.dynamodb.transaction import ABSENT, put, update
from tests.support.aws_calls import CONFLICT_ATTEMPTS, AwsCalls, cancelled, contended, fails

ITEM = {"PK": "ORDER#1", "SK": "ORDER"}
STOCK = update({"PK": "PRODUCT#1", "SK": "STOCK"}, "ADD held :one", condition=None, values={":one": 1})
# The time-outs of a step's function and of one of the API, and what an attempt of the SDK takes at most: to
# connect, and to get a response (`aws.clients.QUICK`).
STEP_SECONDS = 15
API_SECONDS = 10
CALL_SECONDS = 1 + 3


def transact(table: Table) -> None:
    """Put an order, and change stock."""
    table.transact({"order": put(ITEM, condition=ABSENT), "stock": STOCK})


def write_one(table: Table) -> None:
    """Put an order alone."""
    table.put(ITEM, condition=ABSENT)


def change_one(table: Table) -> None:
    """Update an order."""
    table.update(ITEM, "SET #a = :a", names={"#a": "a"}, values={":a": 1})


def remove_one(table: Table) -> None:
    """Delete an order."""
    table.delete_if(ITEM, "a = :a", values={":a": 1})


def remove_any(table: Table) -> None:
    """Delete an order, whatever it contains."""
    table.delete(ITEM)


def succeeds(parameters: Any, send: Any) -> Any:
    """A call that takes effect."""
    return {"Attributes": {}}


@pytest.fixture
def table() -> Table:
    return Table("orders")


@pytest.mark.parametrize("times", [1, CONFLICT_ATTEMPTS - 1])
def test_transaction_is_retried_until_the_other_one_has_ended(
    table: Table, calls: AwsCalls, times: int
) -> None:
    calls.next("TransactWriteItems", contended, times=times)
    calls.always("TransactWriteItems", succeeds)
    transact(table)
    assert len(calls.made("TransactWriteItems")) == times + 1


@pytest.mark.parametrize(
    ("operation", "write"),
    [
        ("PutItem", write_one),
        ("UpdateItem", change_one),
        ("DeleteItem", remove_one),
        ("DeleteItem", remove_any),
    ],
)
def test_write_of_an_item_that_a_transaction_holds_is_retried(
    table: Table, calls: AwsCalls, operation: str, write: Callable[[Table], None]
) -> None:
    calls.next(operation, fails("TransactionConflictException"))
    calls.always(operation, succeeds)
    write(table)
    assert len(calls.made(operation)) == 2


def test_endless_conflict_is_raised_after_the_last_delay(table: Table, calls: AwsCalls) -> None:
    calls.always("TransactWriteItems", contended)
    with pytest.raises(TransactionCancelled):
        transact(table)
    assert (len(calls.made("TransactWriteItems")), len(calls.slept)) == (
        CONFLICT_ATTEMPTS,
        CONFLICT_ATTEMPTS - 1,
    )


def test_condition_that_failed_as_well_is_not_retried(table: Table, calls: AwsCalls) -> None:
    calls.always("TransactWriteItems", cancelled("TransactionConflict", "ConditionalCheckFailed"))
    with pytest.raises(TransactionCancelled):
        transact(table)
    assert len(calls.made("TransactWriteItems")) == 1


@pytest.mark.parametrize("code", ["ThrottlingError", "ProvisionedThroughputExceeded"])
def test_throttling_is_left_to_the_caller(table: Table, calls: AwsCalls, code: str) -> None:
    """A table that throttles needs less load, and not more."""
    calls.always("TransactWriteItems", cancelled("TransactionConflict", code))
    with pytest.raises(TransactionCancelled):
        transact(table)
    assert len(calls.made("TransactWriteItems")) == 1


def test_fault_is_not_retried_here(table: Table, calls: AwsCalls) -> None:
    calls.always("PutItem", fails("InternalServerError"))
    with pytest.raises(ClientError):
        write_one(table)
    assert len(calls.made("PutItem")) == 1


@pytest.mark.parametrize("patience", [BRISK, ONCE], ids=["BRISK", "ONCE"])
def test_caller_with_less_time_than_a_step_is_told_at_once(patience: Any, calls: AwsCalls) -> None:
    calls.always("TransactWriteItems", contended)
    with pytest.raises(TransactionCancelled):
        transact(Table("orders", patience))
    assert len(calls.made("TransactWriteItems")) == 1


def test_delays_have_full_jitter(table: Table, calls: AwsCalls, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.random", lambda: 0.5)
    calls.always("TransactWriteItems", contended)
    with pytest.raises(TransactionCancelled):
        transact(table)
    assert calls.slept == [longest / 2 for longest in conflicts.DELAYS]


def test_no_attempt_begins_after_the_budget(
    table: Table, calls: AwsCalls, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each attempt takes two seconds here: the third would begin after more than five."""
    seconds: Iterator[int] = count(step=2)
    monkeypatch.setattr(conflicts, "monotonic", lambda: next(seconds))
    calls.always("TransactWriteItems", contended)
    with pytest.raises(TransactionCancelled):
        transact(table)
    assert len(calls.made("TransactWriteItems")) == 3


def test_last_attempt_has_time_to_end() -> None:
    assert conflicts.LAST_ATTEMPT_SECONDS + 2 * CALL_SECONDS < STEP_SECONDS
    assert conflicts.LAST_ATTEMPT_SECONDS + CALL_SECONDS < API_SECONDS
