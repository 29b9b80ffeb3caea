"""The previous release, from the commit that `previous.txt` records.

A clone may lack tags, so the commit is recorded in a file. `docs/delivery.md` says when to change it.
"""

import fcntl
import io
import subprocess
import tarfile
import tempfile
from functools import cache
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent.parent
RECORD = Path(__file__).resolve().parent / "previous.txt"
_FOLDER = PROJECT / ".local" / "releases"


class ReleaseMissing(Exception):
    """The commit of the previous release is not in this clone."""


def previous_commit() -> str:
    """Returns the hash of the recorded commit: 40 hexadecimal digits."""
    return RECORD.read_text().strip()


@cache
def previous_checkout() -> Path:
    """Returns a folder in `.local` with the files of the previous release, which must not be changed.

    Raises ReleaseMissing.
    """
    commit = previous_commit()
    folder = _FOLDER / commit
    _FOLDER.mkdir(parents=True, exist_ok=True)
    with (_FOLDER / f"{commit}.lock").open("w") as lock:
        # Several workers of a test run may need it at the same time.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            _extract(commit, folder)
    return folder


def require_history() -> None:
    """Skip the test in a clone without history, which cannot have the commit; CI's clones have it."""
    found = subprocess.run(
        ["git", "rev-parse", "--is-shallow-repository"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    if found.stdout.strip() != "false":
        pytest.skip("this is no clone with its history: `git fetch --unshallow` makes it one")


def _extract(commit: str, folder: Path) -> None:
    """Write all files or none, since a run may be interrupted."""
    half = Path(tempfile.mkdtemp(dir=_FOLDER))
    with tarfile.open(fileobj=io.BytesIO(_archive(commit))) as files:
        # Debian's Python 3.11.2 has no filters, and the archive is our own.
        safely = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
        files.extractall(half, **safely)  # type: ignore[arg-type]  # noqa: S202
    half.rename(folder)


def _archive(commit: str) -> bytes:
    found = subprocess.run(["git", "archive", commit], cwd=PROJECT, capture_output=True, check=False)
    if found.returncode:
        raise ReleaseMissing(
            f"The previous release is commit {commit} ({RECORD.relative_to(PROJECT)}), which this clone does "
            "not have. A shallow clone gets it with `git fetch --unshallow`; in a workflow, set "
            f"`fetch-depth: 0` for actions/checkout. git printed: {found.stderr.decode().strip()}"
        )
    return found.stdout
