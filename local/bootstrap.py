"""The commands on a Python without this project's packages: the newcomer's `python3`, before `make setup`.

Standard library only. `setup` and `lock` run right here, because they make the environments from this very
Python. All other commands run on the project's Python, which has `typer`, `rich` and `psutil`. If it is
missing or broken, `status` and `down` run on the engine's Python, which has `psutil`: an engine
cannot be running without it. Without either Python, nothing of the local run can be running.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from console.progress import StepFailed, report, say
from console.terminal import print_anywhere
from console.workspace import DEFAULT, ROOT, Workspace

_PACKAGES = ("typer", "rich", "psutil")
_PYTHON = ROOT / ".venv" / "bin" / "python"
_ENGINE_PYTHON = DEFAULT / "engine-venv" / "bin" / "python"
_HERE = {"setup", "lock"}
_ON_ENGINE_PYTHON = {"status", "down"}
_SETUP_FIRST = "run `make setup` first"


def is_needed() -> bool:
    """Whether this Python lacks what the command line imports."""
    return not all(map(find_spec, _PACKAGES))


def main(arguments: Sequence[str]) -> int:
    """Run, or hand over, a command; returns the exit status."""
    print_anywhere()
    command = next((each for each in arguments if not each.startswith("-")), "")
    try:
        if command in _HERE:
            _prepare(command, arguments)
            return 0
        _hand_over(arguments, _PYTHON, _PACKAGES)
        if command not in _ON_ENGINE_PYTHON:
            raise StepFailed(
                "the packages of this project are not installed", "run `make setup`, or `make up`, first"
            )
        _hand_over(arguments, _ENGINE_PYTHON, ("psutil",))
        _run(command, _workspace(arguments))
    except StepFailed as failure:
        failure.step = failure.step or command
        report(failure)
    except OSError as error:
        # A full disk, or a folder of another user.
        report(StepFailed(str(error), "fix the cause, then run the command again"))
    else:
        return 0
    return 1


def _prepare(command: str, arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="orders-local", description="What runs before any installation.")
    parser.add_argument("command", choices=sorted(_HERE))
    parser.add_argument("--upgrade", action="append", default=[], metavar="PACKAGE")
    given = parser.parse_args(arguments)
    if command == "setup":
        from local.toolchains import prepare

        prepare()
    else:
        from local.locks import compile_all

        compile_all(given.upgrade)


def _run(command: str, workspace: Workspace) -> None:
    """Run `status` or `down`, as far as possible on this Python."""
    if find_spec("psutil"):
        from local.down import lines_of_down
        from local.status import lines_of_status

        lines = lines_of_down(workspace) if command == "down" else lines_of_status(workspace)
    elif workspace.state_file.exists():
        raise StepFailed(
            f"{workspace.state_file} names processes, and without packages they cannot be checked",
            _SETUP_FIRST,
        )
    else:
        lines = iter(["nothing is running"])
    for line in lines:
        say(line)


def _workspace(arguments: Sequence[str]) -> Workspace:
    parser = argparse.ArgumentParser(prog="orders-local")
    parser.add_argument("command")
    parser.add_argument("--workspace", type=Path, default=DEFAULT)
    return Workspace(parser.parse_args(arguments).workspace.resolve())


def _hand_over(arguments: Sequence[str], python: Path, packages: Sequence[str]) -> None:
    """Replace this process by another Python if that one has the packages; otherwise return."""
    if python.exists() and not _is_this(python) and _has(python, packages):
        os.execv(python, [str(python), "-m", "local", *arguments])


def _is_this(python: Path) -> bool:
    return Path(sys.prefix).resolve() == python.parent.parent.resolve()


def _has(python: Path, packages: Sequence[str]) -> bool:
    code = (
        f"from importlib.util import find_spec as f; raise SystemExit(not all(map(f, {tuple(packages)!r})))"
    )
    try:
        # A session of its own: Ctrl-C ends this process, which must not take the ended check for a "no".
        return subprocess.run([python, "-c", code], check=False, start_new_session=True).returncode == 0
    except OSError:
        return False
