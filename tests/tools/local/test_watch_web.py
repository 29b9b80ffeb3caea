"""`make watch` and the web application: a save is built and served, and open pages are notified."""

import json
import threading
from pathlib import Path

import pytest

from console import outputs
from console.progress import StepFailed
from console.workspace import Workspace
from local import web_build
from local.watch import Watch
from local.watch_web import WebWatch, of_web
from local.web_server import Served, publish, publish_watched
from tests.e2e.waiting import until

BEFORE = Served(
    folder="/built/a", api="http://127.0.0.1:1/stage", issuer="http://127.0.0.1:2", live="ws://127.0.0.1:1"
)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace in which `make up` has served a build."""
    workspace = Workspace(tmp_path)
    publish(workspace, BEFORE)
    return workspace


def served(workspace: Workspace) -> dict[str, str]:
    return Served(**json.loads(workspace.web.read_text())).config()


def watch(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, built: str) -> tuple[WebWatch, list[str]]:
    """A watch whose builds end with this folder, and what it prints."""
    monkeypatch.setattr(web_build, "build", lambda workspace: (Path(built), "built"))
    printed: list[str] = []
    return WebWatch(workspace, printed.append), printed


def test_a_saved_build_is_served_and_named_to_open_pages(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched, printed = watch(workspace, monkeypatch, "/built/b")
    watched.update(saved=0)
    assert served(workspace)["build"] == "b"
    (line,) = printed
    assert line.startswith("✓ web: open pages load the new build, ")


def test_an_unchanged_build_prints_nothing(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """The build writes files below the watched folders itself."""
    watched, printed = watch(workspace, monkeypatch, "/built/a")
    watched.update(saved=0)
    assert served(workspace)["build"] == "a"
    assert printed == []


def test_invalid_sources_leave_the_old_build(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    watched, printed = watch(workspace, monkeypatch, "/built/b")

    def refuse(workspace: Workspace) -> tuple[Path, str]:
        raise StepFailed("the web application was not built: status 1", "fix what the lines above name")

    monkeypatch.setattr(web_build, "build", refuse)
    watched.update(saved=0)
    (line,) = printed
    assert "was not built: status 1" in line
    assert "the old web application stays" in line
    assert "build" not in served(workspace)


def test_pages_are_no_longer_told_when_watching_has_ended(workspace: Workspace) -> None:
    publish_watched(workspace, Path("/built/b"))
    watched = WebWatch(workspace, print)
    watched.end()
    assert "build" not in served(workspace)
    assert served(workspace) == BEFORE.config()


def test_watching_ends_after_make_down_has_removed_the_workspace(workspace: Workspace) -> None:
    workspace.web.unlink()
    WebWatch(workspace, print).end()
    assert not workspace.web.exists()


def test_running_watch_builds_a_saved_file_and_ends_with_open_pages_told(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The functions of the engine are left out: `tests/e2e/test_watch.py`."""
    root, builds = tmp_path / "project", [Path("/built/a"), Path("/built/b")]
    source = root / "web" / "src" / "main.tsx"
    source.parent.mkdir(parents=True)
    monkeypatch.setattr(outputs, "of_running_engine", lambda workspace: {"Endpoint": "http://127.0.0.1:1"})
    monkeypatch.setattr(Watch, "update", lambda self, saved=None: None)
    monkeypatch.setattr(
        web_build, "build", lambda workspace: (builds.pop(0) if len(builds) > 1 else builds[0], "")
    )

    def save_and_look() -> bool:
        # A save may be missed while the watch starts.
        source.write_text("saved")
        return served(workspace)["build"] == "b"

    printed: list[str] = []
    stop = threading.Event()
    thread = threading.Thread(target=Watch(workspace, root, printed.append).run, args=(stop,))
    thread.start()
    try:
        until("the watch to begin", lambda: [line for line in printed if line.startswith("watching ")])
        assert served(workspace)["build"] == "a"
        until("the build of the saved file", save_and_look)
    finally:
        stop.set()
        thread.join()
    assert "build" not in served(workspace)
    assert [line for line in printed if line.startswith("!")] == []


def test_saves_of_the_application_and_its_client_are_built(tmp_path: Path) -> None:
    names = ["web/src/main.tsx", "clients/typescript/src/client.ts", "clients/python/x.py", "stacks/api.py"]
    files = [tmp_path / name for name in names]
    assert of_web(files, tmp_path) == files[:2]
