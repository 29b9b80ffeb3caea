"""What a Python without this project's packages can do: `-S` is one, as it has no site-packages."""

import subprocess
import sys
from pathlib import Path

import pytest

from console.progress import StepFailed
from console.workspace import ROOT, RunState, Workspace
from local import bootstrap


def bare(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line without packages."""
    return subprocess.run(
        [sys.executable, "-S", "-m", "local", *arguments],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def nothing_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither the project's Python nor the engine's."""
    monkeypatch.setattr(bootstrap, "_PYTHON", tmp_path / "python")
    monkeypatch.setattr(bootstrap, "_ENGINE_PYTHON", tmp_path / "python")


@pytest.mark.usefixtures("nothing_installed")
@pytest.mark.parametrize("command", ["token", "order", "nosuch"])
def test_a_command_without_packages_says_what_to_do(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert bootstrap.main([command]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert f"✗ {command}\n    why: the packages of this project are not installed" in said.err
    assert "`make setup`" in said.err


@pytest.mark.slow
def test_another_python_hands_a_command_over_to_the_project_s() -> None:
    ran = bare("up", "--port", "99999")
    assert ran.returncode == 2
    assert "do: see `orders-local up --help`" in ran.stderr


@pytest.mark.slow
@pytest.mark.parametrize("command", ["status", "down"])
def test_status_and_down_need_no_packages(command: str, tmp_path: Path) -> None:
    ran = bare(command, "--workspace", str(tmp_path))
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "not started" in ran.stdout or "running" in ran.stdout


def test_processes_that_cannot_be_checked_are_not_called_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Workspace(tmp_path).save(RunState())
    monkeypatch.setattr(bootstrap, "find_spec", lambda name: None)
    monkeypatch.setattr(bootstrap, "_hand_over", lambda *_: None)
    with pytest.raises(StepFailed, match="cannot be checked"):
        bootstrap._run("down", Workspace(tmp_path))
    assert bootstrap.main(["down", "--workspace", str(tmp_path)]) == 1


def test_setup_runs_on_the_python_that_was_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    prepared: list[bool] = []
    monkeypatch.setattr("local.toolchains.prepare", lambda: prepared.append(True))
    monkeypatch.setattr(bootstrap, "_hand_over", lambda *_: pytest.fail("it was handed over"))
    assert bootstrap.main(["setup"]) == 0
    assert prepared == [True]
