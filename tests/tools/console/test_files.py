"""Files of the local run are written completely or not at all, and torn files are handled."""

import json
from pathlib import Path

import pytest

from console import files, outputs
from console.progress import StepFailed
from console.workspace import ProcessRecord, RunState, Service, Workspace
from local import tokens
from local.down import down
from local.toolchains import PythonEnvironment

TORN = ["", "{", "[]", "null", '{"engine": ', '{"engine": 5, "bootstrapped": "x"}', "\0\0\0", "[" * 100_000]


@pytest.mark.parametrize("torn", TORN, ids=lambda text: repr(text[:20]))
def test_torn_state_is_read_as_empty(tmp_path: Path, torn: str) -> None:
    home = Workspace(tmp_path)
    home.state_file.write_text(torn)

    assert home.load() == RunState()
    assert down(home) == []


@pytest.mark.slow
def test_a_state_may_be_cut_anywhere(tmp_path: Path) -> None:
    home = Workspace(tmp_path)
    home.save(RunState(engine=Service(4566, ProcessRecord(1, "then")), bootstrapped=True, deployed="digest"))
    whole = home.state_file.read_bytes()

    for length in range(len(whole.rstrip())):
        home.state_file.write_bytes(whole[:length])
        assert home.load() == RunState()


@pytest.mark.parametrize("torn", TORN, ids=lambda text: repr(text[:20]))
def test_torn_outputs_say_what_to_run(tmp_path: Path, torn: str) -> None:
    home = Workspace(tmp_path)
    home.outputs.write_text(torn)

    assert not outputs.exist(home)
    with pytest.raises(StepFailed) as failed:
        outputs.read(home)
    assert "make up" in failed.value.remedy


def test_a_torn_key_says_what_to_run(tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    tokens.key_at(key)
    key.write_bytes(key.read_bytes()[:400])

    assert not tokens.has_key(key)
    with pytest.raises(StepFailed) as failed:
        tokens.key_at(key)
    assert "make up" in failed.value.remedy


@pytest.mark.parametrize("torn", [b"", b"\xff\xfe", b"another"])
def test_an_environment_with_a_torn_stamp_is_built_anew(tmp_path: Path, torn: bytes) -> None:
    lock = tmp_path / "lock"
    lock.write_text("")
    environment = PythonEnvironment("packages", tmp_path / "venv", lock)
    (environment.folder / "bin").mkdir(parents=True)
    (environment.folder / "bin" / "python").touch()
    environment.stamp.write_text(environment.key())
    assert environment.is_current()

    environment.stamp.write_bytes(torn)
    assert not environment.is_current()


def test_file_keeps_its_content_until_the_new_one_is_complete(tmp_path: Path) -> None:
    file = tmp_path / "file.json"
    files.write_json(file, {"first": 1})

    with pytest.raises(TypeError):
        files.write_json(file, {"second": object()})
    with pytest.raises(UnicodeEncodeError):
        files.write(file, "\udc80")

    assert json.loads(file.read_text()) == {"first": 1}
    assert [path.name for path in tmp_path.iterdir()] == ["file.json"]
