"""The shape of what is written: which fields, of which types, how often, and which enumerated values."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Any, NamedTuple

Path = tuple[str, ...]
_ENTRY = "[]"


class Part(NamedTuple):
    """A value within a sample."""

    path: Path
    type: str
    value: Any


class Shape:
    """The shape of all samples of one kind."""

    def __init__(self) -> None:
        self.types: defaultdict[Path, set[str]] = defaultdict(set)
        self.texts: defaultdict[Path, set[str]] = defaultdict(set)
        self._counts: Counter[Path] = Counter()

    def add(self, parts: Iterable[Part]) -> None:
        """Add a sample."""
        for path, kind, value in parts:
            self.types[path].add(kind)
            self._counts[path] += 1
            if isinstance(value, str):
                self.texts[path].add(value)

    def is_always_present(self, path: Path) -> bool:
        """Whether every value that can have this field has it."""
        if not path or path[-1] == _ENTRY:
            return False
        return 0 < self._counts[path] == self._counts[path[:-1]]

    def missing_in(self, later: Shape) -> Iterator[str]:
        """Yields the fields that are always present here, and not always in `later`."""
        for path in self.types:
            there = later._counts[path[:-1]] > 0
            if there and self.is_always_present(path) and not later.is_always_present(path):
                yield ".".join(path)

    def retyped_in(self, later: Shape) -> Iterator[str]:
        """Yields the fields that have a type in `later` that they do not have here."""
        for path, types in self.types.items():
            if new := later.types.get(path, set()) - types:
                yield f"{'.'.join(path)} ({', '.join(sorted(types))}) becomes {', '.join(sorted(new))}"

    def unknown_in(self, later: Shape, enumerations: Iterable[Set[str]]) -> Iterator[str]:
        """Yields the values in `later` that are not in the enumeration to which all values here belong."""
        known = list(enumerations)
        for path, texts in self.texts.items():
            of_this = [words for words in known if texts <= words]
            if of_this and (new := later.texts.get(path, set()) - frozenset().union(*of_this)):
                yield f"{'.'.join(path)} has the new value {', '.join(sorted(new))}"


def parts_of_item(image: Mapping[str, Any], path: Path = ()) -> Iterator[Part]:
    """Yields the parts of an item, whose attributes are typed as DynamoDB's."""
    yield Part(path, "M", None)
    for name, attribute in image.items():
        yield from _attribute(attribute, (*path, name))


def _attribute(attribute: Mapping[str, Any], path: Path) -> Iterator[Part]:
    ((kind, value),) = attribute.items()
    match kind:
        case "M":
            yield from parts_of_item(value, path)
        case "L":
            yield Part(path, kind, None)
            for each in value:
                yield from _attribute(each, (*path, _ENTRY))
        case _:
            yield Part(path, kind, value)


def parts_of_json(value: Any, path: Path = (), depth: int = 9) -> Iterator[Part]:
    """Yields the parts of a JSON value, down to a depth."""
    match value:
        case dict():
            yield Part(path, "object", None)
            for name, member in value.items() if depth else ():
                yield from parts_of_json(member, (*path, name), depth - 1)
        case list() | tuple():
            yield Part(path, "array", None)
            for entry in value if depth else ():
                yield from parts_of_json(entry, (*path, _ENTRY), depth - 1)
        case bool():
            yield Part(path, "boolean", value)
        case int():
            yield Part(path, "integer", value)
        case None:
            yield Part(path, "null", value)
        case _:
            yield Part(path, "string" if isinstance(value, str) else "number", value)
