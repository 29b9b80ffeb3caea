"""Processes are ended only when they are ours, and ports are claimed only when they are free."""

import os
import socket
import sys
from pathlib import Path

import pytest

from local.home import Home, Service, State
from local.processes import HOST, Process, end, free_port, require_free, start, started_at, wait_until
from local.steps import StepFailed
from local.takedown import down

# Lasts until it is ended: it waits for a signal.
WAITING = [sys.executable, "-c", "import signal; signal.pause()"]


def test_a_started_process_is_known_again_and_ended(tmp_path: Path) -> None:
    process = start(WAITING, env=dict(os.environ), cwd=tmp_path, log=tmp_path / "log")

    assert process.is_alive()
    assert end(process)
    assert not process.is_alive()
    assert not end(process)


def test_a_process_that_was_given_an_old_id_of_ours_is_left_alone() -> None:
    somebody = Process(os.getpid(), started="long ago")

    assert not somebody.is_alive()
    assert not end(somebody)


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


def test_a_taken_port_is_named_with_the_way_out() -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(StepFailed, match=f"port {port} of 127.0.0.1") as failed:
            require_free(port, name="engine", variable="PORT")

    assert f"make up PORT={port + 10}" in failed.value.remedy


def test_a_free_port_is_admitted() -> None:
    require_free(free_port(), name="engine", variable="PORT")


def test_taking_down_ends_what_was_started_and_leaves_no_scratch(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.scratch.mkdir()
    process = start(WAITING, env=dict(os.environ), cwd=tmp_path, log=home.logs / "engine.log")
    home.save(State(engine=Service(4570, process)))

    ended = down(home)

    assert ended == [f"engine of http://127.0.0.1:4570 (process {process.pid})"]
    assert not process.is_alive()
    assert not home.scratch.exists()
    assert home.load() == State()
    assert down(home) == []


def test_the_state_is_read_back_as_it_was_saved(tmp_path: Path) -> None:
    state = State(engine=Service(4570, Process(42, "then")), bootstrapped=True, deployed="digest")

    Home(tmp_path).save(state)

    assert Home(tmp_path).load() == state
