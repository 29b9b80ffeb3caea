"""Finds what the start of each function loads, in a process with only the layers on its path.

    python starts.py LAMBDAS PACKAGES...      prints handler → modules, data files and searches, as JSON

It imports nothing of the project itself, so it finds exactly what Lambda would load.
"""

import builtins
import gc
import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any


def _loaded(handler: Path, packages: list[str]) -> dict[str, Any]:
    opened: list[str] = []
    # pathlib, io and gzip open files with it.
    original = builtins.open

    def note(file: Any, *args: Any, **kwargs: Any) -> Any:
        opened.append(str(file))
        return original(file, *args, **kwargs)

    searches = 0

    def count(phase: str, info: dict[str, int]) -> None:
        nonlocal searches
        # `ordering` sets how often Python searches.
        searches += phase == "start" and "ordering" in sys.modules

    builtins.open = note
    gc.callbacks.append(count)
    sys.path[:0] = [*packages, str(handler.parent)]
    importlib.import_module(handler.stem)
    outside = [name for name, module in sys.modules.items() if _is_of(module, packages)]
    data = [
        str(Path(file).relative_to(folder))
        for file in opened
        for folder in packages
        if file.startswith(folder) and not file.endswith((".py", ".pyc", ".so"))
    ]
    return {"modules": sorted(outside), "data": sorted(set(data)), "searches": searches}


def _is_of(module: Any, packages: list[str]) -> bool:
    file = getattr(module, "__file__", None) or ""
    return any(file.startswith(folder) for folder in packages)


def main(lambdas: str, *packages: str) -> None:
    """Print what the start of each handler loads. Each is imported in a process of its own."""
    found = {}
    for handler in sorted(Path(lambdas).glob("*/[a-z]*.py")):
        reading, writing = os.pipe()
        if not os.fork():
            try:
                content = json.dumps(_loaded(handler, list(packages)))
            except BaseException as error:
                content = json.dumps({"error": repr(error)})
            with os.fdopen(writing, "w") as pipe:
                pipe.write(content)
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading) as pipe:
            found[handler.stem] = json.loads(pipe.read())
        os.wait()
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
