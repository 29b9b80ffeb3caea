"""One DynamoDB table: the calls that this app needs, with plain items and exceptions of our own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.config import Config
from botocore.exceptions import ClientError

from ordering.aws.clients import BRISK, ONCE, QUICK, client
from ordering.dynamodb import conflicts
from ordering.dynamodb.codec import Item, decode_item, encode_item
from ordering.dynamodb.errors import BatchIncomplete as BatchIncomplete
from ordering.dynamodb.errors import ConditionFailed as ConditionFailed
from ordering.dynamodb.errors import IndexNotReady as IndexNotReady
from ordering.dynamodb.errors import TransactionCancelled as TransactionCancelled

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

T = TypeVar("T")

_BATCH_TRIES = 5
# BatchWriteItem takes 25 items (Amazon DynamoDB API Reference).
_BATCH_WRITE = 25
# The messages of a ValidationException for an index that is being built, or does not exist. It has no code.
_INDEX_NOT_READY = ("backfilling global secondary index", "does not have the specified index")


class Table:
    """A table by name. Reads are strongly consistent, except those of an index."""

    def __init__(self, name: str, patience: Config = QUICK) -> None:
        self.name = name
        self._client: DynamoDBClient = client("dynamodb", patience)
        # `drive_order`, whose calls must be short, has no time to retry after a conflict.
        self._delays = () if patience in (BRISK, ONCE) else conflicts.DELAYS

    @classmethod
    def of_environment(cls, patience: Config = QUICK) -> Table:
        """The table of the function's environment variables; `patience` has the time-outs of each call."""
        return cls(os.environ["TABLE_NAME"], patience)

    def get(self, key: Item, *, consistent: bool = True) -> dict[str, Any] | None:
        """Return the item with this key; None if there is none."""
        response = self._client.get_item(TableName=self.name, Key=encode_item(key), ConsistentRead=consistent)
        return decode_item(response["Item"]) if "Item" in response else None

    def get_many(self, keys: Sequence[Item], *, consistent: bool = True) -> list[dict[str, Any]]:
        """Return the existing items with these keys (at most 100, no duplicates), in any order.

        Raises BatchIncomplete.
        """
        found: list[dict[str, Any]] = []
        pending: Any = {self.name: {"Keys": [encode_item(key) for key in keys], "ConsistentRead": consistent}}
        for _ in range(_BATCH_TRIES):
            response = self._client.batch_get_item(RequestItems=pending)
            found += [decode_item(item) for item in response["Responses"].get(self.name, [])]
            pending = response.get("UnprocessedKeys")
            if not pending:
                return found
        raise BatchIncomplete(f"{len(pending[self.name]['Keys'])} keys were left unread")

    def query(
        self,
        condition: str,
        values: Item,
        *,
        index: str | None = None,
        limit: int | None = None,
        start: Item | None = None,
        filters: str | None = None,
        only: Sequence[str] = (),
    ) -> Iterator[dict[str, Any]]:
        """Yield the items of one partition in key order; the read of an index is eventually consistent.

        `limit` is the largest number of items, over all pages; `start` is the key after which to begin.
        Items that `filters` excludes are read all the same, but not returned. `only` names the attributes to
        return, instead of all.

        Raises IndexNotReady.
        """
        request: Any = {
            "TableName": self.name,
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": encode_item(values),
        }
        request |= {"IndexName": index} if index else {"ConsistentRead": True}
        if start:
            request["ExclusiveStartKey"] = encode_item(start)
        if filters:
            request["FilterExpression"] = filters
        if only:
            # Placeholders, because DynamoDB reserves many words ("Reserved words in DynamoDB").
            request["ExpressionAttributeNames"] = {f"#a{place}": name for place, name in enumerate(only)}
            request["ProjectionExpression"] = ", ".join(request["ExpressionAttributeNames"])
        remaining = limit
        while True:
            if remaining is not None:
                request["Limit"] = remaining
            try:
                response = self._client.query(**request)
            except ClientError as error:
                if index and any(text in error.response["Error"]["Message"] for text in _INDEX_NOT_READY):
                    raise IndexNotReady(index) from error
                raise
            for attributes in response["Items"]:
                yield decode_item(attributes)
            if remaining is not None:
                remaining -= len(response["Items"])
            if "LastEvaluatedKey" not in response or remaining == 0:
                return
            request["ExclusiveStartKey"] = response["LastEvaluatedKey"]

    def query_page(
        self,
        condition: str,
        values: Item,
        *,
        index: str,
        limit: int,
        names: Mapping[str, str] | None = None,
        filters: str | None = None,
        start: Item | None = None,
        newest_first: bool = False,
    ) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
        """Return one page of an index, and the key after which the next page begins (None: there is none).

        `limit` is the number of items to read. Items that `filters` excludes count as well, so a page may
        contain fewer.
        """
        request: Any = {
            "TableName": self.name,
            "IndexName": index,
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": encode_item(values),
            "ScanIndexForward": not newest_first,
            "Limit": limit,
        }
        if names:
            request["ExpressionAttributeNames"] = names
        if filters:
            request["FilterExpression"] = filters
        if start:
            request["ExclusiveStartKey"] = encode_item(start)
        response = self._client.query(**request)
        last = response.get("LastEvaluatedKey")
        return [decode_item(item) for item in response["Items"]], decode_item(last) if last else None

    def delete(self, key: Item) -> None:
        """Remove an item if it exists."""
        self._retried(lambda: self._client.delete_item(TableName=self.name, Key=encode_item(key)))

    def delete_if(self, key: Item, condition: str, *, values: Item) -> None:
        """Remove an item if the condition holds. Raises ConditionFailed."""
        try:
            self._retried(
                lambda: self._client.delete_item(
                    TableName=self.name,
                    Key=encode_item(key),
                    ConditionExpression=condition,
                    ExpressionAttributeValues=encode_item(values),
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            )
        except ClientError as error:
            raise _translated(error) from error

    def delete_many(self, keys: Sequence[Item]) -> None:
        """Remove those of the items that exist. Raises BatchIncomplete."""
        self._write_batches([{"DeleteRequest": {"Key": encode_item(key)}} for key in keys])

    def put_many(self, items: Sequence[Item]) -> None:
        """Write items without a condition. Raises BatchIncomplete."""
        self._write_batches([{"PutRequest": {"Item": encode_item(item)}} for item in items])

    def _write_batches(self, requests: Sequence[Any]) -> None:
        for start in range(0, len(requests), _BATCH_WRITE):
            pending: Any = {self.name: requests[start : start + _BATCH_WRITE]}
            for _ in range(_BATCH_TRIES):
                pending = self._client.batch_write_item(RequestItems=pending).get("UnprocessedItems")
                if not pending:
                    break
            else:
                raise BatchIncomplete(f"{len(pending[self.name])} items were not written or removed")

    def put(self, item: Item, *, condition: str) -> None:
        """Write an item if the condition holds. Raises ConditionFailed."""
        try:
            self._retried(
                lambda: self._client.put_item(
                    TableName=self.name,
                    Item=encode_item(item),
                    ConditionExpression=condition,
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            )
        except ClientError as error:
            raise _translated(error) from error

    def update(
        self,
        key: Item,
        expression: str,
        *,
        values: Item,
        names: Mapping[str, str] | None = None,
        condition: str | None = None,
    ) -> dict[str, Any]:
        """Update an item if the condition holds, and return the updated item. Raises ConditionFailed."""
        request: Any = {
            "TableName": self.name,
            "Key": encode_item(key),
            "UpdateExpression": expression,
            "ExpressionAttributeValues": encode_item(values),
            "ReturnValues": "ALL_NEW",
        }
        if names:
            request["ExpressionAttributeNames"] = names
        if condition:
            request["ConditionExpression"] = condition
            request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        try:
            updated = self._retried(lambda: self._client.update_item(**request))
            return decode_item(updated["Attributes"])
        except ClientError as error:
            raise _translated(error) from error

    def transact(
        self, actions: Mapping[str, Mapping[str, Any]], delays: Sequence[float] | None = None
    ) -> None:
        """Write all of `actions` or none. The names are used only in TransactionCancelled.

        If it conflicts with another transaction, it is retried for up to five seconds, or after each of
        `delays` (in seconds, times a random number from 0 to 1).

        The functions of `dynamodb.transaction` return actions. botocore sends a new `ClientRequestToken` with
        every call, so that its retry of a call that has succeeded is harmless. Do not pass a token that stays
        the same: for ten minutes DynamoDB would return success without evaluating the conditions.

        Raises TransactionCancelled.
        """
        requests: Any = []
        for action in actions.values():
            ((kind, request),) = action.items()
            requests.append(
                {
                    kind: request
                    | {
                        "TableName": self.name,
                        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
                    }
                }
            )

        def write() -> None:
            try:
                self._client.transact_write_items(TransactItems=requests)
            except ClientError as error:
                if error.response["Error"]["Code"] != "TransactionCanceledException":
                    raise
                raise _cancelled(list(actions), error) from error

        self._retried(write, delays)

    def _retried(self, write: Callable[[], T], delays: Sequence[float] | None = None) -> T:
        """Make a write, and again while another transaction holds an item of it. Returns its result."""
        return conflicts.retried(write, self._delays if delays is None else delays)


def _translated(error: ClientError) -> Exception:
    if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
        return error
    response: Any = error.response
    attributes = response.get("Item")
    return ConditionFailed(decode_item(attributes) if attributes else None)


def _cancelled(names: Sequence[str], error: ClientError) -> Exception:
    response: Any = error.response
    reasons = response["CancellationReasons"]
    failures: dict[str, Item | None] = {}
    contention = []
    for name, reason in zip(names, reasons, strict=True):
        match reason.get("Code", "None"):
            case "None":
                pass
            case "ConditionalCheckFailed":
                attributes = reason.get("Item")
                failures[name] = decode_item(attributes) if attributes else None
            case "ValidationError" | "ItemCollectionSizeLimitExceeded":
                return error
            case code:
                contention.append(f"{name}: {code}")
    return TransactionCancelled(failures, contention)
