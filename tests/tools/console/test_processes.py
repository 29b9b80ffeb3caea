"""Processes are ended only when they are ours, and ports are claimed only when they are free."""

import os
import socket
import sys
from pathlib import Path

import pytest

from console.processes import end, free_port, is_alive, require_free, start, started_at, wait_until
from console.progress import StepFailed
from console.workspace import HOST, ProcessRecord, RunState, Service, Workspace
from local.down import down

# Lasts until it is ended: it waits for a signal.
WAITING = [sys.executable, "-c", "import signal; signal.pause()"]


def test_a_started_process_is_known_again_and_ended(tmp_path: Path) -> None:
    process = start(WAITING, env=dict(os.environ), cwd=tmp_path, log=tmp_path / "log")

    assert is_alive(process)
    assert end(process)
    assert not is_alive(process)
    assert not end(process)


def test_process_that_reuses_an_old_id_is_not_ended() -> None:
    other = ProcessRecord(os.getpid(), started="long ago")

    assert not is_alive(other)
    assert not end(other)


def test_a_process_that_does_not_run_has_no_start(tmp_path: Path) -> None:
    process = start([sys.executable, "-c", ""], env=dict(os.environ), cwd=tmp_path, log=tmp_path / "log")
    os.waitpid(process.pid, 0)

    assert started_at(process.pid) is None


def test_a_process_that_ends_before_it_is_ready_fails_with_its_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    process = start([sys.executable, "-c", ""], env=dict(os.environ), cwd=tmp_path, log=log)

    with pytest.raises(StepFailed, match="the engine ended") as failed:
        wait_until(lambda: False, process, name="engine", log=log, seconds=30)

    assert failed.value.log == log


@pytest.mark.slow
def test_a_taken_port_is_named_with_the_way_out() -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(StepFailed, match=f"port {port} of 127.0.0.1") as failed:
            require_free(port, name="engine", variable="PORT")

    assert f"make up PORT={port + 10}" in failed.value.remedy


def test_free_port_is_accepted() -> None:
    require_free(free_port(), name="engine", variable="PORT")


def test_taking_down_ends_what_was_started_and_leaves_no_scratch(tmp_path: Path) -> None:
    home = Workspace(tmp_path)
    home.scratch.mkdir()
    process = start(WAITING, env=dict(os.environ), cwd=tmp_path, log=home.logs / "engine.log")
    home.save(RunState(engine=Service(4570, process)))

    ended = down(home)

    assert ended == [f"the engine on port 4570 (process {process.pid})"]
    assert not is_alive(process)
    assert not home.scratch.exists()
    assert home.load() == RunState()
    assert down(home) == []


def test_the_state_is_read_back_as_it_was_saved(tmp_path: Path) -> None:
    state = RunState(engine=Service(4570, ProcessRecord(42, "then")), bootstrapped=True, deployed="digest")

    Workspace(tmp_path).save(state)

    assert Workspace(tmp_path).load() == state
