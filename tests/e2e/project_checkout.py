"""A checkout of the project in a folder of its own, as after `make setup`, and a way to run its commands."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from console import files
from local.removal import remove_in_background
from local.toolchains import DEVELOPMENT, ENVIRONMENTS, LOCAL, ROOT, installed_uv

# What commands create; none of it is tracked by git.
_GENERATED = frozenset(
    {".venv", "node_modules", ".local", ".build", "cdk.out", "__pycache__", "dist", "schema.ts", "generated"}
)
# In seconds. With ten other busy processes, `make up` takes five minutes. This ends a command that hangs.
COMMAND_TIMEOUT = 3600.0


@dataclass(frozen=True)
class CommandResult:
    """The exit status of a command, and what it printed."""

    status: int
    out: str
    err: str

    @property
    def output(self) -> str:
        """Everything that was printed."""
        return self.out + self.err


@dataclass(frozen=True)
class Checkout:
    """A folder with the project's files."""

    root: Path

    @property
    def local(self) -> Path:
        """The folder of its local run."""
        return self.root / ".local"

    def start(self, *command: str, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        """Start a command in this folder as a shell does: in a process group of its own."""
        return subprocess.Popen(
            command,
            cwd=self.root,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )

    def run(self, *command: str, env: Mapping[str, str] | None = None) -> CommandResult:
        """Run a command in this folder, and wait until it ends."""
        with self.start(*command, env=env) as running:
            out, err = running.communicate(timeout=COMMAND_TIMEOUT)
        return CommandResult(running.returncode, out, err)

    def make(self, *arguments: str, env: Mapping[str, str] | None = None) -> CommandResult:
        """Run `make`."""
        return self.run("make", *arguments, env=env)

    def files(self) -> dict[Path, bytes]:
        """The content of every file in this folder, except what commands create."""
        return {
            path.relative_to(self.root): path.read_bytes()
            for path in self.root.rglob("*")
            if path.is_file() and not _GENERATED & set(path.relative_to(self.root).parts)
        }


@contextmanager
def checkout(name: str, *, installed: bool = True, release: Path | None = None) -> Iterator[Checkout]:
    """A new checkout; if `installed`, it has this project's environments and layers.

    `release` is a folder with the files of another release, which the checkout then has.
    """
    # Each pytest worker has its own.
    worker = filter(None, [os.environ.get("PYTEST_XDIST_WORKER")])
    made = Checkout(LOCAL / "-".join(["checkout", name, *worker]))
    _remove(made)
    for file in _tracked() if release is None else _below(release):
        source = (release or ROOT) / file
        if source.is_file():
            (made.root / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, made.root / file)
    if installed:
        # Build the layers here if necessary: the commands in the checkout must not download anything.
        subprocess.run([sys.executable, "-m", "stacks.layers", "local"], cwd=ROOT, check=True)
        _copy_with_own_packages(made)
        shared = (each.folder for each in ENVIRONMENTS if each is not DEVELOPMENT)
        for folder in (*shared, ROOT / ".build"):
            link = made.root / folder.relative_to(ROOT)
            link.parent.mkdir(exist_ok=True)
            link.symlink_to(folder, target_is_directory=True)
    try:
        yield made
    finally:
        _remove(made)


def _tracked() -> Iterator[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    yield from filter(None, listed.stdout.split("\0"))


def _below(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*"):
        parts = path.relative_to(folder).parts
        if not _GENERATED & set(parts):
            yield str(Path(*parts))


def _copy_with_own_packages(made: Checkout) -> None:
    """Copy this project's `.venv`, with editable installs of the checkout's packages; download nothing."""
    copied = replace(
        DEVELOPMENT,
        folder=made.root / DEVELOPMENT.folder.relative_to(ROOT),
        lock=made.root / DEVELOPMENT.lock.relative_to(ROOT),
        # An earlier release has its client in another folder.
        projects=(made.root, *(file.parent for file in made.root.glob("client*/**/pyproject.toml"))),
    )
    # Hard links: an installation replaces a file, so this project's own files do not change.
    shutil.copytree(DEVELOPMENT.folder, copied.folder, symlinks=True, copy_function=os.link)
    copied.link_projects(installed_uv(), made.local / "logs" / "setup-venv.log")
    files.write(copied.stamp, copied.key())


def plain_environment(**more: str) -> dict[str, str]:
    """The environment variables of this process without those of AWS and make, and with `more`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MAKE"))}
    return kept | more


def _remove(made: Checkout) -> None:
    if (made.root / "Makefile").exists():
        made.make("down", env=plain_environment())
    remove_in_background(made.root)
