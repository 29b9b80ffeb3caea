"""The three environments everything runs in, each rebuilt only when its lock file has changed.

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
# Two environments are filled side by side: the first installs uv, the second waits for it.
_one_uv = threading.Lock()


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
            return self.stamp.read_bytes() == self.key().encode() and self.works()
        except OSError:
            return False

    @abstractmethod
    def works(self) -> bool:
        """True when what the folder is for can be started."""

    @abstractmethod
    def build(self, log: Path) -> None:
        """Fill the folder anew, telling ``log``. Raises StepFailed."""


class Installer(Environment):
    """uv, which fills the Python environments."""

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
    """Folders of packages of ours that are imported from where they lie, by editable installs."""

    def key(self) -> str:
        """Also where the packages of ours are, and their metadata."""
        packages = repr([(str(project), _package(project)) for project in self.projects])
        return hashlib.sha256((super().key() + packages).encode()).hexdigest()

    def works(self) -> bool:
        """True when the environment has a Python that exists.

        False also when the interpreter from which the environment was made is gone: the link is dangling.
        """
        return (self.folder / "bin" / "python").exists()

    def build(self, log: Path) -> None:
        """Create the environment and install the locked packages with uv."""
        uv = _uv()
        # Also where a build was interrupted, and the folder is not an environment yet.
        afresh = ("--clear", "--force", "--no-project", "--python", installer.interpreter())
        uv.run("venv", *afresh, str(self.folder), cwd=ROOT, log=log)
        locked = ("--require-hashes", "--no-deps", "--requirement", str(self.lock))
        uv.run("pip", "install", "--python", str(self.folder), *locked, cwd=ROOT, log=log)
        self.link_projects(uv, log)

    def link_projects(self, uv: installer.Uv, log: Path) -> None:
        """Install the packages of ours, with the build tool that the lock holds. Raises StepFailed."""
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
        # NODE_ENV and anybody's npmrc may say otherwise.
        exactly = ("--include=dev", "--package-lock", "--package-lock-only=false", "--dry-run=false")
        here = ("--global=false", "--location=project")
        command = ["npm", "ci", "--no-audit", "--no-fund", *exactly, *here]
        installer.run(command, cwd=ROOT, env=for_downloads(CACHE), log=log)


INSTALLER = Installer("uv", LOCAL / "uv", ROOT / "local" / "requirements-installer.txt")
DEVELOPMENT = PythonEnvironment(
    "Python packages", ROOT / ".venv", ROOT / "requirements-dev.txt", projects=(ROOT, ROOT / "client")
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
    """The Node.js that is on the path, wherever that leads.

    Raises StepFailed unless it is one that runs the CDK command line.
    """
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
        # Ctrl-C is for us: without its answer we would say that it is missing.
        start_new_session=True,
    ).stdout.strip()
    version, _, program = said.partition(" ")
    number = re.match(r"v(\d+)\.", version)
    if number is None or int(number[1]) < _OLDEST_NODE:
        raise StepFailed(f"Node.js is {version or 'of an unknown version'}", remedy)
    return Node(version, Path(program).parent)


def prepare(*more: Environment) -> None:
    """Bring every environment, and ``more``, up to date, the stale ones side by side.

    Raises StepFailed with the log of what could not be installed; the first that fails ends the others.
    """
    # Two makes at once (a test run beside `make up`) must not build the same folder.
    with held(LOCAL / "setup.lock"):
        stale = [environment for environment in (*ENVIRONMENTS, *more) if not environment.is_current()]
        if not stale:
            return
        # Before anything is downloaded: it may be what somebody has to install first.
        with step("Node.js") as progress:
            node = require_node()
            progress.note = f"{node.version}, {node.folder}"
        with ThreadPoolExecutor(max_workers=len(stale)) as threads:
            building = [threads.submit(_build, environment) for environment in stale]
            done, others = wait(building, return_when=FIRST_EXCEPTION)
            while others:
                # One of them may have been between two commands.
                commands.end_all()
                _, others = wait(others, timeout=0.1)
            for each in done:
                each.result()


def _build(environment: Environment) -> None:
    log = _log(environment)
    log.unlink(missing_ok=True)
    with step(environment.name) as progress:
        environment.stamp.unlink(missing_ok=True)
        # Read before: the lock may change while its earlier content is installed.
        key = environment.key()
        environment.build(log)
        files.write(environment.stamp, key)
        progress.note = str(environment.folder.relative_to(ROOT))


def installed_uv() -> installer.Uv:
    """uv, installed if it is not there yet. Raises StepFailed."""
    with held(LOCAL / "setup.lock"):
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
    """What an editable install of a project depends on: its metadata, and the file that holds its version.

    Raises StepFailed when its `pyproject.toml` cannot be read.
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
