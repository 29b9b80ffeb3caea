"""Creates the two tables in moto, and makes moto faster and more like DynamoDB.

A test in `tests/infra` checks that the tables equal those of the template.
"""

import copy
from base64 import b64encode
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import boto3
import moto.dynamodb.models as moto_models
from moto.core.serialize import ResponseSerializer
from moto.dynamodb.comparisons import OpGreaterThan, OpGreaterThanOrEqual, OpLessThan, OpLessThanOrEqual
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.table import Table

from tests.support.environment import SANDBOX_TABLE, TABLE

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

INDEXES = {f"GSI{number}": (f"GSI{number}PK", f"GSI{number}SK") for number in (1, 2, 3)}
SWEEP_PROJECTION = ["orderId", "status", "createdAt", "updatedAt", "nudgedAt", "attempts"]
PROJECTIONS: dict[str, Any] = {
    "GSI1": {"ProjectionType": "ALL"},
    "GSI2": {"ProjectionType": "INCLUDE", "NonKeyAttributes": SWEEP_PROJECTION},
    "GSI3": {"ProjectionType": "ALL"},
}


@cache
def dynamodb() -> "DynamoDBClient":
    """Returns one client for the whole run: creating one takes longer than most tests."""
    client: DynamoDBClient = boto3.client("dynamodb")
    return client


def create_tables() -> None:
    """Create both tables, empty."""
    client = dynamodb()
    names = ("PK", "SK", *(name for pair in INDEXES.values() for name in pair))
    client.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in names],
        KeySchema=[
            {"AttributeName": "PK", "KeyType": "HASH"},
            {"AttributeName": "SK", "KeyType": "RANGE"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": index,
                "KeySchema": [
                    {"AttributeName": partition, "KeyType": "HASH"},
                    {"AttributeName": sort, "KeyType": "RANGE"},
                ],
                "Projection": PROJECTIONS[index],
            }
            for index, (partition, sort) in INDEXES.items()
        ],
    )
    client.create_table(
        TableName=SANDBOX_TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "PK", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}],
    )


_serialise_any_structure = ResponseSerializer._serialize_type_structure


def attributes_as_they_are() -> AbstractContextManager[object]:
    """Let moto return typed attributes as they are: they are JSON already.

    moto would look for each member under every possible name, which takes a quarter of the time of these
    tests.
    """
    return patch.object(ResponseSerializer, "_serialize_type_structure", _serialise_structure)


def _serialise_structure(serialiser: Any, serialised: Any, value: Any, shape: Any, key: str) -> None:
    if shape.name == "AttributeValue" and type(value) is dict:
        serialised[key] = _in_json(value)
    else:
        _serialise_any_structure(serialiser, serialised, value, shape, key)


def _in_json(attribute: dict[str, Any]) -> dict[str, Any]:
    """Returns an attribute with its bytes in Base64, as on the wire."""
    ((kind, value),) = attribute.items()
    match kind:
        case "B":
            return {kind: b64encode(value).decode()}
        case "BS":
            return {kind: [b64encode(octets).decode() for octets in value]}
        case "M":
            return {kind: {name: _in_json(member) for name, member in value.items()}}
        case "L":
            return {kind: [_in_json(entry) for entry in value]}
    return attribute


@contextmanager
def comparisons_of_types() -> Iterator[None]:
    """Let moto compare values of two types as DynamoDB does; Python would raise.

    A comparison is true only if both have the same type ("Comparison operator and function reference").
    """
    with ExitStack() as patched:
        for kind in (OpLessThan, OpLessThanOrEqual, OpGreaterThan, OpGreaterThanOrEqual):
            patched.enter_context(patch.object(kind, "expr", _false_across_types(kind.expr)))
        yield


def _false_across_types(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def expr(operator: Any, item: Any) -> bool:
        try:
            return compare(operator, item)
        except TypeError:
            return False

    return expr


@contextmanager
def tables_copied_once() -> Iterator[None]:
    """Let moto copy a table once for each transaction, and not once for each action of it.

    moto restores the copy if the transaction fails. Copying takes a quarter of the time of the saga's tests.
    """
    transact = DynamoDBBackend.transact_write_items
    copies: dict[str, Table] = {}

    def transact_write_items(backend: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
        copies.clear()
        transact(backend, transact_items)

    def deepcopy(thing: Any) -> Any:
        if not isinstance(thing, Table):
            return copy.deepcopy(thing)
        if thing.name not in copies:
            copies[thing.name] = copy.deepcopy(thing)
        return copies[thing.name]

    with (
        patch.object(Table, "__deepcopy__", _copy_of_the_items, create=True),
        patch.object(DynamoDBBackend, "transact_write_items", transact_write_items),
        patch.object(moto_models, "copy", SimpleNamespace(deepcopy=deepcopy)),
    ):
        yield


def _copy_of_the_items(table: Table, memo: dict[int, Any]) -> Table:
    """Copies only the items: no test changes the settings of a shared table."""
    result = copy.copy(table)
    items: Any = defaultdict(dict)
    for key, found in table.items.items():
        items[key] = copy.deepcopy(found, memo)
    result.items = items
    return result
