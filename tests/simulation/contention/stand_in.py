"""A table with DynamoDB's rule of conflicts, in simulated time: what the saga uses of DynamoDB's client.

| request                | while a transaction holds an item of it                                         |
|------------------------|---------------------------------------------------------------------------------|
| TransactWriteItems     | is cancelled: TransactionCanceledException, with the reason TransactionConflict |
| Put-, Update-, DeleteItem | is refused: TransactionConflictException                                     |
| GetItem, Query, Batch- | reads what is committed                                                         |

"Transaction conflict handling in DynamoDB" (Amazon DynamoDB Transactions: How it works, Developer Guide): a
PutItem, UpdateItem or DeleteItem request for an item, and a TransactWriteItems request with it, conflict with
an ongoing TransactWriteItems request that includes the same item. The first is rejected with
TransactionConflictException, the second with TransactionCanceledException for the reason TransactionConflict.
The SDK retries neither of the two.

A transaction that is cancelled holds those of its items that were free for as long as one that succeeds. AWS
does not document this, so it is the worst case.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError

from ordering.dynamodb.codec import decode_item
from tests.simulation.contention.expressions import Attributes, Scope, holds, updated
from tests.simulation.contention.virtual_time import VirtualTime
from tools.costs.durations import milliseconds_of_call

HELD_SECONDS = 0.006
"""How long a transaction holds its items. This is an assumption, because AWS does not publish it."""

ItemKey = tuple[str, str, str]
"""(table, partition key, sort key)"""


class StandIn:
    """Both tables, and counters of transactions. The methods are those of botocore's client."""

    def __init__(self, time: VirtualTime) -> None:
        self._time = time
        self._partitions: dict[tuple[str, str], dict[str, Attributes]] = defaultdict(dict)
        self._held_until: dict[ItemKey, float] = {}
        self._is_free = False
        self.transactions: Counter[str] = Counter()
        """How many transactions had an item with this sort key."""
        self.conflicts: Counter[str] = Counter()
        """How many of them were cancelled because an item with this sort key was held."""

    @contextmanager
    def free_of_charge(self) -> Iterator[None]:
        """Let calls in the block take no time: a sandbox provider's, whose time is counted separately."""
        outer, self._is_free = self._is_free, True
        try:
            yield
        finally:
            self._is_free = outer

    def items(self, table: str) -> list[dict[str, Any]]:
        """Returns every item of a table."""
        return [
            decode_item(item)
            for (name, _), partition in self._partitions.items()
            if name == table
            for item in partition.values()
        ]

    # -- reads ---------------------------------------------------------------------------------------

    def get_item(self, *, TableName: str, Key: Attributes, **_: Any) -> dict[str, Any]:
        """Read an item."""
        with self._calling("GetItem"):
            found = self._read(_key(TableName, Key))
        return {"Item": found} if found else {}

    def batch_get_item(self, *, RequestItems: Mapping[str, Any]) -> dict[str, Any]:
        """Read items."""
        with self._calling("BatchGetItem"):
            found = {
                table: [item for key in wanted["Keys"] if (item := self._read(_key(table, key)))]
                for table, wanted in RequestItems.items()
            }
        return {"Responses": found}

    def query(
        self, *, TableName: str, KeyConditionExpression: str, ExpressionAttributeValues: Attributes, **_: Any
    ) -> dict[str, Any]:
        """Read a whole partition."""
        if KeyConditionExpression != "PK = :partition":
            raise ValueError(f"not understood: {KeyConditionExpression!r}")
        with self._calling("Query"):
            partition = self._partitions[TableName, ExpressionAttributeValues[":partition"]["S"]]
            found = [partition[sort] for sort in sorted(partition)]
        return {"Items": found}

    # -- writes of one item --------------------------------------------------------------------------

    def put_item(self, **request: Any) -> dict[str, Any]:
        """Write an item."""
        self._write("PutItem", request, lambda scope: dict(request["Item"]))
        return {}

    def update_item(self, **request: Any) -> dict[str, Any]:
        """Update an item. Returns it."""
        return {"Attributes": self._write("UpdateItem", request, lambda scope: _changed(request, scope))}

    def _write(
        self, operation: str, request: Mapping[str, Any], change: Callable[[Scope], Attributes]
    ) -> Attributes:
        key = _key(request["TableName"], request.get("Key") or request["Item"])
        with self._calling(operation):
            if self._is_held(key):
                raise _error(operation, "TransactionConflictException")
            scope = self._scope(key, request)
            if not holds(request.get("ConditionExpression"), scope):
                raise _error(operation, "ConditionalCheckFailedException", **_old(scope))
            item = change(scope)
            self._store(key, item)
        return item

    # -- transactions --------------------------------------------------------------------------------

    def transact_write_items(self, *, TransactItems: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Write all or nothing. Holds the items between the check of the conditions and the writes."""
        actions = [next(iter(each.items())) for each in TransactItems]
        keys = [_key(action["TableName"], action.get("Key") or action["Item"]) for _, action in actions]
        if len({*keys}) < len(keys) or len(keys) > 100:
            raise _error("TransactWriteItems", "ValidationException")
        travel = milliseconds_of_call("dynamodb.TransactWriteItems") / 1000 - HELD_SECONDS
        self._pass(travel / 2)
        self.transactions.update({sort for _, _, sort in keys})
        reasons: list[dict[str, Any]] = []
        writes: list[tuple[ItemKey, Attributes | None]] = []
        for key, (kind, action) in zip(keys, actions, strict=True):
            scope = self._scope(key, action)
            if self._is_held(key):
                reasons.append({"Code": "TransactionConflict"})
                continue
            if not holds(action.get("ConditionExpression"), scope):
                reasons.append({"Code": "ConditionalCheckFailed", **_old(scope)})
                continue
            reasons.append({"Code": "None"})
            match kind:
                case "Put":
                    writes.append((key, dict(action["Item"])))
                case "Update":
                    writes.append((key, _changed(action, scope)))
                case "Delete":
                    writes.append((key, None))
        free = [key for key in keys if not self._is_held(key)]
        if any(reason["Code"] != "None" for reason in reasons):
            # A cancelled transaction holds its free items too: see the top of this module.
            self._held_until |= dict.fromkeys(free, self._time.now + HELD_SECONDS)
            refused = {
                sort
                for (_, _, sort), reason in zip(keys, reasons, strict=True)
                if reason["Code"] == "TransactionConflict"
            }
            self.conflicts.update(refused)
            self._pass(travel / 2)
            raise _error("TransactWriteItems", "TransactionCanceledException", CancellationReasons=reasons)
        # Held until they are written, not until a fixed time: another call may be made at exactly that time.
        self._held_until |= dict.fromkeys(free, float("inf"))
        self._pass(HELD_SECONDS)
        for key, item in writes:
            self._store(key, item)
        for key in free:
            del self._held_until[key]
        self._pass(travel / 2)
        return {}

    # -- helpers -------------------------------------------------------------------------------------

    @contextmanager
    def _calling(self, operation: str) -> Iterator[None]:
        half = milliseconds_of_call(f"dynamodb.{operation}") / 2000
        self._pass(half)
        try:
            yield
        finally:
            self._pass(half)

    def _pass(self, seconds: float) -> None:
        if not self._is_free:
            self._time.wait(seconds)

    def _is_held(self, key: ItemKey) -> bool:
        return self._held_until.get(key, 0.0) > self._time.now

    def _scope(self, key: ItemKey, request: Mapping[str, Any]) -> Scope:
        return Scope(
            self._read(key) or {},
            request.get("ExpressionAttributeNames", {}),
            request.get("ExpressionAttributeValues", {}),
        )

    def _read(self, key: ItemKey) -> Attributes | None:
        table, partition, sort = key
        return self._partitions[table, partition].get(sort)

    def _store(self, key: ItemKey, item: Attributes | None) -> None:
        table, partition, sort = key
        if item is None:
            self._partitions[table, partition].pop(sort, None)
        else:
            self._partitions[table, partition][sort] = item


def _key(table: str, attributes: Attributes) -> ItemKey:
    return table, attributes["PK"]["S"], attributes.get("SK", {"S": ""})["S"]


def _changed(request: Mapping[str, Any], scope: Scope) -> Attributes:
    return {**request["Key"], **updated(request["UpdateExpression"], scope)}


def _old(scope: Scope) -> dict[str, Any]:
    return {"Item": dict(scope.item)} if scope.item else {}


def _error(operation: str, code: str, **more: Any) -> ClientError:
    response: Any = {"Error": {"Code": code, "Message": "in the simulation"}, **more}
    return ClientError(response, operation)
