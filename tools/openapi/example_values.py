"""Builds an example of a shape from the examples of its fields, or from values of their types."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import inspect

_FORMAT_EXAMPLES = {"uuid": "67ac7c2f-9402-853b-aeb2-e3a1fe83d8fc", "date-time": "2026-11-21T12:00:00.000Z"}


def example_value(shape: type) -> Any:
    """Returns an instance of a shape with its required fields.

    Raises:
        LookupError: A field needs an example of its own: its pattern or type does not give a value.
    """
    return msgspec.convert(_value(inspect.type_info(shape), shape.__name__), shape)


def _value(kind: inspect.Type, where: str, schema: Mapping[str, Any] | None = None) -> Any:
    schema = schema or {}
    if examples := schema.get("examples"):
        return examples[0]
    match kind:
        case inspect.Metadata():
            return _value(kind.type, where, kind.extra_json_schema)
        case inspect.StructType():
            return {
                field.encode_name: _value(field.type, f"{where}.{field.encode_name}")
                for field in kind.fields
                if field.required
            }
        case inspect.EnumType():
            return next(iter(kind.cls)).value
        case inspect.ListType() | inspect.CollectionType():
            return [_value(kind.item_type, where)]
        case inspect.UnionType():
            return _value(next(each for each in kind.types if not isinstance(each, inspect.NoneType)), where)
        case inspect.BoolType():
            return True
        case inspect.IntType():
            return kind.ge if kind.ge is not None else 1
        case inspect.StrType() if schema.get("format") in _FORMAT_EXAMPLES:
            return _FORMAT_EXAMPLES[schema["format"]]
        case inspect.StrType() if kind.pattern is None:
            return "text"
    raise LookupError(f"{where}: give the field an example (`Meta(examples=…)`)")
