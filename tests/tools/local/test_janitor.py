"""Folders of dead workers of the engine are removed, those of running workers are kept."""

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.processes import end, end_marked, is_alive, mark, marked, start
from console.workspace import JANITOR, ProcessRecord, Workspace
from local import janitor
from local.removal import remove_in_background

WAITING = "import signal; signal.pause()"


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "tmp of the engine"
    folder.mkdir()
    return folder


def worker_folder(scratch: Path, name: str) -> Path:
    """A folder as the engine fills it."""
    folder = scratch / f"ministack-lambda-{name}"
    (folder / "layer_0" / "python").mkdir(parents=True)
    for archive in ("code.zip", "layer_0.zip"):
        (folder / archive).write_bytes(b"an archive")
    (folder / "_worker.py").write_text(WAITING)
    return folder


def worker(folder: Path) -> ProcessRecord:
    """A worker as the engine starts it; its command line, which is empty for a moment, can be read."""
    command = [sys.executable, str(folder / "_worker.py")]
    process = start(command, env=dict(os.environ), cwd=folder, log=folder.parent / "log")
    deadline = time.monotonic() + 60
    while folder not in set(janitor._folders_in_use(folder.parent)):
        assert time.monotonic() < deadline, "the worker did not start"
        time.sleep(0.01)
    return process


@pytest.mark.slow
def test_only_folders_of_dead_workers_are_removed(scratch: Path) -> None:
    alive, dead = worker_folder(scratch, "alive"), worker_folder(scratch, "dead")
    other = scratch / "state"
    other.mkdir()
    living, dying = worker(alive), worker(dead)
    try:
        assert janitor.sweep(scratch, filled_after=-1) == []
        end(dying)
        assert janitor.sweep(scratch, filled_after=-1) == [dead]
    finally:
        end(living)
    assert sorted(path.name for path in alive.iterdir()) == ["_worker.py", "layer_0"]
    assert other.exists()
    assert not dead.exists()


def test_one_sweep_removes_hundreds_of_dead_workers_and_looks_at_the_processes_once(
    scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a running worker it leaves no archive, so what the engine unpacks is there once for each worker."""
    running = [worker_folder(scratch, f"running-{number}") for number in range(3)]
    dead = {worker_folder(scratch, f"dead-{number}") for number in range(300)}
    looked: list[int] = []

    def processes() -> Iterator[tuple[int, str]]:
        looked.append(1)
        return ((number, f"python {folder}/_worker.py") for number, folder in enumerate(running))

    monkeypatch.setattr(janitor, "commands", processes)
    assert set(janitor.sweep(scratch, filled_after=-1)) == dead
    assert set(scratch.iterdir()) == set(running)
    assert not list(scratch.rglob("*.zip"))
    assert looked == [1]


def test_folder_of_a_starting_worker_is_kept(scratch: Path) -> None:
    folder = worker_folder(scratch, "new")

    assert janitor.sweep(scratch) == []
    assert (folder / "code.zip").exists()


@pytest.mark.slow
def test_janitor_ends_with_the_engine(tmp_path: Path, scratch: Path) -> None:
    engine = start([sys.executable, "-c", WAITING], env=dict(os.environ), cwd=tmp_path, log=tmp_path / "log")
    end(engine)
    arguments = ["--scratch", str(scratch), "--engine", str(engine.pid), "--started", engine.started]
    process = start(
        [sys.executable, *mark(tmp_path, JANITOR), "-m", "local.janitor", *arguments],
        env=dict(os.environ),
        cwd=Path(janitor.__file__).parent.parent,
        log=tmp_path / "log",
    )
    deadline = time.monotonic() + 30
    while is_alive(process) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_alive(process), (tmp_path / "log").read_text()


def test_process_is_found_by_the_mark_of_its_workspace(tmp_path: Path) -> None:
    home, inner = Workspace(tmp_path / "a home"), Workspace(tmp_path / "a home" / "inner")
    command = [sys.executable, *mark(home.root, "engine"), "-c", WAITING]
    process = start(command, env=dict(os.environ), cwd=tmp_path, log=tmp_path / "log")
    try:
        assert marked(home.root, "engine") == [process]
        assert marked(home.root, "issuer") == marked(inner.root, "engine") == []
        assert marked(tmp_path, "engine") == []
    finally:
        assert end_marked(home.root, "engine") == 1
    assert not is_alive(process)


@pytest.mark.slow
def test_folder_is_renamed_at_once_and_removed_in_the_background(scratch: Path) -> None:
    for number in range(20):
        worker_folder(scratch, str(number))

    remove_in_background(scratch)

    assert not scratch.exists()
    deadline = time.monotonic() + 30
    while list(scratch.parent.glob(".rubbish-*")) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert list(scratch.parent.glob(".rubbish-*")) == []
