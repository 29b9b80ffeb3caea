"""The actions of a transaction, as DynamoDB takes them."""

from collections.abc import Iterable, Mapping
from typing import Any

from ordering.dynamodb.codec import Item, encode_item

WriteAction = Mapping[str, Mapping[str, Any]]

ABSENT = "attribute_not_exists(PK)"


def put(item: Item, *, condition: str) -> WriteAction:
    """Write an item, on a condition."""
    return {"Put": {"Item": encode_item(item), "ConditionExpression": condition}}


def delete(key: Item, *, condition: str, values: Item, names: Mapping[str, str] | None = None) -> WriteAction:
    """Remove an item, on a condition."""
    return {
        "Delete": {
            "Key": encode_item(key),
            "ConditionExpression": condition,
            **_expression(values, names),
        }
    }


def remove(key: Item) -> WriteAction:
    """Remove an item, if there is one."""
    return {"Delete": {"Key": encode_item(key)}}


def check(
    key: Item, condition: str, *, values: Item | None = None, names: Mapping[str, str] | None = None
) -> WriteAction:
    """Change nothing, but insist on a condition."""
    return {
        "ConditionCheck": {
            "Key": encode_item(key),
            "ConditionExpression": condition,
            **_expression(values, names),
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
    """Change an item, on a condition if one is given."""
    request = {"Key": encode_item(key), "UpdateExpression": expression}
    if condition:
        request["ConditionExpression"] = condition
    return {"Update": request | _expression(values, names)}


def check_status(key: Item, *statuses: str, or_absent: bool = False) -> WriteAction:
    """Insist that the item under `key` has one of these statuses, or, if allowed, that there is none."""
    condition, values = status_in(statuses)
    return check(
        key,
        f"{ABSENT} OR {condition}" if or_absent else condition,
        names={"#status": "status"},
        values=values,
    )


def status_in(statuses: Iterable[str]) -> tuple[str, dict[str, str]]:
    """The condition that `#status` is one of `statuses`, and its values."""
    values = {f":status{i}": status for i, status in enumerate(sorted(statuses))}
    return f"#status IN ({', '.join(values)})", values


def _expression(values: Item | None, names: Mapping[str, str] | None) -> dict[str, Any]:
    expression: dict[str, Any] = {}
    if values:
        expression["ExpressionAttributeValues"] = encode_item(values)
    if names:
        expression["ExpressionAttributeNames"] = dict(names)
    return expression
