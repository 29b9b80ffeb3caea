"""The installed environments: `.venv`, the engine's packages and node_modules.

Each is rebuilt only if its lock file has changed.

Runs on the newcomer's own ``python3``, before any environment exists: standard library only.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import threading
import tomllib
from abc import ABC, abstractmethod
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from console import files
from console.file_lock import held
from console.progress import StepFailed, step
from console.shell_environment import for_downloads
from local import commands, installer

ROOT = Path(__file__).resolve().parent.parent
LOCAL = ROOT / ".local"
ENGINE_PYTHON = LOCAL / "engine-venv" / "bin" / "python"
CACHE = LOCAL / "cache"
CDK = ROOT / "node_modules" / ".bin" / "cdk"
_OLDEST_NODE = 20
# Two environments are built in parallel: one installs uv, the other waits for it.
_one_uv = threading.Lock()


@dataclass(frozen=True)
class Environment(ABC):
    """A folder with exactly the packages of a lock file."""

    name: str
    folder: Path
    lock: Path

    def key(self) -> str:
        """Returns a digest of what the folder is built from: the lock file's content and the interpreter."""
        content = self.lock.read_bytes() + repr(sys.version_info[:3]).encode()
        return hashlib.sha256(content).hexdigest()

    @property
    def stamp(self) -> Path:
        """The file with the key of the last completed build."""
        return self.folder / ".built-from"

    def is_current(self) -> bool:
        """Whether the folder was completely built from the current lock file, and still works."""
        try:
            return self.stamp.read_bytes() == self.key().encode() and self.works()
        except OSError:
            return False

    @abstractmethod
    def works(self) -> bool:
        """Whether the programs in the folder can be started."""

    @abstractmethod
    def build(self, log: Path) -> None:
        """Rebuild the folder; the output goes to ``log``. Raises StepFailed."""


class Installer(Environment):
    """uv, which installs the Python environments."""

    @property
    def program(self) -> Path:
        """Uv itself."""
        return self.folder / "bin" / "uv"

    def works(self) -> bool:
        """True when the program exists."""
        return self.program.exists()

    def build(self, log: Path) -> None:
        """Install uv with pip."""
        shutil.rmtree(self.folder, ignore_errors=True)
        installer.install_uv(_pip(log), self.lock, self.folder, CACHE, log)


@dataclass(frozen=True)
class PythonEnvironment(Environment):
    """A virtual environment of this interpreter, installed by hash."""

    projects: tuple[Path, ...] = ()
    """Folders of this project's own packages, which are installed as editable."""

    def key(self) -> str:
        """Also includes the folders of this project's own packages, and their metadata."""
        packages = repr([(str(project), _package(project)) for project in self.projects])
        return hashlib.sha256((super().key() + packages).encode()).hexdigest()

    def works(self) -> bool:
        """Whether the environment's Python exists; false if the interpreter behind the link was removed."""
        return (self.folder / "bin" / "python").exists()

    def build(self, log: Path) -> None:
        """Create the environment and install the locked packages with uv."""
        uv = _uv()
        # Also after an interrupted build, when the folder is not a virtual environment yet.
        afresh = ("--clear", "--force", "--no-project", "--python", installer.interpreter())
        uv.run("venv", *afresh, str(self.folder), cwd=ROOT, log=log)
        locked = ("--require-hashes", "--no-deps", "--requirement", str(self.lock))
        uv.run("pip", "install", "--python", str(self.folder), *locked, cwd=ROOT, log=log)
        self.link_projects(uv, log)

    def link_projects(self, uv: installer.Uv, log: Path) -> None:
        """Install this project's own packages with the locked build tool. Raises StepFailed."""
        if self.projects:
            paths = [argument for project in self.projects for argument in ("--editable", str(project))]
            built_here = ("--no-deps", "--no-build-isolation", "--no-index", "--no-cache")
            uv.run("pip", "install", "--python", str(self.folder), *built_here, *paths, cwd=ROOT, log=log)


class NodeEnvironment(Environment):
    """The CDK command line, from package-lock.json."""

    def works(self) -> bool:
        """True when the command line of the CDK exists."""
        return CDK.exists()

    def build(self, log: Path) -> None:
        """Install the locked packages with npm."""
        # NODE_ENV and the user's .npmrc may set other values.
        exactly = ("--include=dev", "--package-lock", "--package-lock-only=false", "--dry-run=false")
        here = ("--global=false", "--location=project")
        command = ["npm", "ci", "--no-audit", "--no-fund", *exactly, *here]
        installer.run(command, cwd=ROOT, env=for_downloads(CACHE), log=log)


INSTALLER = Installer("uv", LOCAL / "uv", ROOT / "local" / "requirements-installer.txt")
DEVELOPMENT = PythonEnvironment(
    "Python packages", ROOT / ".venv", ROOT / "requirements-dev.txt", projects=(ROOT, ROOT / "clients/python")
)
CHECKOV = PythonEnvironment(
    "Checkov packages", LOCAL / "checkov-venv", ROOT / "local" / "requirements-checkov.txt"
)
"""Installed by `make audit` only: it is as large as all the others, and nothing else needs it."""
ENVIRONMENTS = (
    DEVELOPMENT,
    PythonEnvironment("Engine packages", LOCAL / "engine-venv", ROOT / "local" / "requirements.txt"),
    NodeEnvironment("CDK command line", ROOT / "node_modules", ROOT / "package-lock.json"),
)


class Node(NamedTuple):
    """A Node.js: its version (`v20.20.2`), and the folder of the program itself."""

    version: str
    folder: Path


def require_node() -> Node:
    """Returns the Node.js on the PATH. Raises StepFailed if it is missing or too old."""
    remedy = f"install Node.js {_OLDEST_NODE} or newer (https://nodejs.org) and run the command again"
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise StepFailed("Node.js (node and npm) is not on the PATH", remedy)
    said = subprocess.run(
        ["node", "-p", "process.version + ' ' + process.execPath"],
        cwd=ROOT,
        env=for_downloads(CACHE),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
        # Ctrl-C must not reach node: without its output, this would report that Node.js is missing.
        start_new_session=True,
    ).stdout.strip()
    version, _, program = said.partition(" ")
    number = re.match(r"v(\d+)\.", version)
    if number is None or int(number[1]) < _OLDEST_NODE:
        raise StepFailed(f"Node.js is {version or 'of an unknown version'}", remedy)
    return Node(version, Path(program).parent)


def prepare(*more: Environment) -> None:
    """Rebuild all outdated environments, and ``more``, in parallel.

    The first failure ends the other builds, and raises StepFailed with its log.
    """
    # Two commands at once (tests beside `make up`) must not build the same folder.
    with held(LOCAL / "setup.lock", to="install packages"):
        stale = [environment for environment in (*ENVIRONMENTS, *more) if not environment.is_current()]
        if not stale:
            return
        # Before any download, because the user may have to install Node.js first.
        with step("Node.js") as progress:
            node = require_node()
            progress.note = f"{node.version}, {node.folder}"
        with ThreadPoolExecutor(max_workers=len(stale)) as threads:
            building = [threads.submit(_build, environment) for environment in stale]
            done, others = wait(building, return_when=FIRST_EXCEPTION)
            while others:
                # Repeatedly, because a build may have been between two commands.
                commands.end_all()
                _, others = wait(others, timeout=0.1)
            for each in done:
                each.result()


def _build(environment: Environment) -> None:
    log = _log(environment)
    log.unlink(missing_ok=True)
    with step(environment.name) as progress:
        environment.stamp.unlink(missing_ok=True)
        # Read first, because the lock file may change during the installation.
        key = environment.key()
        environment.build(log)
        files.write(environment.stamp, key)
        progress.note = str(environment.folder.relative_to(ROOT))


def installed_uv() -> installer.Uv:
    """Returns uv, after installing it if necessary. Raises StepFailed."""
    with held(LOCAL / "setup.lock", to="install packages"):
        return _uv()


def _uv() -> installer.Uv:
    with _one_uv:
        if not INSTALLER.is_current():
            _build(INSTALLER)
        return installer.configured_uv(INSTALLER.program, _pip(_log(INSTALLER)), CACHE)


@cache
def _pip(log: Path) -> installer.Pip:
    return installer.find_pip(LOCAL / "pip", CACHE, log)


def _log(environment: Environment) -> Path:
    return LOCAL / "logs" / f"setup-{environment.folder.name.lstrip('.')}.log"


def _package(project: Path) -> list[Any]:
    """Returns what an editable install depends on: the project's metadata and the file with its version.

    Raises StepFailed if its `pyproject.toml` cannot be read.
    """
    file = project / "pyproject.toml"
    try:
        said = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StepFailed(f"{file} cannot be read: {error}", "correct it and run the command again") from error
    build = said.get("tool", {}).get("hatch", {})
    version = build.get("version", {}).get("path")
    return [
        *(said.get("build-system"), said.get("project"), build),
        (project / version).read_text(encoding="utf-8") if version else None,
    ]
