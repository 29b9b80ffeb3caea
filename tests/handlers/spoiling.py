"""Writes into our items what another tool or a later release might, and what is then reported."""

from collections.abc import Iterator
from typing import Any

from tests.support.attributes import ONE_OF_EACH, STRANGERS, Attribute, sprinkled
from tests.support.environment import SANDBOX_TABLE, TABLE
from tests.support.logs import Logs
from tests.support.tables import dynamodb
from tests.support.world import HandlerResponse, World


def scan(table: str) -> Iterator[dict[str, Any]]:
    """Yields all items of a table, with their attributes as DynamoDB encodes them."""
    for page in dynamodb().get_paginator("scan").paginate(TableName=table):
        yield from page["Items"]


def another_tool_writes() -> int:
    """Add attributes of every type to all items of both tables; returns the number of items."""
    count = 0
    for table in (TABLE, SANDBOX_TABLE):
        for item in list(scan(table)):
            count += 1
            if not STRANGERS.keys() <= item.keys():
                dynamodb().put_item(TableName=table, Item=sprinkled(item, ONE_OF_EACH) | STRANGERS)
    return count


def spoil(key: dict[str, str], **spoilt: Attribute) -> None:
    """Overwrite known attributes of an item with values that their types do not allow."""
    table = dynamodb()
    found = table.get_item(TableName=TABLE, Key={name: {"S": part} for name, part in key.items()})
    item: dict[str, Any] = {**found["Item"]}
    table.put_item(TableName=TABLE, Item=item | spoilt)


def left_out(logs: Logs) -> list[str]:
    """Returns the items that the log names as unreadable."""
    return [line["item"] for line in logs.lines if line["message"] == "record unreadable"]


def products(world: World, **query: str) -> HandlerResponse:
    return world.api("list_products", "GET /products", query=query)
