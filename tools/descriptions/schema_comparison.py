"""Finds what changed between two JSON Schemas, and whether it breaks a client.

A client writes requests and reads responses. So a change may allow more values in a request, and fewer in a
response. Any other change breaks clients that have not changed.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import Any, NamedTuple

from tools.descriptions.schema_merging import ANNOTATIONS, LEAST, MOST, Document, Schema, merged, types_of

# Keywords that a method of `SchemaComparison` compares; all others are compared by `_keyword`.
_COMPARED_SEPARATELY = frozenset(
    {"$ref", "allOf", "anyOf", "oneOf", "type", "enum", "const"}
    | {"properties", "required", "additionalProperties", "items"}
)


# A line names at most this many values, and counts the others.
_FEW = 8


class Change(NamedTuple):
    """One change, and whether a client that worked before may fail now."""

    where: str
    what: str
    breaking: bool


class Side(Enum):
    """Who reads the values of a schema: the API reads requests, clients responses, and consumers events."""

    REQUEST = "request"
    RESPONSE = "response"
    EVENT = "event"


class Effect(Enum):
    """What a change does to the values that are valid."""

    FEWER = "fewer values"
    MORE = "more values"
    OTHER = "other values"


class SchemaComparison:
    """Compares schemas of two documents. A component is compared once, by its name, wherever it is used.

    `new_values_break` is whether a client breaks if a response has a new value where values are listed.
    """

    def __init__(
        self, before: Document, after: Document, side: Side, *, new_values_break: bool = True
    ) -> None:
        self._before, self._after, self._side = before, after, side
        self._new_values_break = new_values_break
        self._seen: set[tuple[str, str]] = set()

    def changes(self, where: str, old: Any, new: Any) -> Iterator[Change]:
        """Yields the changes from one schema to the other."""
        names = _component(old), _component(new)
        if names[0] and names[1]:
            if names in self._seen:
                return
            self._seen.add((names[0], names[1]))
            where = f"{self._side.value} {names[1]}" if names[0] == names[1] else where
        elif _has_choices(old) or _has_choices(new):
            yield from self._choices(where, old, new)
            return
        old, new = merged(self._before, old), merged(self._after, new)
        if _has_choices(old) or _has_choices(new):
            yield from self._choices(where, old, new)
            return
        yield from self._types(where, old, new)
        yield from self._values(where, old, new)
        for keyword in sorted((old.keys() | new.keys()) - ANNOTATIONS - _COMPARED_SEPARATELY):
            yield from self._keyword(where, keyword, old, new)
        yield from self._default(where, old, new)
        yield from self._properties(where, old, new)
        yield from self._parts(f"{where}[]", "items", old, new)
        yield from self._parts(f"{where}.*", "additionalProperties", old, new)

    def _choices(self, where: str, old: Schema, new: Schema) -> Iterator[Change]:
        """Compares alternatives (`anyOf`, `oneOf`), paired by their name or their content."""
        before, after = _alternatives(old), _alternatives(new)
        for label in sorted(before.keys() | after.keys()):
            if label not in after:
                yield self._change(where, f"is no longer {label}", Effect.FEWER)
            elif label not in before:
                yield self._change(where, f"is now {label}, too", Effect.MORE)
            else:
                yield from self.changes(where, before[label], after[label])

    def _types(self, where: str, old: Schema, new: Schema) -> Iterator[Change]:
        before, after = types_of(old), types_of(new)
        if before != after:
            effect = Effect.FEWER if after < before else Effect.MORE if before < after else Effect.OTHER
            yield self._change(where, f"`type` {_text(old, 'type')} → {_text(new, 'type')}", effect)

    def _values(self, where: str, old: Schema, new: Schema) -> Iterator[Change]:
        before, after = _listed(old), _listed(new)
        if before is None or after is None:
            if before is not after:
                effect = Effect.FEWER if before is None else Effect.MORE
                yield self._change(where, f"values listed: {_all(before)} → {_all(after)}", effect)
            return
        if gone := sorted(before - after):
            yield self._change(where, f"is no longer {', '.join(gone)}", Effect.FEWER)
        if added := sorted(after - before):
            change = self._change(where, f"is now {', '.join(added)}, too", Effect.MORE)
            # If a value was removed too, the new one may be a renamed value.
            yield change._replace(breaking=change.breaking and (self._new_values_break or bool(gone)))

    def _keyword(self, where: str, keyword: str, old: Schema, new: Schema) -> Iterator[Change]:
        """Compares a keyword that restricts the values: without it, more values are valid."""
        before, after = old.get(keyword), new.get(keyword)
        if before == after:
            return
        if before is None or after is None:
            effect = Effect.FEWER if before is None else Effect.MORE
        elif keyword in LEAST:
            effect = Effect.FEWER if after > before else Effect.MORE
        elif keyword in MOST:
            effect = Effect.FEWER if after < before else Effect.MORE
        else:
            effect = Effect.OTHER
        yield self._change(where, f"`{keyword}` {_text(old, keyword)} → {_text(new, keyword)}", effect)

    def _default(self, where: str, old: Schema, new: Schema) -> Iterator[Change]:
        """Compares the value that applies if a client leaves the field out."""
        differs = "default" in old and "default" in new and old["default"] != new["default"]
        if differs and self._side is Side.REQUEST:
            what = f"`default` {_text(old, 'default')} → {_text(new, 'default')}"
            yield Change(where, what, breaking=True)

    def _properties(self, where: str, old: Schema, new: Schema) -> Iterator[Change]:
        before, after = old.get("properties", {}), new.get("properties", {})
        had_to, must = set(old.get("required", [])), set(new.get("required", []))
        is_request = self._side is Side.REQUEST
        for name in sorted(before.keys() | after.keys()):
            there = f"{where}.{name}"
            if name not in after:
                yield Change(there, "is gone", breaking=True)
                continue
            if name not in before:
                needed = name in must
                what = "is new and required" if needed else "is new"
                yield Change(there, what, breaking=is_request and needed)
                continue
            if name in must - had_to:
                yield Change(there, "is required now", breaking=is_request)
            if name in had_to - must:
                yield Change(there, "is no longer required", breaking=not is_request)
            yield from self.changes(there, before[name], after[name])

    def _parts(self, where: str, keyword: str, old: Schema, new: Schema) -> Iterator[Change]:
        before, after = old.get(keyword, True), new.get(keyword, True)
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            yield from self.changes(where, before, after)
        elif before != after:
            closes = after is False or before is True
            effect = Effect.FEWER if closes else Effect.MORE
            change = self._change(where, f"`{keyword}` {json.dumps(before)} → {json.dumps(after)}", effect)
            # The description requires clients to ignore properties that they do not know.
            opens = keyword == "additionalProperties" and before is False
            yield change._replace(breaking=False) if opens else change

    def _change(self, where: str, what: str, effect: Effect) -> Change:
        harmless = Effect.MORE if self._side is Side.REQUEST else Effect.FEWER
        return Change(where, what, breaking=effect is not harmless)


def _component(schema: Any) -> str | None:
    """Returns the component's name if a schema is only a reference to it."""
    if isinstance(schema, Mapping) and "$ref" in schema and not schema.keys() - {"$ref"} - ANNOTATIONS:
        return str(schema["$ref"]).rpartition("/")[2]
    return None


def _has_choices(schema: Any) -> bool:
    return isinstance(schema, Mapping) and ("anyOf" in schema or "oneOf" in schema)


def _alternatives(schema: Schema) -> dict[str, Schema]:
    """Returns a schema's alternatives by label; keywords beside the choice apply to each of them."""
    choices: Sequence[Schema] = [*schema.get("anyOf", []), *schema.get("oneOf", [])] or [schema]
    beside = {name: schema[name] for name in schema.keys() - {"anyOf", "oneOf"} - ANNOTATIONS}
    labelled: dict[str, Schema] = {}
    for choice in choices:
        label = _component(choice) or json.dumps(choice.get("type", "anything"))
        while label in labelled:
            label += " again"
        labelled[label] = choice if choice is schema or not beside else {"allOf": [choice, beside]}
    return labelled


def _listed(schema: Schema) -> frozenset[str] | None:
    """Returns the values that a schema lists, as JSON; None if it lists none."""
    if "const" in schema:
        return frozenset([json.dumps(schema["const"])])
    return frozenset(map(json.dumps, schema["enum"])) if "enum" in schema else None


def _all(values: frozenset[str] | None) -> str:
    if values is None:
        return "any"
    return ", ".join(sorted(values)) if len(values) <= _FEW else f"{len(values)} of them"


def _text(schema: Schema, keyword: str) -> str:
    return json.dumps(schema[keyword]) if keyword in schema else "none"
