"""Finds what changed between two descriptions of the API (OpenAPI 3.1), and whether it breaks a client."""

from collections.abc import Iterator, Mapping
from typing import Any

from tools.descriptions.schema_comparison import Change, SchemaComparison, Side
from tools.descriptions.schema_merging import Document, resolved

_METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})
# Members for human readers: texts, examples and links. Programs do not depend on them.
_FOR_PEOPLE = frozenset(
    {"info", "servers", "tags", "title", "summary", "description", "example", "examples", "links"}
)

Part = Mapping[str, Any]


def changes(before: Document, after: Document) -> list[Change]:
    """Returns every change, the breaking ones first. Empty only if the documents are equal."""
    found = list(dict.fromkeys(_Comparison(before, after).changes()))
    if not found and before != after:
        found = [Change("the document", "is written differently", breaking=False)]
    return sorted(found, key=lambda change: (not change.breaking, change.where, change.what))


class _Comparison:
    def __init__(self, before: Document, after: Document) -> None:
        self._before, self._after = before, after
        self._requests = SchemaComparison(before, after, Side.REQUEST)
        self._responses_of_api = SchemaComparison(before, after, Side.RESPONSE)
        # The description asks clients to handle an unknown problem type by its status.
        self._problems = SchemaComparison(before, after, Side.RESPONSE, new_values_break=False)

    def changes(self) -> Iterator[Change]:
        old, new = _operations(self._before), _operations(self._after)
        for name in old.keys() - new.keys():
            yield Change(name, "is gone", breaking=True)
        for name in new.keys() - old.keys():
            yield Change(name, "is new", breaking=False)
        for name in (name for name in old if name in new):
            yield from self._operation(name, old[name], new[name])
        yield from self._schemes()
        for path in _reworded(self._before, self._after, ()):
            yield Change(_place(path), "is worded differently", breaking=False)

    def _operation(self, where: str, old: Part, new: Part) -> Iterator[Change]:
        if old.get("operationId") != new.get("operationId"):
            names = f"`operationId` {old.get('operationId')} → {new.get('operationId')}"
            yield Change(where, names, breaking=True)
        yield from self._security(where, old, new)
        yield from self._parameters(where, old, new)
        yield from self._body(where, old, new)
        yield from self._responses(where, old, new)

    def _security(self, where: str, old: Part, new: Part) -> Iterator[Change]:
        before = old.get("security", self._before.get("security", []))
        after = new.get("security", self._after.get("security", []))
        if before != after:
            # Clients are still authorised if, for each earlier requirement, a current one asks for no more.
            admitted = all(any(_asks_no_more(now, than) for now in after or [{}]) for than in before or [{}])
            yield Change(where, f"`security` {before} → {after}", breaking=not admitted)

    def _parameters(self, where: str, old: Part, new: Part) -> Iterator[Change]:
        before, after = _parameters(self._before, old), _parameters(self._after, new)
        for name in before.keys() - after.keys():
            yield Change(f"{where}, {name}", "is gone", breaking=True)
        for name, parameter in after.items():
            there, required = f"{where}, {name}", parameter.get("required", False)
            if name not in before:
                what = "is new and required" if required else "is new"
                yield Change(there, what, breaking=required)
                continue
            yield from _required(there, before[name], parameter)
            yield from self._requests.changes(there, before[name]["schema"], parameter["schema"])

    def _body(self, where: str, old: Part, new: Part) -> Iterator[Change]:
        there = f"{where}, body"
        before = resolved(self._before, old.get("requestBody"))
        after = resolved(self._after, new.get("requestBody"))
        if before and after:
            yield from _required(there, before, after)
            yield from self._content(there, before, after, self._requests)
        elif before:
            yield Change(there, "is gone", breaking=True)
        elif after:
            required = after.get("required", False)
            yield Change(there, "is new and required" if required else "is new", breaking=required)

    def _responses(self, where: str, old: Part, new: Part) -> Iterator[Change]:
        before, after = old.get("responses", {}), new.get("responses", {})
        for status in before.keys() - after.keys():
            yield Change(f"{where}, {status}", "is gone", breaking=True)
        for status in after.keys() - before.keys():
            yield Change(f"{where}, {status}", "is new", breaking=False)
        for status in (status for status in before if status in after):
            one, other = resolved(self._before, before[status]), resolved(self._after, after[status])
            yield from self._headers(f"{where}, {status}", one, other)
            yield from self._content(f"{where}, {status}", one, other, self._responses_of_api)

    def _headers(self, where: str, old: Part, new: Part) -> Iterator[Change]:
        before, after = old.get("headers", {}), new.get("headers", {})
        for name in before.keys() - after.keys():
            yield Change(f"{where}, header {name}", "is gone", breaking=True)
        for name in after.keys() - before.keys():
            yield Change(f"{where}, header {name}", "is new", breaking=False)
        for name in (name for name in before if name in after):
            there = f"{where}, header {name}"
            if before[name].get("required", False) and not after[name].get("required", False):
                yield Change(there, "is no longer always there", breaking=True)
            yield from self._responses_of_api.changes(there, before[name]["schema"], after[name]["schema"])

    def _content(self, where: str, old: Part, new: Part, schemas: SchemaComparison) -> Iterator[Change]:
        before, after = old.get("content", {}), new.get("content", {})
        for media_type in before.keys() - after.keys():
            yield Change(f"{where}, {media_type}", "is gone", breaking=True)
        for media_type in after.keys() - before.keys():
            yield Change(f"{where}, {media_type}", "is new", breaking=False)
        for media_type in (each for each in before if each in after):
            there = where if len(before) == 1 else f"{where}, {media_type}"
            one, other = before[media_type].get("schema", True), after[media_type].get("schema", True)
            of_problems = media_type == "application/problem+json"
            yield from (self._problems if of_problems else schemas).changes(there, one, other)

    def _schemes(self) -> Iterator[Change]:
        """Compares how tokens are sent: every change breaks some client."""
        before, after = (
            document.get("components", {}).get("securitySchemes", {})
            for document in (self._before, self._after)
        )
        for name in before.keys() & after.keys():
            kept = [{k: v for k, v in each[name].items() if k != "description"} for each in (before, after)]
            if kept[0] != kept[1]:
                yield Change(f"security scheme {name}", f"{kept[0]} → {kept[1]}", breaking=True)


def _operations(document: Document) -> dict[str, Part]:
    return {
        f"{method.upper()} {path}": {**operation, "parameters": _all_parameters(item, operation)}
        for path, item in document.get("paths", {}).items()
        for method, operation in item.items()
        if method in _METHODS
    }


def _all_parameters(item: Part, operation: Part) -> list[Any]:
    return [*item.get("parameters", []), *operation.get("parameters", [])]


def _parameters(document: Document, operation: Part) -> dict[str, Part]:
    parameters = (resolved(document, parameter) for parameter in operation["parameters"])
    return {f"{each['in']} {_named(each)}": each for each in parameters}


def _named(parameter: Part) -> str:
    name = str(parameter["name"])
    return name.lower() if parameter["in"] == "header" else name


def _required(where: str, old: Part, new: Part) -> Iterator[Change]:
    before, after = old.get("required", False), new.get("required", False)
    if before != after:
        what = "is required now" if after else "is no longer required"
        yield Change(where, what, breaking=after)


def _asks_no_more(requirement: Part, than: Part) -> bool:
    """Whether a client that meets the requirement `than` also meets `requirement`."""
    return all(scheme in than and set(scopes) <= set(than[scheme]) for scheme, scopes in requirement.items())


def _reworded(
    before: Any, after: Any, path: tuple[str, ...], for_people: bool = False
) -> Iterator[tuple[str, ...]]:
    """Yields the paths in the document at which members for human readers differ."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in before.keys() | after.keys():
            # The members of `properties` are field names of this API: one of them may be `description`.
            inside = for_people or (name in _FOR_PEOPLE and path[-1:] != ("properties",))
            yield from _reworded(before.get(name), after.get(name), (*path, name), inside)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for one, other in zip(before, after, strict=True):
            yield from _reworded(one, other, path, for_people)
    elif before != after and for_people:
        yield path


def _place(path: tuple[str, ...]) -> str:
    """Returns the operation, the component or the part of the document that a path leads into."""
    match path:
        case ("paths", url_path, method, *_):
            return f"{method.upper()} {url_path}"
        case ("components", kind, name, *_):
            return f"{kind} {name}"
    return path[0]
