"""Imports every handler as a new function does, and prints the calls that a snapshot must not contain.

    .venv/bin/python -m tests.support.guarded_imports [directory]

With SnapStart, all environments start from one snapshot, taken after the import. So an import must not create
unique values, such as ids and times ("Handling uniqueness with Lambda SnapStart"). Prints one line for each
call that does. A program of its own, because a test process has imported the modules of `ordering` already.
"""

import datetime
import json
import os
import random
import secrets
import sys
import sysconfig
import time
import uuid
from collections.abc import Callable
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any, NoReturn

import botocore.httpsession

from tests.support.environment import set_environment

PROJECT = Path(__file__).resolve().parents[2]
STANDARD = sysconfig.get_paths()["stdlib"]
THIRD_PARTY = sysconfig.get_paths()["purelib"]

UNIQUE: tuple[tuple[ModuleType, tuple[str, ...]], ...] = (
    (uuid, ("uuid1", "uuid4")),
    (os, ("urandom", "getpid")),
    (secrets, ("token_bytes", "token_hex", "token_urlsafe", "choice", "randbelow")),
    (random, ("random", "uniform", "randint", "choice", "shuffle", "getrandbits")),
    (time, ("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter")),
)

found: list[str] = []


def _caller(frame: FrameType | None) -> str | None:
    """Returns the file that called, directly or by the standard library; None for an installed package."""
    while frame is not None:
        file = frame.f_code.co_filename
        if file.startswith(THIRD_PARTY):
            return None
        if file != __file__ and not file.startswith((STANDARD, "<")):
            return f"{file}:{frame.f_lineno}"
        frame = frame.f_back
    return None


def _reporting(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
    def report(*args: Any, **kwargs: Any) -> Any:
        if caller := _caller(sys._getframe(1)):
            found.append(f"{caller} calls {name} while it is imported")
        return original(*args, **kwargs)

    return report


class _Clock(datetime.datetime):
    """Reports the callers of `now`."""

    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> Any:
        """As `datetime.now`."""
        return _reporting("datetime.now", super().now)(tz)


def _refuse_calls(self: object, request: Any) -> NoReturn:
    raise AssertionError(f"a handler calls {request.url} while it is imported: the response would be shared")


def import_file(path: Path) -> None:
    """Import a handler from its file, as Lambda does: the file alone is the function's package."""
    spec = spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    spec.loader.exec_module(module_from_spec(spec))


def main(root: Path) -> None:
    """Import every handler of `root`, and print what was found."""
    set_environment()
    issuer = {
        "issuer": "https://login.example.com",
        "audience": ["orders"],
        "algorithms": ["RS256"],
        "keys": "jwks",
    }
    os.environ["ISSUERS"] = json.dumps([issuer])
    # Installed packages are imported first: their imports are not checked.
    import_module("boto3")
    import_module("aws_lambda_powertools")
    for module, names in UNIQUE:
        for name in names:
            setattr(module, name, _reporting(f"{module.__name__}.{name}", getattr(module, name)))
    datetime.datetime = _Clock  # type: ignore[misc]
    botocore.httpsession.URLLib3Session.send = _refuse_calls  # type: ignore[method-assign]
    paths = sorted((root / "lambdas").glob("*/[a-z]*.py"))
    for path in paths:
        import_file(path)
    sys.stdout.write("\n".join([*found, f"{len(paths)} handlers\n"]))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else PROJECT)
