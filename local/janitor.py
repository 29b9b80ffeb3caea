"""Removes the folders of ended workers for as long as the engine runs.

A worker of the engine is a process with a folder of its own in the engine's TMPDIR, in which the function's
code and its layers are unpacked: 23 MB and a thousand files. When a worker ends (its function failed, or
timed out) the engine leaves its folder there, for minutes or for good. On a busy day that is gigabytes, and
`make down` would take as long as their removal.
"""

from __future__ import annotations

import argparse
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from console.processes import commands, is_alive
from console.workspace import ProcessRecord

_EVERY_SECONDS = 15.0
# A folder is filled before its worker starts, which takes long on a busy machine.
_FILLED_AFTER_SECONDS = 120.0
_FOLDERS = "ministack-lambda-*"
# The archives beside the unpacked files are not read again: a fifth of the space.
_ARCHIVES = ("code.zip", "layer_*.zip")


def sweep(scratch: Path, *, filled_after: float = _FILLED_AFTER_SECONDS) -> list[Path]:
    """Remove the folders below ``scratch`` whose worker has ended, and the archives in the others.

    A folder that was changed less than ``filled_after`` seconds ago may still get its worker, and is left
    alone. Returns the folders that were removed.
    """
    # First the folders, then the workers: the folder of one that starts in between is in neither list.
    folders = [folder for folder in scratch.glob(_FOLDERS) if _age(folder) > filled_after]
    in_use = set(_folders_in_use(scratch))
    removed = []
    for folder in folders:
        if folder in in_use:
            for archive in (path for pattern in _ARCHIVES for path in folder.glob(pattern)):
                archive.unlink(missing_ok=True)
        else:
            shutil.rmtree(folder, ignore_errors=True)
            removed.append(folder)
    return removed


def _folders_in_use(scratch: Path) -> Iterator[Path]:
    """Yields the folders with a worker, which is started by the path of a script in its folder."""
    script = re.compile(re.escape(str(scratch)) + "/([^/ ]+)/")
    for _, command in commands():
        yield from (scratch / name for name in script.findall(command))


def _age(folder: Path) -> float:
    """Returns the seconds since something was put into it; 0 when it is gone."""
    with suppress(OSError):
        return time.time() - folder.stat().st_mtime
    return 0.0


def main() -> None:
    """Sweep until the engine has ended."""
    parser = argparse.ArgumentParser(prog=".venv/bin/python -m local.janitor", description=__doc__)
    parser.add_argument("--scratch", type=Path, required=True, help="the engine's TMPDIR")
    parser.add_argument("--engine", type=int, required=True, help="the engine's process id")
    parser.add_argument("--started", required=True, help="when that process started, as the state has it")
    arguments = parser.parse_args()
    engine = ProcessRecord(arguments.engine, arguments.started)
    while is_alive(engine):
        sweep(arguments.scratch)
        time.sleep(_EVERY_SECONDS)


if __name__ == "__main__":
    main()
