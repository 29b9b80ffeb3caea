"""Converts items to and from DynamoDB's typed attribute values, for the types that our items use.

boto3 has a serialiser, but importing it loads boto3, and it decodes integers as Decimal, although
all our numbers are integers.

Decoding an item never fails, whatever another tool or a later release has written. An attribute of a type
that our items do not use is decoded as `UnreadableValue`: a record without a field for the attribute ignores
it, and one with such a field is then invalid.
"""

from collections.abc import Mapping
from typing import Any

Item = Mapping[str, Any]
Attributes = dict[str, Any]


class UnreadableValue:
    """The value of an attribute whose type our items do not use. It is never written."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def __repr__(self) -> str:
        # Not the value: it may be a secret, and this may be logged.
        return f"Unreadable({self.kind!r})"


def encode(value: Any) -> Attributes:
    """Return one attribute value. Raises TypeError for a type that our items do not use, such as a float."""
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
    raise TypeError(f"an item cannot contain a {type(value).__name__}: {value!r}")


def encode_item(item: Item) -> Attributes:
    """Return the attributes of an item."""
    return {name: encode(value) for name, value in item.items()}


def decode(attribute: Mapping[str, Any]) -> Any:
    """Return the value of one attribute; an UnreadableValue if our items do not use its type."""
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
    """Return the item that has these attributes."""
    return {name: decode(attribute) for name, attribute in attributes.items()}
