"""What the layer of dependencies leaves out of its packages.

botocore parses its descriptions of AWS while a function starts, and Python loads every module that a package
imports. What no handler uses costs each cold start time, so the layer is made without it:

| of                 | the layer keeps                                                            |
|--------------------|----------------------------------------------------------------------------|
| a service          | the operations that the code calls, and their shapes, without their prose  |
| DynamoDB's items   | only that they are JSON: `ordering.dynamodb.codec` knows their form        |
| the endpoints      | those of the services that are called, in every region and partition       |
| Powertools         | the modules that the code imports, and those that they import              |
| every package      | no examples, no type information, no metadata of the package               |

No file of code is edited: it is kept or left out whole. JSON loses members; and a map of DynamoDB's attribute
values is described as what AWS's models call a document, a value that botocore passes on as it is. By the
full description it would look in each value, of which a list has some hundreds, for each of ten types.
"""

import ast
import gzip
import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from stacks.called_operations import called_operations

_PROJECT = Path(__file__).resolve().parent.parent
_DEPLOYED = (_PROJECT / "layers" / "ordering", _PROJECT / "lambdas")
_POWERTOOLS = "aws_lambda_powertools"
# Imported in a function that encodes the models of pydantic, which the layer does not have.
_RESOLVER = f"{_POWERTOOLS}.event_handler"

# The shape of the values in an item. Its binary types would be encoded by botocore; `codec` has none of them.
_ATTRIBUTE_VALUE = "AttributeValue"
_DOCUMENT = {"type": "structure", "members": {}, "document": True}

_UNREAD = (
    "*.dist-info",
    "bin",
    # Time zones of the whole world, recurring dates, a browser's sockets, another TLS library.
    "dateutil/zoneinfo",
    "dateutil/rrule.py",
    "urllib3/contrib/emscripten",
    "urllib3/contrib/pyopenssl.py",
    # It imports `importlib.metadata` to ask for the version of h2, which is not installed. `urllib3` imports
    # only the module `http2.probe`.
    "urllib3/http2/__init__.py",
    "urllib3/http2/connection.py",
    # It imports the documentation of whole services.
    "botocore/docs/__init__.py",
    # It imports metrics and the tracer if any module of Powertools is imported.
    f"{_POWERTOOLS}/__init__.py",
    "**/*.pyi",
    "**/py.typed",
)


def wanted() -> dict[str, Any]:
    """Returns what decides about the contents, beside the packages: what the code calls and imports."""
    return {"operations": called_operations(), "powertools": sorted(_wanted_modules())}


def trim(packages: Path) -> None:
    """Remove from a folder of installed packages what no handler uses."""
    data = packages / "botocore" / "data"
    if data.exists():
        _trim_descriptions(data, called_operations())
    if (packages / _POWERTOOLS).exists():
        _keep_imported(packages)
    for pattern in _UNREAD:
        for path in list(packages.glob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _trim_descriptions(data: Path, called: Mapping[str, tuple[str, ...]]) -> None:
    for folder in data.glob("*/"):
        if folder.name not in called:
            shutil.rmtree(folder)
    prefixes = set()
    for service, operations in called.items():
        # botocore makes clients of the newest version of an API.
        *older, newest = sorted((data / service).glob("*/"))
        for folder in older:
            shutil.rmtree(folder)
        model = _model(newest / "service-2.json.gz", operations)
        prefixes.add(model["metadata"]["endpointPrefix"])
        rules = _read(newest / "endpoint-rule-set-1.json.gz")
        extras = {path.name: _read(path) for path in newest.glob("service-2.sdk-extras.json")}
        shutil.rmtree(newest)
        newest.mkdir()
        # Not compressed, unlike in the wheel: the archive of the layer is.
        for name, content in {
            "service-2.json": model,
            "endpoint-rule-set-1.json": rules,
            **extras,
        }.items():
            _write(newest / name, content)
    endpoints = _read(data / "endpoints.json")
    for partition in endpoints["partitions"]:
        partition["services"] = {
            name: value for name, value in partition["services"].items() if name in prefixes
        }
    _write(data / "endpoints.json", endpoints)


def _model(path: Path, operations: tuple[str, ...]) -> dict[str, Any]:
    """Returns a service's description with these operations, and the shapes that they use."""
    model = _read(path)
    model["operations"] = {name: model["operations"][name] for name in operations}
    shapes = {name: _DOCUMENT if _is_item(shape) else shape for name, shape in model["shapes"].items()}
    used: set[str] = set()
    unread = [
        shape
        for operation in model["operations"].values()
        for part in (operation.get("input"), operation.get("output"), *operation.get("errors", ()))
        if part
        for shape in _named(part)
    ]
    while unread:
        name = unread.pop()
        if name not in used:
            used.add(name)
            unread += _named(shapes[name])
    model["shapes"] = {name: shape for name, shape in shapes.items() if name in used}
    without_prose: dict[str, Any] = _without_prose(model)
    # botocore reads this text when it resolves the endpoint of a service that has such parameters: S3.
    for parameter in without_prose.get("clientContextParams", {}).values():
        parameter["documentation"] = ""
    return without_prose


def _is_item(shape: Mapping[str, Any]) -> bool:
    """Returns whether a shape is a map of DynamoDB's attribute values: an item, a key, or an expression's."""
    return bool(shape["type"] == "map" and shape["value"]["shape"] == _ATTRIBUTE_VALUE)


def _named(part: Any) -> Iterator[str]:
    """Yields the names of the shapes that a part of a description refers to."""
    if isinstance(part, dict):
        for name, value in part.items():
            if name == "shape" and isinstance(value, str):
                yield value
            else:
                yield from _named(value)
    elif isinstance(part, list):
        for each in part:
            yield from _named(each)


def _without_prose(part: Any) -> Any:
    """Returns a part of a description without its documentation.

    A member of a shape may be named `documentation` too: then it is no text.
    """
    if isinstance(part, dict):
        return {
            name: _without_prose(value)
            for name, value in part.items()
            if not (name == "documentation" and isinstance(value, str))
        }
    return [_without_prose(each) for each in part] if isinstance(part, list) else part


def _keep_imported(packages: Path) -> None:
    """Keep the modules of Powertools that the code imports, directly or through others."""
    kept: set[Path] = set()
    unread = {found for name in _wanted_modules() for found in _files(packages, name)}
    while unread:
        path = unread.pop()
        kept.add(path)
        package = path.parent.relative_to(packages).parts
        unread |= {found for name in _imported([path], package) for found in _files(packages, name)} - kept
    for path in (packages / _POWERTOOLS).rglob("*"):
        if path.is_file() and path not in kept:
            path.unlink()
    for folder in sorted((packages / _POWERTOOLS).rglob("*/"), reverse=True):
        if not any(folder.iterdir()):
            folder.rmdir()


@cache
def _wanted_modules() -> frozenset[str]:
    """Returns the names that the code imports from Powertools."""
    files = (file for root in _DEPLOYED for file in root.rglob("*.py"))
    # Only a file with the name can import it: most have not, and need not be parsed.
    naming = (file for file in files if _POWERTOOLS in file.read_text(encoding="utf-8"))
    return frozenset(name for name in _imported(naming) if name.startswith(f"{_POWERTOOLS}."))


def _files(packages: Path, module: str) -> Iterator[Path]:
    """Yields the files that Python loads for a module of Powertools: its own, and those of its packages."""
    parts = module.split(".")
    if parts[0] != _POWERTOOLS or module.startswith(_RESOLVER):
        return
    for length in range(2, len(parts) + 1):
        path = packages.joinpath(*parts[:length])
        for file in (path.with_suffix(".py"), path / "__init__.py"):
            if file.is_file():
                yield file


def _imported(files: Iterable[Path], package: tuple[str, ...] = ()) -> Iterator[str]:
    """Yields the names that files import at any time; a name of `from a import b` as `a.b`.

    `package` is the package of the files, to which their relative imports refer. Imports for the type checker
    are left out.
    """
    for file in files:
        unread: list[ast.AST] = [ast.parse(file.read_text(encoding="utf-8"))]
        while unread:
            node = unread.pop()
            match node:
                case ast.If(test=ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING")):
                    unread += node.orelse
                    continue
                case ast.Import():
                    yield from (alias.name for alias in node.names)
                case ast.ImportFrom():
                    base = package[: len(package) + 1 - node.level] if node.level else ()
                    origin = ".".join((*base, *filter(None, [node.module])))
                    yield from (f"{origin}.{alias.name}" for alias in node.names)
            unread += ast.iter_child_nodes(node)


def _read(path: Path) -> Any:
    content = path.read_bytes()
    return json.loads(gzip.decompress(content) if path.suffix == ".gz" else content)


def _write(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, separators=(",", ":")), encoding="utf-8")
