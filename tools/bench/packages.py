"""The folders of packages that are measured, for this host's processor and the Python that Lambda runs."""

import platform
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path, PurePosixPath

from stacks import byte_code, layers
from stacks.layers import Layers

_PROJECT = Path(__file__).resolve().parent.parent.parent
# The names of processors in wheels.
_MACHINES = {"arm64": "aarch64", "AMD64": "x86_64"}


def python() -> str:
    """Returns the interpreter of Lambda's version. Raises SystemExit if there is none."""
    found = byte_code.interpreter(byte_code.LAMBDA_PYTHON)
    if found is None:
        raise SystemExit(byte_code.NO_COMPILER)
    return found


def built() -> Layers:
    """Returns the layers and the functions' code, built as for AWS, but for this host."""
    machine = platform.machine()
    return layers.build_for_machine(_MACHINES.get(machine, machine))


def layer_folders(built: Layers) -> list[Path]:
    """Returns the folders of packages in the layers."""
    found = (built.dependencies, built.ordering, built.authoriser, built.imaging)
    return [each.directory / "python" for each in found]


def code_folder(built: Layers, folder: Path, name: str) -> Path:
    """Returns the folder with the compiled code of the function whose file is `folder`/`name`.py."""
    if built.handlers is None:
        raise ValueError("the functions' code was not compiled")
    return built.handlers.folder(PurePosixPath(folder.name, name))


def stock_folder() -> Path:
    """Returns a folder with boto3 as it is published, with byte code, in the versions of this environment."""
    pinned = [f"{name}=={version(name)}" for name in ("boto3", "botocore", "s3transfer", "urllib3")]
    folder = _PROJECT / ".build" / "bench" / "-".join(pinned)
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
            installed = Path(scratch) / "packages"
            pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            subprocess.run([*pip, "--no-compile", "--target", str(installed), *pinned], check=True)
            subprocess.run([python(), "-m", "compileall", "-q", str(installed)], check=True)
            installed.rename(folder)
    return folder
