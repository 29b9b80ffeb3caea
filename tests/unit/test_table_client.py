"""How `Table` reports DynamoDB's errors. No call leaves this process: the tests raise the errors."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from ordering.dynamodb.client import BatchIncomplete, ConditionFailed, Table, TransactionCancelled
from ordering.dynamodb.transaction import ABSENT, check, put, update
from tests.support.aws_calls import AwsCalls, Send, cancelled, client_error, fails
from tests.support.client_calls import Parameters

KEY = {"PK": "ORDER#1", "SK": "ORDER"}
FOUND = {"PK": {"S": "ORDER#1"}, "version": {"N": "7"}}
ACTIONS = {
    "order": check(KEY, "attribute_exists(PK)"),
    "payment": put({"PK": "ORDER#1", "SK": "PAYMENT#01"}, condition=ABSENT),
    "stock": update({"PK": "PRODUCT#1", "SK": "STOCK"}, "ADD held :one", condition=None, values={":one": 1}),
}
CONTENTION = [
    "TransactionConflict",
    "ThrottlingError",
    "ProvisionedThroughputExceeded",
    "AccelerationNotEnabledYet",
]


@pytest.fixture
def table() -> Table:
    return Table("orders")


def transact(table: Table) -> TransactionCancelled:
    """Returns the error of a transaction that checks an order, puts a payment and updates stock."""
    with pytest.raises(TransactionCancelled) as raised:
        table.transact(ACTIONS)
    return raised.value


def responds(response: Any) -> Any:
    """Returns a replacement for a call, with this response."""

    def replacement(parameters: Parameters, send: Send) -> Any:
        return response

    return replacement


# -- transactions --------------------------------------------------------------------------------------


def test_failed_condition_is_found_by_the_name_of_its_action(table: Table, calls: AwsCalls) -> None:
    calls.next("TransactWriteItems", cancelled(None, "ConditionalCheckFailed"))
    assert list(transact(table).failures) == ["payment"]


def test_cancelled_transaction_reports_every_failed_condition(table: Table, calls: AwsCalls) -> None:
    calls.next("TransactWriteItems", cancelled("ConditionalCheckFailed", None, "ConditionalCheckFailed"))
    assert list(transact(table).failures) == ["order", "stock"]


def test_failed_condition_has_the_item_that_it_found(table: Table, calls: AwsCalls) -> None:
    calls.next("TransactWriteItems", cancelled("ConditionalCheckFailed", items={0: FOUND}))
    assert transact(table).failures["order"] == {"PK": "ORDER#1", "version": 7}


def test_failed_condition_without_an_item_has_none(table: Table, calls: AwsCalls) -> None:
    calls.next("TransactWriteItems", cancelled("ConditionalCheckFailed"))
    assert transact(table).failures == {"order": None}


def test_failed_condition_without_an_item_counts_as_failed(table: Table, calls: AwsCalls) -> None:
    calls.next("TransactWriteItems", cancelled("ConditionalCheckFailed"))
    assert transact(table).failed("order")


def test_cancelled_action_without_a_failed_condition_has_not_failed(table: Table, calls: AwsCalls) -> None:
    calls.next("TransactWriteItems", cancelled("ConditionalCheckFailed"))
    assert not transact(table).failed("payment")


@pytest.mark.parametrize("code", CONTENTION)
def test_conflict_or_throttling_is_contention_not_a_condition(
    table: Table, calls: AwsCalls, code: str
) -> None:
    calls.always("TransactWriteItems", cancelled(None, code))
    raised = transact(table)
    assert (dict(raised.failures), list(raised.contention)) == ({}, [f"payment: {code}"])


def test_failed_condition_and_contention_are_both_reported(table: Table, calls: AwsCalls) -> None:
    calls.next("TransactWriteItems", cancelled("ConditionalCheckFailed", "TransactionConflict"))
    raised = transact(table)
    assert (list(raised.failures), list(raised.contention)) == (["order"], ["payment: TransactionConflict"])


def test_message_of_a_cancellation_names_its_reasons(table: Table, calls: AwsCalls) -> None:
    calls.next("TransactWriteItems", cancelled("ConditionalCheckFailed", "TransactionConflict"))
    assert str(transact(table)) == (
        "conditions that do not hold: order; contention: payment: TransactionConflict"
    )


@pytest.mark.parametrize("code", ["ValidationError", "ItemCollectionSizeLimitExceeded"])
def test_validation_error_of_a_transaction_is_not_contention(
    table: Table, calls: AwsCalls, code: str
) -> None:
    calls.next("TransactWriteItems", cancelled(None, code))
    with pytest.raises(ClientError):
        table.transact(ACTIONS)


@pytest.mark.parametrize(
    "code",
    ["AccessDeniedException", "ResourceNotFoundException", "ThrottlingException", "InternalServerError"],
)
def test_transaction_that_fails_as_a_whole_raises_its_error(table: Table, calls: AwsCalls, code: str) -> None:
    calls.next("TransactWriteItems", fails(code))
    with pytest.raises(ClientError, match=code):
        table.transact(ACTIONS)


def test_transaction_requests_the_item_of_each_failed_condition(table: Table, calls: AwsCalls) -> None:
    calls.next("TransactWriteItems", responds({}))
    table.transact(ACTIONS)
    (sent,) = calls.made("TransactWriteItems")
    requests = [request for action in sent["TransactItems"] for request in action.values()]
    assert [request["ReturnValuesOnConditionCheckFailure"] for request in requests] == ["ALL_OLD"] * 3


def test_transaction_has_no_stable_client_request_token(table: Table, calls: AwsCalls) -> None:
    calls.next("TransactWriteItems", responds({}))
    table.transact(ACTIONS)
    (sent,) = calls.made("TransactWriteItems")
    assert "ClientRequestToken" not in sent


# -- single writes -------------------------------------------------------------------------------------


def test_put_with_a_failed_condition_has_the_item_that_it_found(table: Table, calls: AwsCalls) -> None:
    calls.next("PutItem", _condition_failed(FOUND))
    with pytest.raises(ConditionFailed) as raised:
        table.put(KEY, condition=ABSENT)
    assert raised.value.item == {"PK": "ORDER#1", "version": 7}


def test_update_with_a_failed_condition_has_the_item_that_it_found(table: Table, calls: AwsCalls) -> None:
    calls.next("UpdateItem", _condition_failed(FOUND))
    with pytest.raises(ConditionFailed) as raised:
        table.update(KEY, "ADD version :one", values={":one": 1}, condition="version = :one")
    assert raised.value.item == {"PK": "ORDER#1", "version": 7}


def test_update_of_a_missing_item_fails_without_an_item(table: Table, calls: AwsCalls) -> None:
    calls.next("UpdateItem", _condition_failed(None))
    with pytest.raises(ConditionFailed) as raised:
        table.update(KEY, "ADD version :one", values={":one": 1}, condition="attribute_exists(PK)")
    assert raised.value.item is None


def test_other_error_of_a_put_is_raised_unchanged(table: Table, calls: AwsCalls) -> None:
    calls.next("PutItem", fails("AccessDeniedException"))
    with pytest.raises(ClientError, match="AccessDenied"):
        table.put(KEY, condition=ABSENT)


def test_other_error_of_an_update_is_raised_unchanged(table: Table, calls: AwsCalls) -> None:
    calls.next("UpdateItem", fails("AccessDeniedException"))
    with pytest.raises(ClientError, match="AccessDenied"):
        table.update(KEY, "ADD version :one", values={":one": 1})


# -- reads ---------------------------------------------------------------------------------------------


def test_item_is_read_consistently(table: Table, calls: AwsCalls) -> None:
    calls.next("GetItem", responds({"Item": FOUND}))
    table.get(KEY)
    assert calls.made("GetItem")[0]["ConsistentRead"] is True


def test_missing_item_is_none(table: Table, calls: AwsCalls) -> None:
    calls.next("GetItem", responds({}))
    assert table.get(KEY) is None


def test_batch_of_items_is_read_consistently(table: Table, calls: AwsCalls) -> None:
    calls.next("BatchGetItem", responds({"Responses": {"orders": [FOUND]}, "UnprocessedKeys": {}}))
    table.get_many([KEY])
    assert calls.made("BatchGetItem")[0]["RequestItems"]["orders"]["ConsistentRead"] is True


def test_unprocessed_keys_of_a_batch_are_requested_again(table: Table, calls: AwsCalls) -> None:
    calls.next("BatchGetItem", _left_unread)
    calls.next("BatchGetItem", responds({"Responses": {"orders": [FOUND]}}))
    assert table.get_many([KEY]) == [{"PK": "ORDER#1", "version": 7}]


def test_items_read_before_unprocessed_keys_are_kept(table: Table, calls: AwsCalls) -> None:
    unread = {"orders": {"Keys": [{"PK": {"S": "ORDER#2"}, "SK": {"S": "ORDER"}}]}}
    calls.next("BatchGetItem", responds({"Responses": {"orders": [FOUND]}, "UnprocessedKeys": unread}))
    calls.next("BatchGetItem", responds({"Responses": {"orders": [FOUND]}}))
    assert len(table.get_many([KEY])) == 2


def test_keys_that_stay_unprocessed_raise_batch_incomplete(table: Table, calls: AwsCalls) -> None:
    calls.always("BatchGetItem", _left_unread)
    with pytest.raises(BatchIncomplete, match="1 keys were left unread"):
        table.get_many([KEY])


def test_query_reads_all_pages(table: Table, calls: AwsCalls) -> None:
    calls.next("Query", responds({"Items": [FOUND], "LastEvaluatedKey": {"PK": {"S": "ORDER#1"}}}))
    calls.next("Query", responds({"Items": [FOUND]}))
    assert len(list(table.query("PK = :p", {":p": "ORDER#1"}))) == 2


def test_next_page_of_a_query_starts_at_the_last_evaluated_key(table: Table, calls: AwsCalls) -> None:
    calls.next("Query", responds({"Items": [FOUND], "LastEvaluatedKey": {"PK": {"S": "ORDER#1"}}}))
    calls.next("Query", responds({"Items": []}))
    list(table.query("PK = :p", {":p": "ORDER#1"}))
    assert calls.made("Query")[1]["ExclusiveStartKey"] == {"PK": {"S": "ORDER#1"}}


def test_query_stops_at_its_limit(table: Table, calls: AwsCalls) -> None:
    more = {"LastEvaluatedKey": {"PK": {"S": "ORDER#1"}}}
    calls.next("Query", responds({"Items": [FOUND] * 2, **more}))
    calls.next("Query", responds({"Items": [FOUND], **more}))
    assert len(list(table.query("PK = :p", {":p": "ORDER#1"}, limit=3))) == 3


def test_query_requests_only_the_remaining_items(table: Table, calls: AwsCalls) -> None:
    calls.next("Query", responds({"Items": [FOUND] * 2, "LastEvaluatedKey": {"PK": {"S": "ORDER#1"}}}))
    calls.next("Query", responds({"Items": []}))
    list(table.query("PK = :p", {":p": "ORDER#1"}, limit=3))
    assert calls.made("Query")[1]["Limit"] == 1


def test_query_of_the_table_is_consistent(table: Table, calls: AwsCalls) -> None:
    calls.next("Query", responds({"Items": []}))
    list(table.query("PK = :p", {":p": "ORDER#1"}))
    assert calls.made("Query")[0]["ConsistentRead"] is True


def test_query_of_an_index_is_not_consistent(table: Table, calls: AwsCalls) -> None:
    calls.next("Query", responds({"Items": []}))
    list(table.query("GSI1PK = :p", {":p": "CATALOGUE"}, index="GSI1"))
    assert "ConsistentRead" not in calls.made("Query")[0]


def _condition_failed(item: Any) -> Any:
    def replacement(parameters: Parameters, send: Send) -> Any:
        found = {"Item": item} if item else {}
        raise client_error("ConditionalCheckFailedException", "UpdateItem", **found)

    return replacement


def _left_unread(parameters: Parameters, send: Send) -> Any:
    return {"Responses": {}, "UnprocessedKeys": parameters["RequestItems"]}
