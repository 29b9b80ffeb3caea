"""`make watch`: saved code runs on the engine a moment later, without a deployment.

It prints the time from a save to the first response of the new code, if pytest shows output (`-s`).
"""

import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from console.progress import StepFailed, say
from local.environment import Instance, up
from local.source_code import HANDLERS, SHARED
from local.toolchains import ROOT
from local.watch import Watch
from local.web import call
from tests.e2e.waiting import until

HEALTH, VIEW = HANDLERS / "api" / "get_health.py", SHARED / "http" / "shapes" / "health.py"
# From the save to the response of the new code, on an idle machine; the best of three saves.
_AT_MOST_SECONDS = 5.0


@dataclass
class Watched:
    """A copy of the code that is watched, and what was printed."""

    root: Path
    instance: Instance
    printed: list[str] = field(default_factory=list)

    def edit(self, file: object, old: str, new: str) -> None:
        """Replace text in a file, and save it."""
        path = self.root / str(file)
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    def health(self) -> object:
        """The current response of GET /health; None while the function is replaced."""
        try:
            return call("GET", f"{self.instance.api}/health").body
        except OSError:
            return None

    def seconds_until(self, health: dict[str, str]) -> float:
        """Wait until GET /health returns this; returns how long that took."""
        saved = time.monotonic()
        until(f"{health} from GET /health", lambda: self.health() == health)
        return time.monotonic() - saved

    def line(self, part: str) -> str:
        """Wait until a line with this part was printed; returns the line."""

        def found() -> str:
            return next((line for line in self.printed if part in line), "")

        return until(f"a line with {part!r} in {self.printed}", found)


@pytest.fixture
def watched(instance: Instance, tmp_path: Path) -> Iterator[Watched]:
    """`make watch` over a copy of the code; afterwards, `make up` brings the functions back."""
    for folder in (HANDLERS, SHARED):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=ignored)
    watched = Watched(tmp_path, instance)
    watch, stop = Watch(instance.workspace, tmp_path, watched.printed.append), threading.Event()
    thread = threading.Thread(target=watch.run, args=(stop,))
    thread.start()
    try:
        watched.line("watching lambdas, layers")
        yield watched
    finally:
        stop.set()
        thread.join()
        up(instance.workspace)


def test_a_saved_handler_runs_in_five_seconds_and_its_log_is_followed(watched: Watched) -> None:
    seconds = []
    for number in range(3):
        old, new = ('"ok"' if number == 0 else f'"ok {number - 1}"'), f'"ok {number}"'
        watched.edit(HEALTH, f"status={old}", f"status={new}")
        seconds.append(watched.seconds_until({"status": f"ok {number}", "stage": "local"}))
    say(f"from the save of a handler to its response: {', '.join(f'{each:.1f} s' for each in seconds)}")
    assert watched.line("get_health: new code is live")
    assert watched.line("get_health: INFO request route=GET /health")
    assert not [line for line in watched.printed if "(layers/ordering)" in line]
    assert min(seconds) <= _AT_MOST_SECONDS


def test_a_syntax_error_is_reported_and_the_old_code_continues(watched: Watched) -> None:
    watched.edit(HEALTH, "@route\n", "@route\nthis is not Python\n")
    line = watched.line("SyntaxError")
    number = (ROOT / HEALTH).read_text().splitlines().index("@route") + 2
    assert line.startswith(f"✗ {HEALTH}:{number}: SyntaxError")
    assert watched.health() == {"status": "ok", "stage": "local"}

    watched.edit(HEALTH, "this is not Python\n", "")
    watched.edit(HEALTH, 'status="ok"', 'status="valid again"')
    watched.seconds_until({"status": "valid again", "stage": "local"})


def test_a_saved_file_of_the_layer_runs_in_the_functions_that_carry_it(watched: Watched) -> None:
    watched.edit(VIEW, "(View, frozen=True)", '(View, frozen=True, rename={"status": "health"})')
    seconds = watched.seconds_until({"health": "ok", "stage": "local"})
    say(f"from the save of a file of the layer to the response: {seconds:.1f} s")
    assert watched.line("(layers/ordering): new code is live")
    # A function whose own file has not changed.
    assert call("GET", f"{watched.instance.api}/products").status == 200


def test_make_up_brings_hotswapped_functions_back_to_the_sources(watched: Watched) -> None:
    watched.edit(HEALTH, 'status="ok"', 'status="changed"')
    watched.seconds_until({"status": "changed", "stage": "local"})
    up(watched.instance.workspace)
    assert watched.health() == {"status": "ok", "stage": "local"}
    assert watched.instance.workspace.load().hotswapped == {}


def test_watching_ends_with_a_message_when_the_deployment_is_incomplete(watched: Watched) -> None:
    workspace = watched.instance.workspace
    complete = workspace.load()
    with workspace.locked():
        state = workspace.load()
        state.deployed = None
        workspace.save(state)
    try:
        with pytest.raises(StepFailed, match="the last deployment did not complete"):
            Watch(workspace, watched.root).update()
    finally:
        with workspace.locked():
            workspace.save(complete)
