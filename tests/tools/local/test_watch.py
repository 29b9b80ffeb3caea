"""`make watch`: what it prints about a save, the log lines that it follows, and how it ends."""

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from console import processes
from console.progress import StepFailed
from console.workspace import ProcessRecord, RunState, Service, Workspace
from local import interruption
from local.hotswap import Update
from local.logs import LogFollower
from local.source_code import Code
from local.status import lines_of_status
from local.watch import Watch, needing_make_up, said_of, saved_at
from tests.tools.local.test_hotswap import BOTH, PLACE, SHOW

NOW = 1_800_000_000.0


def saved(root: Path, *names: str) -> list[Path]:
    files = [root / name for name in names]
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    return files


def test_saves_of_handlers_and_the_layer_need_no_deployment(tmp_path: Path) -> None:
    files = saved(tmp_path, str(PLACE.source), "lambdas/api/__init__.py", "layers/ordering/guards.py")
    files += saved(tmp_path, "web/src/main.tsx", "clients/typescript/src/client.ts")
    assert list(needing_make_up(files, tmp_path, BOTH)) == []


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("stacks/events.py", "run `make up` to deploy this change"),
        ("layers/dependencies/requirements.txt", "run `make up` to deploy this change"),
        ("lambdas/api/new.py", "no function runs this file"),
    ],
)
def test_a_save_that_needs_a_deployment_is_reported(tmp_path: Path, name: str, said: str) -> None:
    (line,) = needing_make_up(saved(tmp_path, name), tmp_path, BOTH)
    assert line.startswith(f"! {name}: ")
    assert said in line


def test_a_deleted_handler_is_reported(tmp_path: Path) -> None:
    (line,) = needing_make_up([tmp_path / PLACE.source], tmp_path, BOTH)
    assert line == f"! {PLACE.source} is missing: its function keeps the old code until `make up`"


def test_a_line_names_the_function_and_the_seconds_since_the_save() -> None:
    place = Update(PLACE, PLACE.deployed, replace(PLACE.deployed, handler="new"))
    assert said_of([place], 0.316, after_save=True) == "✓ place: new code is live, 0.32 s after the save"
    both = [Update(each, each.deployed, replace(each.deployed, shared="new")) for each in BOTH]
    assert said_of(both, 2, after_save=True).startswith("✓ 2 functions (layers/ordering): new code is live")


def test_the_time_of_a_save_is_that_of_the_newest_file(tmp_path: Path) -> None:
    old, new = saved(tmp_path, "old", "new")
    os.utime(old, (NOW - 5, NOW - 5))
    os.utime(new, (NOW - 1, NOW - 1))
    assert saved_at([old, new], now=NOW) == NOW - 1
    # A deleted file, and one that was copied with its time.
    assert saved_at([tmp_path / "deleted"], now=NOW) == NOW
    os.utime(new, (NOW - 86400, NOW - 86400))
    assert saved_at([new], now=NOW) == NOW


class _Gone(Exception):
    pass


class FakeLogs:
    """Log groups; reading one that does not exist raises the error of the service."""

    class exceptions:
        ResourceNotFoundException = _Gone

    def __init__(self) -> None:
        self.groups: dict[str, list[tuple[int, str]]] = {"/aws/place": [], "/aws/show": []}

    def get_paginator(self, operation: str) -> Any:
        assert operation == "filter_log_events"
        return self

    def paginate(self, logGroupName: str, startTime: int) -> Iterator[Any]:
        if logGroupName not in self.groups:
            raise _Gone
        for at, message in self.groups[logGroupName]:
            if at >= startTime:
                yield {"events": [{"timestamp": at, "message": message, "logStreamName": "stream"}]}


@pytest.fixture
def logs() -> FakeLogs:
    return FakeLogs()


@pytest.fixture
def follower(logs: FakeLogs) -> LogFollower:
    follower = LogFollower(cast(Any, logs))
    for function in BOTH:
        follower.follow(function.label, function.log_group, since=NOW)
    return follower


MILLISECONDS = int(NOW * 1000)


def test_each_log_line_is_printed_once_in_the_order_of_time(logs: FakeLogs, follower: LogFollower) -> None:
    logs.groups["/aws/place"] += [(MILLISECONDS - 1, "before the save"), (MILLISECONDS + 20, "second")]
    logs.groups["/aws/show"] += [(MILLISECONDS + 10, "first")]
    assert [line.partition(" ")[2] for line in follower.new_lines()] == ["show: first", "place: second"]
    assert follower.new_lines() == []


def test_equal_lines_and_late_lines_are_not_lost(logs: FakeLogs, follower: LogFollower) -> None:
    logs.groups["/aws/place"] += [(MILLISECONDS + 4000, "again")]
    assert len(follower.new_lines()) == 1
    logs.groups["/aws/place"] += [(MILLISECONDS + 4000, "again"), (MILLISECONDS + 1000, "late")]
    assert [line.rpartition(" ")[2] for line in follower.new_lines()] == ["late", "again"]


def test_lines_of_lambda_itself_are_not_printed(logs: FakeLogs, follower: LogFollower) -> None:
    logs.groups["/aws/place"] += [(MILLISECONDS, "START RequestId: 1 Version: 2\n"), (MILLISECONDS, "ours")]
    assert [line.rpartition(" ")[2] for line in follower.new_lines()] == ["ours"]


def test_a_log_group_that_a_deployment_removed_is_no_longer_followed(
    logs: FakeLogs, follower: LogFollower
) -> None:
    del logs.groups["/aws/place"]
    logs.groups["/aws/show"] += [(MILLISECONDS, "still there")]
    assert len(follower.new_lines()) == 1
    assert len(follower) == 1


def test_watching_without_a_running_engine_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StepFailed) as failed:
        Watch(Workspace(tmp_path))
    assert (failed.value.why, failed.value.remedy) == (
        "the local engine is not running",
        "run `make up` first",
    )


def test_status_says_how_many_functions_run_hotswapped_code(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    here = ProcessRecord(os.getpid(), processes.started_at(os.getpid()) or "")
    state = RunState(engine=Service(4566, here), bootstrapped=True, deployed="key")
    workspace.outputs.write_text('{"ApiUrl": "http://x", "Endpoint": "http://y"}')
    workspace.save(state)
    assert not [line for line in lines_of_status(workspace) if "make watch" in line]
    state.hotswapped[SHOW.name] = ("new", "new")
    workspace.save(state)
    assert [line for line in lines_of_status(workspace) if line.startswith("  1 functions run")]
    assert Code(*workspace.load().hotswapped[SHOW.name]) == Code("new", "new")


def test_ctrl_c_ends_the_watching_and_later_signals_are_ignored() -> None:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        with interruption.as_event() as stop:
            assert not stop.is_set()
            signal.raise_signal(signal.SIGTERM)
            signal.raise_signal(signal.SIGTERM)
            assert stop.is_set()
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)
