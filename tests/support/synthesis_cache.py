"""A cache of syntheses on disk, shared by the workers of a run and by later runs.

The key of an entry is the digest of everything that a synthesis depends on: the files of `SOURCES`, the
installed packages, and the environment variables that CDK reads. `tests/infra/test_synthesis_cache.py` shows
that `SOURCES` is complete.
"""

import ast
import fcntl
import hashlib
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent.parent
SOURCES = (
    "cdk.json",
    "console/__init__.py",
    "console/shell_environment.py",
    "docs/problems",
    "lambdas",
    "layers",
    "stacks",
    "tests/support/environment.py",
    "tests/support/quick.py",
    "tests/support/synthesis_cache.py",
    "tests/synth.py",
    "tests/synthesis.py",
)
"""Every file and folder of this project that a synthesis depends on."""

_FOLDER = PROJECT / ".local" / "cache" / "synthesised"
_MAX_AGE_SECONDS = 24 * 60 * 60
_STARTED = time.time()


def cached(name: str, make: Callable[[], dict[str, Any]], *, policies_only: bool = False) -> dict[str, Any]:
    """Returns the result of `make`, from the cache if it is there. Each call returns a new copy.

    `name` stands for everything that `make` depends on, except for the sources. If another process creates
    the same entry, this one waits. `policies_only`: the caller uses only the roles, the policies and the
    environment variables of the result. They do not depend on the code of the functions, so the entry stays
    valid after a change of a handler, and its tests start at once.
    """
    file = _file(name, policies_only)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if file.exists():
            text = file.read_text()
        else:
            text = json.dumps(make())
            # A file that is edited during the run may have been imported before the edit.
            if not _edited_since_start():
                _write(file, text)
    made: dict[str, Any] = json.loads(text)
    return made


def is_cached(name: str) -> bool:
    """Returns whether the cache has an entry for this name."""
    return _file(name).exists()


def _file(name: str, policies_only: bool = False) -> Path:
    return _FOLDER / sources_digest(policies_only) / f"{hashlib.sha256(name.encode()).hexdigest()[:32]}.json"


def _edited_since_start() -> bool:
    return any(path.stat().st_mtime >= _STARTED for path in _files(SOURCES))


def _write(file: Path, text: str) -> None:
    """Write the file completely or not at all, because a run may be interrupted."""
    with tempfile.NamedTemporaryFile("w", dir=file.parent, delete=False) as half:
        half.write(text)
    Path(half.name).replace(file)


@cache
def sources_digest(policies_only: bool = False) -> str:
    """Returns the digest of everything that a synthesis depends on; it is calculated once in a process."""
    digest = hashlib.sha256(sys.version.encode())
    for line in sorted(f"{each.name}=={each.version}" for each in distributions()):
        digest.update(line.encode())
    for name, value in sorted(os.environ.items()):
        if name.startswith(("CDK_", "JSII_")):
            digest.update(f"{name}={value}\0".encode())
    for path in policy_files() if policies_only else _files(SOURCES):
        octets = path.read_bytes()
        digest.update(f"{path.relative_to(PROJECT)} {len(octets)}\0".encode() + octets)
    _remove_old()
    return digest.hexdigest()[:32]


def policy_files() -> Iterator[Path]:
    """Yields the files that policies depend on: of the layer, only the modules that the stacks import."""
    others = [source for source in SOURCES if source not in ("docs/problems", "lambdas", "layers")]
    found = dict.fromkeys(_files(others))
    pending = [path for path in found if path.suffix == ".py"]
    while pending:
        for path in _imported(pending.pop()):
            if path not in found:
                found[path] = None
                pending.append(path)
    yield from sorted(found)


def _imported(path: Path) -> Iterator[Path]:
    """Yields the files of the modules of the layer that a file imports, and of their packages."""
    text = path.read_text()
    if path.name == "__init__.py" and "pkgutil.iter_modules(" in text:
        # A package that finds its modules by itself imports all of them.
        yield from path.parent.glob("*.py")
    for node in ast.walk(ast.parse(text)):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{each.name}" for each in node.names)]
        elif isinstance(node, ast.Import):
            names = [each.name for each in node.names]
        for name in names:
            parts = name.split(".")
            if parts[0] == "ordering":
                for length in range(1, len(parts) + 1):
                    module = PROJECT.joinpath("layers", *parts[:length])
                    yield from (
                        each for each in (module.with_suffix(".py"), module / "__init__.py") if each.is_file()
                    )


def _files(sources: Iterable[str]) -> Iterator[Path]:
    for source in sources:
        path = PROJECT / source
        found = [path] if path.is_file() else sorted(path.rglob("*"))
        yield from (each for each in found if each.is_file() and "__pycache__" not in each.parts)


def _remove_old() -> None:
    """Remove the entries of other sources that are older than a day."""
    for folder in _FOLDER.glob("*"):
        newest = max((file.stat().st_mtime for file in folder.glob("*")), default=0)
        if newest < time.time() - _MAX_AGE_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)
