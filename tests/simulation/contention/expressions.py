"""Condition and update expressions, as far as the app writes them, evaluated on DynamoDB's attribute values.

An expression that is not understood raises ValueError: nothing is guessed.
"""

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple

Attribute = dict[str, Any]
Attributes = dict[str, Attribute]


class Scope(NamedTuple):
    """What an expression is evaluated on: the item, and the placeholders of the request."""

    item: Mapping[str, Attribute]
    names: Mapping[str, str]
    values: Mapping[str, Attribute]


Operand = Callable[[Scope], Attribute | None]
Condition = Callable[[Scope], bool]
Name = Callable[[Scope], str]

_TOKEN = re.compile(r"\s*(<=|>=|[=<>(),+-]|[#:]?[A-Za-z_][A-Za-z0-9_]*)")
_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: bool(a == b),
    "<": lambda a, b: bool(a < b),
    "<=": lambda a, b: bool(a <= b),
    ">": lambda a, b: bool(a > b),
    ">=": lambda a, b: bool(a >= b),
}
_SECTIONS = ("SET", "REMOVE", "ADD")


def holds(expression: str | None, scope: Scope) -> bool:
    """Returns whether a condition holds; one that is missing does."""
    return expression is None or _condition(expression)(scope)


def updated(expression: str, scope: Scope) -> Attributes:
    """Returns the item after an update. All operands are read from the item as it was before."""
    item = dict(scope.item)
    for change in _update(expression):
        change(scope, item)
    return item


class _Tokens:
    """The tokens of an expression, read from the left."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens: list[str] = []
        at = 0
        while text[at:].strip():
            found = _TOKEN.match(text, at)
            if found is None:
                raise ValueError(f"not understood: {text[at:]!r} in {text!r}")
            self._tokens.append(found[1])
            at = found.end()

    def peek(self) -> str:
        """Returns the next token; "" at the end."""
        return self._tokens[0] if self._tokens else ""

    def take(self, *wanted: str) -> str:
        """Returns the next token, which must be one of `wanted` if any are given."""
        token = self._tokens.pop(0) if self._tokens else ""
        if not token or (wanted and token.upper() not in wanted):
            raise ValueError(f"not understood: {token!r} in {self._text!r}")
        return token

    def skip(self, *tokens: str) -> bool:
        """Returns whether the next token was one of these, which is then taken."""
        if self.peek().upper() in tokens:
            self.take()
            return True
        return False


@cache
def _condition(expression: str) -> Condition:
    tokens = _Tokens(expression)
    condition = _any_of(tokens)
    if tokens.peek():
        tokens.take("")
    return condition


def _any_of(tokens: _Tokens) -> Condition:
    parts = [_all_of(tokens)]
    while tokens.skip("OR"):
        parts.append(_all_of(tokens))
    return parts[0] if len(parts) == 1 else lambda scope: any(part(scope) for part in parts)


def _all_of(tokens: _Tokens) -> Condition:
    parts = [_one(tokens)]
    while tokens.skip("AND"):
        parts.append(_one(tokens))
    return parts[0] if len(parts) == 1 else lambda scope: all(part(scope) for part in parts)


def _one(tokens: _Tokens) -> Condition:
    if tokens.skip("("):
        inner = _any_of(tokens)
        tokens.take(")")
        return inner
    if tokens.peek() in ("attribute_exists", "attribute_not_exists"):
        wanted = tokens.take() == "attribute_exists"
        tokens.take("(")
        name = _name(tokens)
        tokens.take(")")
        return lambda scope: (name(scope) in scope.item) is wanted
    left = _operand(tokens)
    if tokens.skip("IN"):
        tokens.take("(")
        among = [_operand(tokens)]
        while tokens.skip(","):
            among.append(_operand(tokens))
        tokens.take(")")
        return lambda scope: left(scope) in [each(scope) for each in among]
    compare = _COMPARISONS[tokens.take(*_COMPARISONS)]
    right = _operand(tokens)
    return lambda scope: _compared(compare, left(scope), right(scope))


def _compared(compare: Callable[[Any, Any], bool], left: Attribute | None, right: Attribute | None) -> bool:
    # Values of two types are unequal, and neither is the greater one.
    if left is None or right is None or left.keys() != right.keys():
        return False
    return compare(_plain(left), _plain(right))


def _plain(attribute: Attribute) -> Any:
    ((kind, value),) = attribute.items()
    return int(value) if kind == "N" else value


def _name(tokens: _Tokens) -> Name:
    token = tokens.take()
    if token.startswith("#"):
        return lambda scope: scope.names[token]
    return lambda scope: token


def _operand(tokens: _Tokens) -> Operand:
    token = tokens.peek()
    if token.startswith(":"):
        tokens.take()
        return lambda scope: scope.values[token]
    if token in ("if_not_exists", "list_append"):
        tokens.take()
        tokens.take("(")
        first = _operand(tokens)
        tokens.take(",")
        second = _operand(tokens)
        tokens.take(")")
        if token == "if_not_exists":
            return lambda scope: first(scope) or second(scope)
        return lambda scope: {"L": [*_list(first(scope)), *_list(second(scope))]}
    name = _name(tokens)
    return lambda scope: scope.item.get(name(scope))


def _list(attribute: Attribute | None) -> list[Attribute]:
    if attribute is None:
        raise ValueError("a list that does not exist")
    return list(attribute["L"])


_Change = Callable[[Scope, Attributes], None]


@cache
def _update(expression: str) -> tuple[_Change, ...]:
    tokens = _Tokens(expression)
    changes = []
    while tokens.peek():
        section = tokens.take(*_SECTIONS).upper()
        changes.append(_change(section, tokens))
        while tokens.skip(","):
            changes.append(_change(section, tokens))
    return tuple(changes)


def _change(section: str, tokens: _Tokens) -> _Change:
    name = _name(tokens)
    if section == "REMOVE":
        return lambda scope, item: _remove(item, name(scope))
    if section == "SET":
        tokens.take("=")
        value = _operand(tokens)
        while tokens.peek() in ("+", "-"):
            value = _sum(value, tokens.take(), _operand(tokens))
        return lambda scope, item: item.update({name(scope): _existing(value(scope))})
    more = _operand(tokens)

    def add(scope: Scope, item: Attributes) -> None:
        before = scope.item.get(name(scope), {"N": "0"})
        item[name(scope)] = {"N": str(int(before["N"]) + int(_existing(more(scope))["N"]))}

    return add


def _remove(item: Attributes, name: str) -> None:
    item.pop(name, None)


def _sum(left: Operand, sign: str, right: Operand) -> Operand:
    def value(scope: Scope) -> Attribute:
        first, second = int(_existing(left(scope))["N"]), int(_existing(right(scope))["N"])
        return {"N": str(first + second if sign == "+" else first - second)}

    return value


def _existing(attribute: Attribute | None) -> Attribute:
    if attribute is None:
        raise ValueError("an attribute that does not exist")
    return attribute
