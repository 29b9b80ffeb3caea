"""Compiles Python files to byte code of Lambda's version, so that no cold start has to."""

import subprocess
import sys
from functools import cache
from pathlib import Path

LAMBDA_PYTHON = (3, 13)
# Where version managers install interpreters, below the home directory. Not all of them are on the PATH.
_MANAGED = (
    ".pyenv/versions/{version}.*/bin/python{version}",
    ".local/share/uv/python/cpython-{version}.*/bin/python{version}",
    ".local/share/mise/installs/python/{version}.*/bin/python{version}",
    ".asdf/installs/python/{version}.*/bin/python{version}",
)
NO_COMPILER = """\
Python 3.13, the version that Lambda runs, is needed to compile the functions and their layers. Without byte
code each cold start takes four times as long, and a deployment from another machine would replace all of
them. Install it so that `python3.13` runs: `uv python install 3.13`, `pyenv install 3.13`, or your system's
package."""


def compile_folder(folder: Path, compiler: str, *, at: str) -> None:
    """Compile every file of a folder, which is `at` at run time.

    The byte code is not checked against its source at run time, because the file system is read-only and the
    modification times in its archive are meaningless.
    """
    subprocess.run(
        [
            *(compiler, "-m", "compileall", "-q", "-j", "0"),
            *("--invalidation-mode", "unchecked-hash"),
            # The byte code names its source: by no path of this machine.
            *("-s", str(folder), "-p", at, str(folder)),
        ],
        check=True,
    )


def interpreter(version: tuple[int, int]) -> str | None:
    """Returns an interpreter of `version`, or None.

    Each candidate is run, because a name on the PATH may be a version manager's shim without a Python behind
    it.
    """
    wanted = f"{version[0]}.{version[1]}"
    managed = (path for pattern in _MANAGED for path in Path.home().glob(pattern.format(version=wanted)))
    for candidate in (sys.executable, f"python{wanted}", *map(str, sorted(managed))):
        if version_of(candidate) == wanted:
            return candidate
    return None


@cache
def version_of(executable: str) -> str | None:
    """Returns the version of an interpreter, such as `3.13`; None if it does not run."""
    try:
        ran = subprocess.run(
            [executable, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return None
    return ran.stdout.strip() if ran.returncode == 0 else None
