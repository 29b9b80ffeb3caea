"""The actions of a DynamoDB transaction."""

from collections.abc import Iterable, Mapping
from typing import Any

from ordering import guards
from ordering.dynamodb.codec import Item, encode_item
from ordering.guards import Guard

WriteAction = Mapping[str, Mapping[str, Any]]

ABSENT = "attribute_not_exists(PK)"


def put(
    item: Item, *, condition: str, values: Item | None = None, names: Mapping[str, str] | None = None
) -> WriteAction:
    """Write an item if the condition holds."""
    return {
        "Put": {
            "Item": encode_item(item),
            "ConditionExpression": condition,
            **_names_and_values(values, names),
        }
    }


def delete(key: Item, *, condition: str, values: Item, names: Mapping[str, str] | None = None) -> WriteAction:
    """Remove an item if the condition holds."""
    return {
        "Delete": {
            "Key": encode_item(key),
            "ConditionExpression": condition,
            **_names_and_values(values, names),
        }
    }


def remove(key: Item) -> WriteAction:
    """Remove an item if it exists."""
    return {"Delete": {"Key": encode_item(key)}}


def check(
    key: Item, condition: str, *, values: Item | None = None, names: Mapping[str, str] | None = None
) -> WriteAction:
    """Require that a condition holds, without a change to the item."""
    return {
        "ConditionCheck": {
            "Key": encode_item(key),
            "ConditionExpression": condition,
            **_names_and_values(values, names),
        }
    }


def update(
    key: Item,
    expression: str,
    *,
    condition: str | None,
    values: Item,
    names: Mapping[str, str] | None = None,
) -> WriteAction:
    """Update an item, if the condition holds or none is given."""
    request = {"Key": encode_item(key), "UpdateExpression": expression}
    if condition:
        request["ConditionExpression"] = condition
    return {"Update": request | _names_and_values(values, names)}


def check_status(key: Item, guard: Guard, *statuses: str, or_absent: bool = False) -> WriteAction:
    """Require that the item has one of these statuses, or, with `or_absent`, that it does not exist.

    `guard` is the name of this condition.
    """
    condition, values = status_in(statuses)
    return check(
        key,
        guards.condition(guard, f"{ABSENT} OR {condition}" if or_absent else condition),
        names={"#status": "status"},
        values=values,
    )


def status_in(statuses: Iterable[str]) -> tuple[str, dict[str, str]]:
    """Return the condition that `#status` is one of `statuses`, and the values of the condition."""
    values = {f":status{i}": status for i, status in enumerate(sorted(statuses))}
    return f"#status IN ({', '.join(values)})", values


def _names_and_values(values: Item | None, names: Mapping[str, str] | None) -> dict[str, Any]:
    expression: dict[str, Any] = {}
    if values:
        expression["ExpressionAttributeValues"] = encode_item(values)
    if names:
        expression["ExpressionAttributeNames"] = dict(names)
    return expression
