"""How uv is installed, and that it downloads from the same index as pip."""

import base64
import hashlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from console.progress import StepFailed
from local import installer
from local.installer import Pip, configured_uv, find_pip, install_uv
from local.toolchains import DEVELOPMENT, INSTALLER, ROOT


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """A folder with one wheel, which no index has."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    name = "made_up_for_a_test"
    info = f"{name}-1.0.dist-info"
    files = {
        f"{name}.py": "",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    digests = {
        file: base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
        for file, text in files.items()
    }
    record = "".join(f"{file},sha256={digest},\n" for file, digest in digests.items())
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
        for file, text in {**files, f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}.items():
            wheel.writestr(file, text)
    return folder


@pytest.fixture
def lock(tmp_path: Path, wheels: Path) -> Path:
    """A lock file that names the wheel."""
    (wheel,) = wheels.iterdir()
    file = tmp_path / "requirements.txt"
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    file.write_text(f"made-up-for-a-test==1.0 \\\n    --hash=sha256:{digest}\n")
    return file


@pytest.fixture
def pip_conf(tmp_path: Path, wheels: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration of pip's that knows nothing but that folder, on a machine where nothing is set."""
    for name in [name for name in os.environ if name.startswith(("PIP_", "UV_"))]:
        monkeypatch.delenv(name)
    file = tmp_path / "pip.conf"
    file.write_text(f"[global]\nno-index = true\nfind-links = {wheels}\nrequire-virtualenv = true\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(file))
    # No user can write there.
    monkeypatch.setenv("HOME", os.devnull)
    return file


@pytest.mark.slow
def test_uv_fetches_from_where_pip_s_configuration_says(pip_conf: Path, lock: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    uv = configured_uv(
        INSTALLER.program, find_pip(tmp_path / "pip", tmp_path / "cache", log), tmp_path / "cache"
    )
    into = tmp_path / "into"
    locked = ("--require-hashes", "--no-deps", "--requirement", str(lock))
    uv.run(
        "pip", "install", "--python", sys.executable, "--target", str(into), *locked, cwd=tmp_path, log=log
    )
    assert (into / "made_up_for_a_test.py").is_file()
    assert (tmp_path / "cache" / "uv").is_dir()


@pytest.mark.slow
def test_package_with_another_hash_is_not_installed(pip_conf: Path, lock: Path, tmp_path: Path) -> None:
    lock.write_text(lock.read_text()[:-5] + "0000\n")
    pip = find_pip(tmp_path / "pip", tmp_path / "cache", tmp_path / "log")
    with pytest.raises(StepFailed, match=r"ended with status 1"):
        install_uv(pip, lock, tmp_path / "uv", tmp_path / "cache", tmp_path / "log")
    assert not (tmp_path / "uv").exists()


@pytest.mark.slow
def test_uv_is_installed_although_pip_requires_an_environment(
    pip_conf: Path, lock: Path, tmp_path: Path
) -> None:
    pip = find_pip(tmp_path / "pip", tmp_path / "cache", tmp_path / "log")
    install_uv(pip, lock, tmp_path / "uv", tmp_path / "cache", tmp_path / "log")
    assert (tmp_path / "uv" / "made_up_for_a_test.py").is_file()


@pytest.mark.slow
def test_no_log_holds_an_index_s_password(
    pip_conf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://user:secret@pypi.corp.example/simple")
    pip = find_pip(tmp_path / "pip", tmp_path / "cache", tmp_path / "log")
    assert "secret" in pip.settings["index-url"]
    assert not (tmp_path / "log").exists()


def _python(folder: Path, pip: str, venv: str) -> str:
    """An interpreter that has its own way with `-m pip` and `-m venv`."""
    program = folder / "python"
    program.write_text(f'#!/bin/sh\ncase "$2" in pip) {pip};; venv) {venv};; esac\n')
    program.chmod(0o755)
    return str(program)


def test_a_python_without_ensurepip_uses_its_pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = _python(tmp_path, pip="echo \"global.timeout='7'\"", venv="exit 1")
    monkeypatch.setattr(installer, "interpreter", lambda: program)
    found = find_pip(tmp_path / "pip", tmp_path, tmp_path / "log")
    assert found == Pip((program, "-m", "pip"), {"timeout": "7"})


@pytest.mark.slow
def test_a_python_without_pip_gets_one_in_an_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = _python(tmp_path, pip="exit 1", venv=f'exec {sys.executable} "$@"')
    monkeypatch.setattr(installer, "interpreter", lambda: program)
    found = find_pip(tmp_path / "pip", tmp_path, tmp_path / "log")
    assert found.command == (str(tmp_path / "pip" / "bin" / "python"), "-m", "pip")


def test_python_without_pip_and_ensurepip_is_refused_with_a_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = _python(tmp_path, pip="exit 1", venv="echo ensurepip is not available; exit 1")
    monkeypatch.setattr(installer, "interpreter", lambda: program)
    with pytest.raises(StepFailed, match="has no pip") as failed:
        find_pip(tmp_path / "pip", tmp_path, tmp_path / "log")
    assert "ensurepip is not available" in str(failed.value)
    assert "python3-venv" in failed.value.remedy


@pytest.mark.slow
def test_every_package_of_ours_is_found_from_anywhere(tmp_path: Path) -> None:
    """An editor starts the environment's Python somewhere, with nothing set."""
    names = ["ordering", "orders_client", "lambdas", "local", "ops", "stacks", "tests", "tools"]
    program = f"import importlib; print(*(importlib.import_module(each).__file__ for each in {names}))"
    ran = subprocess.run(
        [str(DEVELOPMENT.folder / "bin" / "python"), "-I", "-c", program],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert {Path(file).parent for file in ran.stdout.split()} == {
        ROOT / folder for folder in ("layers/ordering", "clients/python/orders_client", *names[2:])
    }


@pytest.mark.slow
@pytest.mark.parametrize("command", ["orders-local", "orders-ops"])
def test_the_command_lines_start_from_anywhere(command: str, tmp_path: Path) -> None:
    ran = subprocess.run(
        [str(DEVELOPMENT.folder / "bin" / command), "--help"],
        cwd=tmp_path,
        env={"PATH": os.defpath},
        capture_output=True,
        text=True,
        check=True,
    )
    assert command in ran.stdout
