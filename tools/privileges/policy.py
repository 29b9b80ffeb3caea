"""Evaluates the statements of a role as IAM does, for the policy elements that this app uses.

"Policy evaluation logic" and "IAM JSON policy elements" (IAM User Guide): an explicit denial wins, then any
statement that allows; a condition holds if all of its keys match, and a key matches if one of its values
does. An element that is not supported raises an error, so that no policy is evaluated wrongly.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

LEADING_KEYS = "dynamodb:LeadingKeys"

_SUPPORTED = frozenset({"Sid", "Effect", "Action", "Resource", "Condition"})
# Operator → whether its values are patterns. ArnEquals and ArnLike behave alike ("Condition operators").
_OPERATORS = {"StringEquals": False, "StringLike": True, "ArnEquals": True, "ArnLike": True, "Bool": False}


@dataclass(frozen=True, slots=True)
class Request:
    """The unit that IAM decides about: one action on one resource. An API call may need several."""

    action: str
    resource: str
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Condition key → its values."""


class Grant(NamedTuple):
    """One action that a role allows on one resource."""

    action: str
    resource: str
    key: str = ""
    """The pattern of the partition keys that it is limited to (`dynamodb:LeadingKeys`); empty: all."""

    def __str__(self) -> str:
        """Returns the grant as one line."""
        return f"{self.action} on {self.resource}{f' under {self.key}' if self.key else ''}"


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator with one key: `ForAllValues:StringLike`, `dynamodb:LeadingKeys`."""

    operator: str
    set_operator: str
    key: str
    values: tuple[str, ...]
    if_exists: bool

    def holds(self, context: Mapping[str, tuple[str, ...]]) -> bool:
        """Whether the values of a request satisfy it."""
        found = context.get(self.key)
        if found is None:
            return self.if_exists or self.set_operator == "ForAllValues"
        matching = [any(self.matches(value, each) for value in self.values) for each in found]
        return all(matching) if self.set_operator != "ForAnyValue" else any(matching)

    def matches(self, wanted: str, found: str) -> bool:
        """Whether one value of the policy matches one of the request."""
        if self.operator == "Bool":
            return wanted.lower() == found.lower()
        return _matches(wanted, found) if _OPERATORS[self.operator] else wanted == found


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of an identity's policy."""

    allows: bool
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: tuple[Condition, ...]

    def applies(self, request: Request) -> bool:
        """Whether the statement is about this request."""
        return (
            any(_matches(action.lower(), request.action.lower()) for action in self.actions)
            and any(_matches(resource, request.resource) for resource in self.resources)
            and all(condition.holds(request.context) for condition in self.conditions)
        )

    def grants(self) -> Iterator[Grant]:
        """Yields each combination of action, resource and partition keys that the statement names."""
        keys = [value for each in self.conditions if each.key == LEADING_KEYS for value in each.values]
        for action in self.actions:
            for resource in self.resources:
                for key in keys or [""]:
                    yield Grant(action, resource, key)

    def used_by(self, request: Request) -> Iterator[Grant]:
        """Yields those of `grants` that a request needs. The statement must apply to the request."""
        for grant in self.grants():
            if _matches(grant.action.lower(), request.action.lower()) and _matches(
                grant.resource, request.resource
            ):
                keys = request.context.get(LEADING_KEYS, ())
                if not grant.key or any(_matches(grant.key, key) for key in keys):
                    yield grant


class Role:
    """What one role allows."""

    def __init__(self, name: str, documents: Iterable[Mapping[str, Any]]) -> None:
        """Raises ValueError if a policy document has an element that is not supported."""
        self.name = name
        self.statements = tuple(
            statement(each) for document in documents for each in _list(document["Statement"])
        )

    def grants(self) -> frozenset[Grant]:
        """Returns everything that the role allows."""
        return frozenset(grant for each in self.statements if each.allows for grant in each.grants())

    def decide(self, request: Request) -> frozenset[Grant] | None:
        """Returns the grants by which a request is allowed; None if it is denied."""
        applying = [each for each in self.statements if each.applies(request)]
        if not applying or not all(each.allows for each in applying):
            return None
        return frozenset(grant for each in applying for grant in each.used_by(request))


def statement(body: Mapping[str, Any]) -> Statement:
    """Returns a statement of a policy document. Raises ValueError if it has an unsupported element."""
    if unsupported := body.keys() - _SUPPORTED:
        raise ValueError(f"{', '.join(sorted(unsupported))} in a statement of a role is not supported")
    return Statement(
        allows=body["Effect"] == "Allow",
        actions=tuple(_list(body["Action"])),
        resources=tuple(_list(body["Resource"])),
        conditions=tuple(_conditions(body.get("Condition", {}))),
    )


def _conditions(block: Mapping[str, Mapping[str, Any]]) -> Iterator[Condition]:
    for name, keys in block.items():
        set_operator, _, plain = name.rpartition(":")
        operator = plain.removesuffix("IfExists")
        if operator not in _OPERATORS or set_operator not in ("", "ForAllValues", "ForAnyValue"):
            raise ValueError(f"the condition operator {name} is not supported")
        for key, values in keys.items():
            yield Condition(
                operator, set_operator, key, tuple(map(str, _list(values))), if_exists=plain != operator
            )


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else [value]


def _matches(pattern: str, text: str) -> bool:
    return _compiled(pattern).fullmatch(text) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Returns a pattern of IAM: `*` stands for any characters, `?` for one."""
    return re.compile("".join({"*": ".*", "?": "."}.get(c, re.escape(c)) for c in pattern), re.DOTALL)
