"""Builds the web application and the TypeScript client that it uses, once for each content.

    .venv/bin/python -m stacks.web_build

builds into `.build/web/<hash of the sources>`, and prints `built` or `unchanged` and the folder. With the
argument `prepare`, it makes only what a check of the types needs. It needs the packages of package-lock.json,
and no network. Standard library only.
"""

import fcntl
import hashlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PROJECT = Path(__file__).resolve().parent.parent
_BUILT = _PROJECT / ".build" / "web"
_MODULES = _PROJECT / "node_modules"
_DESCRIPTION = _PROJECT / "layers" / "ordering" / "http" / "openapi.json"
_CLIENT = _PROJECT / "clients" / "typescript"
_WEB = _PROJECT / "web"
_SCHEMA = _CLIENT / "src" / "schema.ts"
_GENERATED = _WEB / "src" / "generated"
# What is built from; package-lock.json pins the compilers.
_SOURCES = (
    Path(__file__),
    _PROJECT / "package-lock.json",
    _DESCRIPTION,
    _PROJECT / "docs" / "saga.md",
    _CLIENT,
    _WEB,
)
_MADE = (_CLIENT / "dist", _SCHEMA, _GENERATED, _CLIENT / "node_modules", _WEB / "node_modules")


def build() -> Path:
    """Returns the folder of the built application, after building it if its sources have changed.

    Raises SystemExit with the compiler's output if it cannot be built.
    """
    built = _BUILT / key()
    if built.exists():
        return built
    with _alone():
        if not built.exists():
            _prepare()
            with tempfile.TemporaryDirectory(dir=_BUILT, prefix="half-built-") as scratch:
                half_built = Path(scratch) / "web"
                _run(
                    "vite/bin/vite.js", "build", str(_WEB), "--outDir", str(half_built), "--logLevel", "warn"
                )
                half_built.rename(built)
    return built


def prepare() -> None:
    """Generate what the sources import, and compile the client: what a check of the types needs.

    Raises SystemExit with the compiler's output.
    """
    with _alone():
        _prepare()


def _prepare() -> None:
    _run("openapi-typescript/bin/cli.js", str(_DESCRIPTION), "--output", str(_SCHEMA))
    _run(str(_WEB / "scripts" / "generate.mjs"))
    shutil.rmtree(_CLIENT / "dist", ignore_errors=True)
    _run("typescript/bin/tsc", "--project", str(_CLIENT))


@contextmanager
def _alone() -> Iterator[None]:
    """Wait until no other process builds: Vite refuses that, and both would write the same files."""
    _BUILT.mkdir(parents=True, exist_ok=True)
    with (_BUILT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def key() -> str:
    """Returns a hash of the sources: equal keys mean equal applications."""
    digest = hashlib.sha256()
    for path in sorted(_files()):
        digest.update(str(path.relative_to(_PROJECT)).encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:32]


def _files() -> Iterator[Path]:
    for source in _SOURCES:
        for path in [source] if source.is_file() else source.rglob("*"):
            if path.is_file() and not any(made in (path, *path.parents) for made in _MADE):
                yield path


def _run(program: str, *arguments: str) -> None:
    node = shutil.which("node")
    if node is None or not (_MODULES / program).exists():
        raise SystemExit(
            f"The web application cannot be built: there is no {program if node else 'Node.js'}. Install "
            "Node.js 20 or newer, then run `make setup`, which installs the packages of package-lock.json."
        )
    command = ["node", str(_MODULES / program), *arguments]
    ran = subprocess.run(command, cwd=_PROJECT, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise SystemExit(
            f"The web application was not built: {Path(program).name} ended with status {ran.returncode}.\n"
            f"{ran.stdout}{ran.stderr}"
        )


if __name__ == "__main__":
    if sys.argv[1:] == ["prepare"]:
        prepare()
    else:
        done = "unchanged" if (_BUILT / key()).exists() else "built"
        print(done, build().relative_to(_PROJECT))
