"""Items to and from DynamoDB's typed attribute values, for the types our items are made of.

boto3 has a serialiser, but importing it loads boto3; and it turns integers into Decimal, which
nothing here wants: every number of ours is an integer.

To read an item never fails, whatever another tool or a later release has written into it. An attribute of a
type that no item of ours has is read as `UnreadableValue`: a record that does not know the attribute ignores it,
and one that does finds a value of the wrong type there.
"""

from collections.abc import Mapping
from typing import Any

Item = Mapping[str, Any]
Attributes = dict[str, Any]


class UnreadableValue:
    """The value of an attribute of a type that no item of ours has. It is never written."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def __repr__(self) -> str:
        # Not the value: it may be a secret, and this may be logged.
        return f"Unreadable({self.kind!r})"


def encode(value: Any) -> Attributes:
    """One attribute value. Raises TypeError for what an item of ours never holds (a float, say)."""
    match value:
        case bool():
            return {"BOOL": value}
        case str():
            return {"S": str(value)}
        case int():
            return {"N": str(value)}
        case None:
            return {"NULL": True}
        case Mapping():
            return {"M": encode_item(value)}
        case list() | tuple():
            return {"L": [encode(entry) for entry in value]}
    raise TypeError(f"an item holds no {type(value).__name__}: {value!r}")


def encode_item(item: Item) -> Attributes:
    """An item's attributes."""
    return {name: encode(value) for name, value in item.items()}


def decode(attribute: Mapping[str, Any]) -> Any:
    """The value of one attribute; an Unreadable where it is of a type that we never write."""
    ((kind, value),) = attribute.items()
    match kind:
        case "S" | "BOOL":
            return value
        case "N":
            try:
                return int(value)
            except ValueError:
                return UnreadableValue(kind)
        case "NULL":
            return None
        case "M":
            return decode_item(value)
        case "L":
            return [decode(entry) for entry in value]
    return UnreadableValue(kind)


def decode_item(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """An item from its attributes."""
    return {name: decode(attribute) for name, attribute in attributes.items()}
