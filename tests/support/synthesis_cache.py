"""A cache of syntheses on disk, shared by the workers of a run and by one run with the next.

An entry is found by the digest of everything that goes into it: the files of `SOURCES`, the installed
packages, and the environment variables that CDK reads. `tests/infra/test_synthesis_cache.py` shows that
`SOURCES` is complete.
"""

import fcntl
import hashlib
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
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
    "tests/support/synthesis_cache.py",
    "tests/synth.py",
    "tests/synthesis.py",
)
"""Every file and folder of this project that a synthesis depends on."""

_FOLDER = PROJECT / ".local" / "cache" / "synthesised"
_MAX_AGE_SECONDS = 24 * 60 * 60


def cached(name: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Returns the result of `make`, from the cache if it is there, each time as a new copy.

    `name` stands for all that `make` depends on beside the sources. If another process makes the same, waits.
    """
    file = _file(name)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            _write(file, json.dumps(make()))
        text = file.read_text()
    made: dict[str, Any] = json.loads(text)
    return made


def is_cached(name: str) -> bool:
    """Returns whether the cache holds what this name stands for."""
    return _file(name).exists()


def _file(name: str) -> Path:
    return _FOLDER / sources_digest() / f"{hashlib.sha256(name.encode()).hexdigest()[:32]}.json"


def _write(file: Path, text: str) -> None:
    """Write the whole file or nothing: a run may be interrupted."""
    with tempfile.NamedTemporaryFile("w", dir=file.parent, delete=False) as half:
        half.write(text)
    Path(half.name).replace(file)


@cache
def sources_digest() -> str:
    """Returns the digest of everything that goes into a synthesis, read once in a process."""
    digest = hashlib.sha256(sys.version.encode())
    for line in sorted(f"{each.name}=={each.version}" for each in distributions()):
        digest.update(line.encode())
    for name, value in sorted(os.environ.items()):
        if name.startswith(("CDK_", "JSII_")):
            digest.update(f"{name}={value}\0".encode())
    for path in _files():
        octets = path.read_bytes()
        digest.update(f"{path.relative_to(PROJECT)} {len(octets)}\0".encode() + octets)
    _remove_old()
    return digest.hexdigest()[:32]


def _files() -> Iterator[Path]:
    for source in SOURCES:
        path = PROJECT / source
        found = [path] if path.is_file() else sorted(path.rglob("*"))
        yield from (each for each in found if each.is_file() and "__pycache__" not in each.parts)


def _remove_old() -> None:
    """Remove the entries of other sources that are older than a day."""
    for folder in _FOLDER.glob("*"):
        newest = max((file.stat().st_mtime for file in folder.glob("*")), default=0)
        if newest < time.time() - _MAX_AGE_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)
