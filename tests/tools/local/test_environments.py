"""Environments are built in parallel, and a failure is reported at once."""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from console import processes, progress
from console.file_lock import held
from console.progress import StepFailed
from local import commands, toolchains
from local.toolchains import Environment, prepare
from tests.e2e.waiting import until


@dataclass(frozen=True)
class Built(Environment):
    """An environment that one command builds."""

    command: tuple[str, ...]

    def works(self) -> bool:
        return self.folder.is_dir()

    def build(self, log: Path) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        status = commands.run(self.command, cwd=self.folder, env=dict(os.environ), log=log)
        if status:
            raise StepFailed(f"ended with status {status}", "mend it", log)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of these tests' own."""
    (tmp_path / "lock").write_text("")
    monkeypatch.setattr(toolchains, "ROOT", tmp_path)
    monkeypatch.setattr(toolchains, "LOCAL", tmp_path / ".local")
    return tmp_path


def environment(project: Path, name: str, program: str) -> Built:
    """One that a Python program builds."""
    return Built(name, project / name, project / "lock", (sys.executable, "-c", program))


def test_first_failed_build_ends_the_others(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = environment(project, "slow", "import time; time.sleep(300)")
    failing = environment(project, "failing", "raise SystemExit('no network')")
    monkeypatch.setattr(toolchains, "ENVIRONMENTS", (slow, failing))
    began = time.monotonic()

    with pytest.raises(StepFailed, match="ended with status 1") as failed:
        prepare()

    assert time.monotonic() - began < 60
    assert failed.value.step == "failing"
    assert "no network" in str(failed.value)
    assert not slow.is_current()


def test_current_environment_is_not_built_again(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    once = environment(project, "once", "import pathlib; pathlib.Path('there').touch(exist_ok=False)")
    monkeypatch.setattr(toolchains, "ENVIRONMENTS", (once,))

    prepare()
    prepare()

    assert once.is_current()


def test_no_build_starts_without_node(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    never = environment(project, "never", "")
    monkeypatch.setattr(toolchains, "ENVIRONMENTS", (never,))
    monkeypatch.setenv("PATH", str(project))

    with pytest.raises(StepFailed, match=r"Node\.js"):
        prepare()

    assert not never.folder.exists()


def test_command_has_no_terminal_and_its_children_end_with_it(tmp_path: Path) -> None:
    """A command that asks a question would wait until it is stopped."""
    child = "import time; time.sleep(300)"
    program = (
        "import json, os, subprocess, sys; "
        f"child = subprocess.Popen([sys.executable, '-c', {child!r}]); "
        "print(json.dumps([sys.stdin.read(), os.getsid(0) == os.getpid(), child.pid])); "
        "sys.stdout.flush(); child.wait()"
    )
    heard: list[str] = []

    def listen(line: str) -> None:
        heard.append(line)
        commands.end_all()

    command = [sys.executable, "-c", program]
    status = commands.run(command, cwd=tmp_path, env=dict(os.environ), log=tmp_path / "log", listen=listen)

    said, leads, child_id = json.loads(heard[0])
    assert (status, said, leads) == (-9, "", True)
    until("the child to end", lambda: _is_dead(child_id), within=10)


def test_missing_command_has_the_exit_status_of_a_shell(tmp_path: Path) -> None:
    assert commands.run(["no-such-program"], cwd=tmp_path, env={}, log=tmp_path / "log") == 127
    assert "no-such-program" in (tmp_path / "log").read_text()


def test_waiting_for_a_lock_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.lock"
    program = (
        "import sys, pathlib; from console.file_lock import held\n"
        f"with held(pathlib.Path({str(file)!r}), to='install'): print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout
        assert other.stdin
        assert other.stdout.readline() == "held\n"
        say = progress.say

        def tell(line: str = "") -> None:
            """Let the other go as soon as it is said that it is waited for."""
            say(line)
            other.stdin.close()  # type: ignore[union-attr]

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("console.file_lock.say", tell)
            with held(file, to="install packages"):
                said = capsys.readouterr().out
    assert "to install packages: this one waits until it is done" in said
    assert "Waiting" in said


def _is_dead(pid: int) -> bool:
    # A process that has ended, and that was not waited for, has no command line.
    return not dict(processes.commands()).get(pid)
