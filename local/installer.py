"""Installs and configures uv: it downloads from the package indexes that this machine's pip uses.

pip installs uv, by hash, into a folder of the project, because a uv on the PATH may have any version.
Standard library only: it is needed before any environment exists.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from console.progress import StepFailed
from console.shell_environment import for_downloads
from local import commands
from local.package_sources import PipSettings, read_pip_settings, uv_variables

_NO_PIP = (
    "install pip, or the module `venv` with its pip, for {python} (Debian and Ubuntu: "
    "`apt install python3-venv`), or name another Python: `make PYTHON=python3.13 setup`"
)


@dataclass(frozen=True)
class Pip:
    """A pip that runs on this interpreter, and its settings."""

    command: tuple[str, ...]
    settings: PipSettings


@dataclass(frozen=True)
class Uv:
    """uv, with the environment in which it reaches the package indexes."""

    program: Path
    environment: Mapping[str, str]

    def run(self, *arguments: str, cwd: Path, log: Path) -> None:
        """Run a uv command; its output is appended to `log`. Raises StepFailed."""
        quietly = ("--no-progress", "--color", "never", "--no-python-downloads")
        run([str(self.program), *arguments, *quietly], cwd=cwd, env=self.environment, log=log)


def run(command: Sequence[str], *, cwd: Path, env: Mapping[str, str], log: Path) -> None:
    """Run a command that downloads packages; its output is appended to `log`. Raises StepFailed."""
    status = commands.run(command, cwd=cwd, env=env, log=log)
    if status != 0:
        raise StepFailed(
            f"{Path(command[0]).name} ended with status {status}",
            "check the network and the lines above, then run the command again",
            log,
        )


def interpreter() -> str:
    """Returns the base interpreter, because an activated environment may be the one to be rebuilt."""
    if sys.prefix == sys.base_prefix:
        return sys.executable
    return str(Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}")


def find_pip(folder: Path, cache: Path, log: Path) -> Pip:
    """Returns the interpreter's pip, or one in a new environment in `folder`. Raises StepFailed.

    Debian packages both apart from Python: a machine may have pip without `ensurepip`, which `venv` needs, or
    the reverse.
    """
    own = (interpreter(), "-m", "pip")
    listed = _listed(own, folder.parent, cache)
    if listed is not None:
        return Pip(own, read_pip_settings(listed))
    apart = (str(folder / "bin" / "python"), "-m", "pip")
    made = commands.run(
        [interpreter(), "-m", "venv", "--clear", str(folder)],
        cwd=folder.parent,
        env=for_downloads(cache),
        log=log,
    )
    listed = _listed(apart, folder.parent, cache) if made == 0 else None
    if listed is None:
        raise StepFailed(f"{interpreter()} has no pip", _NO_PIP.format(python=interpreter()), log)
    return Pip(apart, read_pip_settings(listed))


def install_uv(pip: Pip, lock: Path, into: Path, cache: Path, log: Path) -> None:
    """Install the packages of `lock` into a folder. Raises StepFailed."""
    run(
        [
            *(*pip.command, "install", "--target", str(into), "--requirement", str(lock)),
            *("--require-hashes", "--no-deps", "--only-binary=:all:", "--no-compile"),
            "--disable-pip-version-check",
        ],
        cwd=into.parent,
        # The target is a folder of the project, so pip's setting `require-virtualenv` is not needed.
        env=for_downloads(cache) | {"PIP_REQUIRE_VIRTUALENV": "0"},
        log=log,
    )


def configured_uv(program: Path, pip: Pip, cache: Path) -> Uv:
    """Returns uv with the settings of this machine's pip."""
    environment = for_downloads(cache)
    return Uv(program, environment | uv_variables(pip.settings, environment))


def _listed(pip: tuple[str, ...], cwd: Path, cache: Path) -> list[str] | None:
    """Returns the lines of `pip config list`; None if there is no pip."""
    lines: list[str] = []
    # In no log: an index's address may hold a password.
    nowhere = Path(os.devnull)
    status = commands.run(
        [*pip, "config", "list"], cwd=cwd, env=for_downloads(cache), log=nowhere, listen=lines.append
    )
    return lines if status == 0 else None
