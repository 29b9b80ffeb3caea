"""Rules for bodies beyond their schema: text must be on one line, and some fields depend on each other.

These rules are applied after the fingerprint of the body is taken. So neither a stricter rule nor a later
version of Unicode makes a retry of an old request look like a different request.
"""

from functools import cache
from typing import Any, TypeVar, get_args, get_type_hints

from msgspec import Struct
from msgspec.structs import fields, replace

from ordering.domain.base import Body
from ordering.domain.text import NotOneLine, OneLine, one_line
from ordering.http.problems import ProblemType, invalid_field

S = TypeVar("S", bound=Struct)


def checked(body: S) -> S:
    """Returns the body with its text in the form in which it is stored.

    Raises:
        Problem: A field breaks a rule. The problem names the first such field.
    """
    return _checked(body, "")


def _checked(body: S, path: str) -> S:
    texts = text_fields(type(body))
    changed = {
        name: _value(getattr(body, name), f"{path}{field}", name in texts)
        for name, field in _fields(type(body)).items()
    }
    kept = replace(body, **changed)
    wrong = kept.wrong_field() if isinstance(kept, Body) else None
    if wrong:
        raise invalid_field(ProblemType.INVALID_BODY, f"{path}{wrong.name}", wrong.message)
    return kept


def _value(value: Any, path: str, is_text: bool) -> Any:
    if isinstance(value, Struct):
        return _checked(value, f"{path}.")
    if isinstance(value, list):
        return [_value(each, f"{path}[{index}]", is_text) for index, each in enumerate(value)]
    if isinstance(value, dict):
        return {name: _value(each, f"{path}.{name}", is_text) for name, each in value.items()}
    if is_text and isinstance(value, str):
        try:
            return one_line(value)
        except NotOneLine as error:
            raise invalid_field(ProblemType.INVALID_BODY, path, str(error)) from None
    return value


@cache
def text_fields(shape: type[Struct]) -> frozenset[str]:
    """Returns the attributes of a shape that the rule for text applies to (marked with `OneLine`)."""
    hints = get_type_hints(shape, include_extras=True)
    return frozenset(name for name, hint in hints.items() if _is_marked(hint))


def _is_marked(hint: Any) -> bool:
    if any(isinstance(mark, OneLine) for mark in getattr(hint, "__metadata__", ())):
        return True
    return any(_is_marked(part) for part in get_args(hint))


@cache
def _fields(shape: type[Struct]) -> dict[str, str]:
    """Returns the attributes of a shape, each with its name in JSON."""
    return {field.name: field.encode_name for field in fields(shape)}
