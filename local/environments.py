"""The three environments everything runs in, each rebuilt only when its lock file has changed.

Runs on the newcomer's own ``python3``, before any environment exists: standard library only.
"""

from __future__ import annotations

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - this file is what tells an older Python so
    sys.exit(
        f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}. "
        "Name another one: make PYTHON=python3.13 up"
    )

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from local.steps import StepFailed, report, step

ROOT = Path(__file__).resolve().parent.parent
LOCAL = ROOT / ".local"
ENGINE_PYTHON = LOCAL / "engine-venv" / "bin" / "python"
CDK = ROOT / "node_modules" / ".bin" / "cdk"
_OLDEST_NODE = 20


@dataclass(frozen=True)
class Environment(ABC):
    """A folder that holds exactly what a lock file says."""

    name: str
    folder: Path
    lock: Path

    def key(self) -> str:
        """What the folder must have been built from: the lock's content and the interpreter."""
        content = self.lock.read_bytes() + repr(sys.version_info[:3]).encode()
        return hashlib.sha256(content).hexdigest()

    @property
    def stamp(self) -> Path:
        """The file that holds the key of a folder built to its end."""
        return self.folder / ".built-from"

    def is_current(self) -> bool:
        """True when the folder was built, to its end, from this lock and still works."""
        try:
            return self.stamp.read_text() == self.key() and self.works()
        except FileNotFoundError:
            return False

    @abstractmethod
    def works(self) -> bool:
        """True when what the folder is for can be started."""

    @abstractmethod
    def build(self, log: Path) -> None:
        """Fill the folder anew, telling ``log``. Raises StepFailed."""


class PythonEnvironment(Environment):
    """A virtual environment of this interpreter, installed by hash."""

    def works(self) -> bool:
        # False too when the interpreter the environment was made from is gone: a dangling link.
        return (self.folder / "bin" / "python").exists()

    def build(self, log: Path) -> None:
        _run([_interpreter(), "-m", "venv", "--clear", str(self.folder)], log)
        python = str(self.folder / "bin" / "python")
        install = ["-m", "pip", "install", "--require-hashes", "--no-deps", "--no-compile"]
        _run([python, *install, "--disable-pip-version-check", "-r", str(self.lock)], log)


class NodeEnvironment(Environment):
    """The CDK command line, from package-lock.json."""

    def works(self) -> bool:
        return CDK.exists()

    def build(self, log: Path) -> None:
        require_node()
        _run(["npm", "ci", "--no-audit", "--no-fund"], log)


ENVIRONMENTS = (
    PythonEnvironment("Python packages", ROOT / ".venv", ROOT / "requirements-dev.txt"),
    PythonEnvironment("Engine packages", LOCAL / "engine-venv", ROOT / "local" / "requirements.txt"),
    NodeEnvironment("CDK command line", ROOT / "node_modules", ROOT / "package-lock.json"),
)


def require_node() -> None:
    """Raise StepFailed unless a Node.js that runs the CDK command line is on the path."""
    remedy = f"install Node.js {_OLDEST_NODE} or newer (https://nodejs.org) and run the command again"
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise StepFailed("Node.js (node and npm) is not on the PATH", remedy)
    said = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout
    version = re.match(r"v(\d+)\.", said)
    if version is None or int(version[1]) < _OLDEST_NODE:
        raise StepFailed(f"Node.js is {said.strip() or 'of an unknown version'}", remedy)


def prepare() -> None:
    """Bring every environment up to date, the stale ones side by side.

    Raises StepFailed with the log of what could not be installed.
    """
    LOCAL.mkdir(exist_ok=True)
    # Two makes at once (a test run beside `make up`) must not build the same folder.
    with (LOCAL / "setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stale = [environment for environment in ENVIRONMENTS if not environment.is_current()]
        with ThreadPoolExecutor(max_workers=len(ENVIRONMENTS)) as threads:
            for building in [threads.submit(_build, environment) for environment in stale]:
                building.result()


def _build(environment: Environment) -> None:
    log = LOCAL / "logs" / f"setup-{environment.folder.name.lstrip('.')}.log"
    log.parent.mkdir(exist_ok=True)
    log.write_text("")
    with step(environment.name) as progress:
        environment.stamp.unlink(missing_ok=True)
        # Read before: the lock may change while its earlier content is installed.
        key = environment.key()
        environment.build(log)
        environment.stamp.write_text(key)
        progress.note = str(environment.folder.relative_to(ROOT))


def _interpreter() -> str:
    """The interpreter below any environment: an activated one may be the very folder to be cleared."""
    if sys.prefix == sys.base_prefix:
        return sys.executable
    return str(Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}")


def _run(command: Sequence[str], log: Path) -> None:
    with log.open("a") as output:
        output.write(f"$ {' '.join(command)}\n")
        output.flush()
        finished = subprocess.run(
            command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, env=_environment(), check=False
        )
    if finished.returncode != 0:
        raise StepFailed(
            f"{Path(command[0]).name} ended with status {finished.returncode}",
            "check the network and the lines above, then run the command again",
            log,
        )


def _environment() -> dict[str, str]:
    # An activated environment of another project would otherwise speak for ours.
    return {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"}}


if __name__ == "__main__":
    try:
        prepare()
    except StepFailed as failure:
        report(failure)
        sys.exit(1)
