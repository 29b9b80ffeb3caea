"""It refuses what DynamoDB refuses ("Transaction conflict handling in DynamoDB", Developer Guide)."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.simulation.contention.expressions import Attributes, Scope, holds, updated
from tests.simulation.contention.stand_in import HELD_SECONDS, StandIn
from tests.simulation.contention.virtual_time import VirtualTime

KEY = {"PK": {"S": "PRODUCT#MUG"}, "SK": {"S": "STOCK"}}
OTHER = {"PK": {"S": "PRODUCT#BOWL"}, "SK": {"S": "STOCK"}}
ONE = {":one": {"N": "1"}}
SETTLED = 1.0
"""A time, in seconds, when the first transaction has surely ended."""


def taking(key: Any, condition: str = "available >= :one") -> dict[str, Any]:
    """Returns the update of a transaction that takes a unit."""
    request = {"TableName": "orders", "Key": key, "UpdateExpression": "SET available = available - :one"}
    return {"Update": request | {"ConditionExpression": condition, "ExpressionAttributeValues": ONE}}


def transact(table: StandIn, *actions: dict[str, Any]) -> list[str]:
    """Returns the reasons for which a transaction was cancelled; none if it succeeded."""
    try:
        table.transact_write_items(TransactItems=actions)
    except ClientError as error:
        response: Any = error.response
        return [reason["Code"] for reason in response["CancellationReasons"]]
    return []


def code_of(call: Callable[[], object]) -> str:
    """Returns the code of the error that a call raises; "" if it succeeds."""
    try:
        call()
    except ClientError as error:
        return error.response["Error"]["Code"]
    return ""


class Meeting:
    """A transaction takes a mug and holds it, while something else happens at that moment."""

    def __init__(self, available: int = 5) -> None:
        self.time = VirtualTime()
        self.table = StandIn(self.time)
        for key in (KEY, OTHER):
            self.table.put_item(TableName="orders", Item={**key, "available": {"N": str(available)}})
        self.first: list[str] = []

    def meanwhile(self, act: Callable[[], Any], *, at: float | None = None) -> Any:
        """Returns what `act` returns, which begins at a time, by default the same as the transaction."""
        found = []

        def late() -> None:
            self.time.wait(at or 0.0)
            found.append(act())

        self.time.run(lambda: self.first.extend(transact(self.table, taking(KEY))), late)
        return found[0]

    def available(self, key: Any = KEY) -> int:
        """Returns the units that are left."""
        return int(self.table.get_item(TableName="orders", Key=key)["Item"]["available"]["N"])


def test_two_transactions_with_the_same_item_conflict() -> None:
    meeting = Meeting()
    assert meeting.meanwhile(lambda: transact(meeting.table, taking(KEY))) == ["TransactionConflict"]
    assert (meeting.first, meeting.available()) == ([], 4)


def test_transactions_with_different_items_do_not_conflict() -> None:
    meeting = Meeting()
    assert meeting.meanwhile(lambda: transact(meeting.table, taking(OTHER))) == []
    assert (meeting.available(), meeting.available(OTHER)) == (4, 4)


def test_item_that_is_only_checked_is_held_too() -> None:
    meeting = Meeting()
    check = {"TableName": "orders", "Key": KEY, "ConditionExpression": "attribute_exists(PK)"}
    reasons = meeting.meanwhile(lambda: transact(meeting.table, taking(OTHER), {"ConditionCheck": check}))
    assert reasons == ["None", "TransactionConflict"]


def test_cancelled_transaction_writes_nothing() -> None:
    meeting = Meeting()
    meeting.meanwhile(lambda: transact(meeting.table, taking(OTHER), taking(KEY)))
    assert meeting.available(OTHER) == 5


def test_item_is_free_once_the_transaction_has_ended() -> None:
    meeting = Meeting()
    assert meeting.meanwhile(lambda: transact(meeting.table, taking(KEY)), at=SETTLED) == []
    assert meeting.available() == 3


@pytest.mark.parametrize("kind", ["put", "update"])
def test_write_of_an_item_that_a_transaction_holds_is_refused(kind: str) -> None:
    meeting = Meeting()
    write: Callable[[], object] = {
        "put": lambda: meeting.table.put_item(TableName="orders", Item={**KEY, "available": {"N": "9"}}),
        "update": lambda: meeting.table.update_item(**taking(KEY)["Update"]),
    }[kind]
    # Within the time for which the item is held: half of a call later than the transaction begins to hold it.
    assert meeting.meanwhile(lambda: code_of(write), at=HELD_SECONDS / 2) == "TransactionConflictException"
    assert meeting.available() == 4


def test_read_of_an_item_that_a_transaction_holds_finds_what_is_committed() -> None:
    meeting = Meeting()
    assert meeting.meanwhile(meeting.available) == 5


def test_condition_that_fails_is_reported_with_the_item_that_it_found() -> None:
    meeting = Meeting(available=0)
    assert meeting.meanwhile(lambda: None) is None
    assert (meeting.first, meeting.available()) == (["ConditionalCheckFailed"], 0)


def test_transaction_that_names_an_item_twice_is_refused() -> None:
    table = StandIn(VirtualTime())
    twice = [taking(KEY), taking(KEY)]
    assert code_of(lambda: table.transact_write_items(TransactItems=twice)) == "ValidationException"


# -- expressions ---------------------------------------------------------------------------------------

ITEM: Attributes = {"available": {"N": "5"}, "status": {"S": "HELD"}, "history": {"L": [{"S": "a"}]}}
VALUES: Attributes = {
    ":five": {"N": "5"},
    ":six": {"N": "6"},
    ":held": {"S": "HELD"},
    ":gone": {"S": "RELEASED"},
    ":more": {"L": [{"S": "b"}]},
}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("available >= :five", True),
        ("available >= :six", False),
        ("available < :six AND #status = :held", True),
        ("#status IN (:gone, :held)", True),
        ("attribute_not_exists(available) OR #status = :gone", False),
        ("(attribute_exists(available) OR held = :five)", True),
        # Of two types, or without the attribute, nothing is equal or greater.
        ("#status >= :five", False),
        ("held = :five", False),
    ],
)
def test_condition_is_evaluated_as_dynamodb_does(condition: str, expected: bool) -> None:
    assert holds(condition, Scope(ITEM, {"#status": "status"}, VALUES)) is expected


def test_update_reads_the_item_as_it_was_before() -> None:
    scope = Scope(ITEM, {"#status": "status"}, VALUES)
    text = (
        "SET #status = :gone, history = list_append(history, :more), first = #status ADD held :six"
        " REMOVE available"
    )
    assert updated(text, scope) == {
        "status": {"S": "RELEASED"},
        "history": {"L": [{"S": "a"}, {"S": "b"}]},
        "first": {"S": "HELD"},
        "held": {"N": "6"},
    }


@pytest.mark.parametrize("condition", ["size(a) > :five", "a BETWEEN :five AND :six", "NOT a = :five", "a ="])
def test_expression_that_is_not_understood_is_refused(condition: str) -> None:
    with pytest.raises(ValueError, match="not understood"):
        holds(condition, Scope({}, {}, VALUES))
