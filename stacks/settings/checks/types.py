"""Checks that each setting, and each nested one, has the type that its field declares.

Otherwise a wrong type would fail far from its cause: in CDK, at the deployment, or never. For instance,
Python treats a text in place of a list of texts as a list of letters.
"""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

_PLAIN: Mapping[type, str] = {
    bool: "True or False",
    int: "a whole number, without quotes",
    str: "a text, in quotes",
}


def type_problems(settings: Any, prefix: str = "") -> Iterator[str]:
    """Yields one line for each field of a dataclass whose value is not of its type."""
    hints = get_type_hints(type(settings))
    for field in fields(settings):
        yield from _problems(getattr(settings, field.name), hints[field.name], f"{prefix}{field.name}")


def _problems(value: Any, kind: Any, name: str) -> Iterator[str]:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is UnionType:
        if value is not None:
            (kind,) = (each for each in arguments if each is not NoneType)
            yield from _problems(value, kind, name)
    elif origin is tuple:
        if not isinstance(value, tuple):
            yield f"- {name}: {value!r} is not a tuple: write ({value!r},), with the comma"
            return
        for index, each in enumerate(value):
            yield from _problems(each, arguments[0], f"{name}[{index}]")
    elif origin is Mapping:
        if not isinstance(value, Mapping):
            yield f"- {name}: {value!r} is not a mapping: write {{key: value}}"
            return
        for key, each in value.items():
            yield from _problems(key, arguments[0], f"{name} {key!r}")
            yield from _problems(each, arguments[1], f"{name} {key!r}")
    # By `type`, because `isinstance(True, int)` is true.
    elif kind in _PLAIN:
        if type(value) is not kind:
            yield f"- {name}: {value!r} is not {_PLAIN[kind]}"
    elif not isinstance(value, kind):
        example = f"{kind.__name__}.<NAME>" if issubclass(kind, Enum) else f"{kind.__name__}(...)"
        article = "an" if kind.__name__[0] in "AEIO" else "a"
        yield f"- {name}: {value!r} is not {article} {kind.__name__}: write {example}"
    elif is_dataclass(value):
        yield from type_problems(value, f"{name}.")
