"""Counts the instructions of a process with valgrind's cachegrind, without the simulation of caches.

The same program executes the same instructions for the same data, on a busy machine too.
"""

import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

_PROGRAM = Path(__file__).resolve().parent / "measured.py"
_COUNT = re.compile(r"I\s+refs:\s+([0-9,]+)")


class Failed(Exception):
    """The measured program failed. The message is what it has printed."""


def missing() -> str | None:
    """Returns how to install valgrind; None if it is installed."""
    if shutil.which("valgrind"):
        return None
    return "valgrind is not installed: it is a package of Debian and Ubuntu (`apt-get install valgrind`)"


def instructions(
    python: str, arguments: Sequence[str], path: Sequence[Path], environment: Mapping[str, str]
) -> int:
    """Returns the instructions of one run of `measured.py`. Raises Failed."""
    # Otherwise the order of sets, and so the number of instructions, differs from run to run.
    fixed = {"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1", "PATH": "/usr/bin:/bin"}
    ran = subprocess.run(
        [
            *("valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"),
            *(python, str(_PROGRAM), *arguments),
        ],
        env={**environment, **fixed, "PYTHONPATH": ":".join(map(str, path))},
        capture_output=True,
        text=True,
        check=False,
    )
    count = _COUNT.search(ran.stderr)
    if ran.returncode or count is None:
        raise Failed(ran.stderr[-2000:])
    return int(count[1].replace(",", ""))
