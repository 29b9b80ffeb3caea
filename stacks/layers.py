"""Builds the Lambda layers, without Docker.

    .venv/bin/python -m stacks.layers STAGE...

builds them in advance, so that the synthesis of those stages needs no network. A layer is built once for each
set of inputs, into `.build/layers/<hash of the inputs>`.
"""

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from stacks import byte_code, called_operations, handler_code, layer_contents, viewer
from stacks.handler_code import HandlerCode
from stacks.settings import STAGES, Settings
from stacks.settings.protection import is_example, with_examples

_PROJECT = Path(__file__).resolve().parent.parent
_BUILT = _PROJECT / ".build" / "layers"
_ORDERING = _PROJECT / "layers" / "ordering"
_REQUIREMENTS = _PROJECT / "layers" / "dependencies" / "requirements.txt"
_AUTHORISER = _PROJECT / "layers" / "authoriser" / "requirements.txt"
_IMAGING = _PROJECT / "layers" / "imaging" / "requirements.txt"

_BUILT_BY = (
    Path(__file__),
    *map(Path, (byte_code.__file__, called_operations.__file__, layer_contents.__file__)),
)

_LAMBDA_WHEELS = (
    "--platform=manylinux2014_aarch64",
    "--platform=manylinux_2_28_aarch64",
    "--implementation=cp",
    f"--python-version={'.'.join(map(str, byte_code.LAMBDA_PYTHON))}",
)


@dataclass(frozen=True, slots=True)
class Layer:
    """The content of a layer."""

    directory: Path
    digest: str | None = None
    """The hash of all inputs, including the version of the compiler. None: CDK hashes the files.

    Two compilers of the same version can write different bytes for the same code. With a hash of the files,
    each machine would deploy a new layer version.
    """


@dataclass(frozen=True, slots=True)
class Layers:
    """All layers of a stage."""

    dependencies: Layer
    ordering: Layer
    authoriser: Layer
    """The packages that only the Lambda authoriser imports."""
    imaging: Layer
    """The packages that only `make_thumbnails` imports."""
    viewer: Layer
    """The page at /docs."""
    handlers: HandlerCode | None = None
    """The functions' own code, compiled. None: their sources as they are."""


@dataclass(frozen=True, slots=True)
class _Target:
    """The platform of a layer: pip's options for its wheels, and the interpreter that compiles, if any."""

    wheels: tuple[str, ...]
    compiler: str | None


def build(settings: Settings, *, to_deploy: bool = False) -> Layers:
    """Returns the layers of a stage, and builds those whose inputs have changed.

    The local engine runs functions on this host, with the interpreter that runs this code, so stage local
    gets this host's wheels.

    `to_deploy` says that the stage may be deployed: there are credentials of an account.

    Raises SystemExit with pip's error if a wheel is not available, and if AWS would get layers without byte
    code. A stage that is only synthesised, as in CI, needs no Python 3.13.
    """
    if settings.local:
        target = _Target(wheels=(), compiler=sys.executable)
    else:
        target = _Target(wheels=_LAMBDA_WHEELS, compiler=byte_code.interpreter(byte_code.LAMBDA_PYTHON))
    if target.compiler is None and not is_example(settings) and (settings.protected or to_deploy):
        raise SystemExit(byte_code.NO_COMPILER)
    return _build(target)


def build_for_machine(machine: str) -> Layers:
    """Returns the layers for Lambda's Python on another processor: `x86_64`. For measurements on this host.

    Raises SystemExit if there is no interpreter of that version.
    """
    compiler = byte_code.interpreter(byte_code.LAMBDA_PYTHON)
    if compiler is None:
        raise SystemExit(byte_code.NO_COMPILER)
    wheels = tuple(option.replace("aarch64", machine) for option in _LAMBDA_WHEELS)
    return _build(_Target(wheels=wheels, compiler=compiler))


def _build(target: _Target) -> Layers:
    return Layers(
        dependencies=_built(_REQUIREMENTS, target, lambda into: _install(_REQUIREMENTS, target, into)),
        ordering=_built(_ORDERING, target, lambda into: _copy(_ORDERING, into)),
        authoriser=_built(_AUTHORISER, target, lambda into: _install(_AUTHORISER, target, into)),
        imaging=_built(_IMAGING, target, lambda into: _install(_IMAGING, target, into)),
        viewer=Layer(viewer.build()),
        handlers=handler_code.build(target.compiler) if target.wheels and target.compiler else None,
    )


def _built(source: Path, target: _Target, fill: Callable[[Path], None]) -> Layer:
    """Returns the layer of `source` for `target`; `fill` writes its packages into an empty directory."""
    key = _key(source, target)
    built = _BUILT / key
    if not built.exists():
        _BUILT.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=_BUILT, prefix="half-built-") as scratch:
            half_built = Path(scratch) / "layer"
            packages = half_built / "python"
            fill(packages)
            if target.compiler:
                byte_code.compile_folder(packages, target.compiler, at="/opt/python")
            try:
                half_built.rename(built)
            except OSError:
                # Another process may have built the same layer in the meantime.
                if not built.exists():
                    raise
    return Layer(built, key)


def _key(source: Path, target: _Target) -> str:
    """Returns a hash of all inputs: the source, the target, and the files that define the build."""
    compiled_by = byte_code.version_of(target.compiler) if target.compiler else None
    # Wheels for "this host" depend on the interpreter that runs pip.
    host = sys.implementation.cache_tag if not target.wheels else None
    digest = hashlib.sha256(
        json.dumps([str(source.relative_to(_PROJECT)), target.wheels, compiled_by, host]).encode()
    )
    if source.is_file():
        digest.update(json.dumps(layer_contents.wanted()).encode())
    for path in (*_BUILT_BY, *_sources(source)):
        digest.update(str(path.relative_to(_PROJECT)).encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:32]


def _sources(source: Path) -> Iterator[Path]:
    if source.is_file():
        yield source
        return
    for path in sorted(source.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path


def _install(requirements: Path, target: _Target, into: Path) -> None:
    """Install the locked wheels, and remove what no handler uses."""
    pip = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
            *("--no-compile", "--no-deps", "--only-binary=:all:", "--require-hashes", *target.wheels),
            *("--target", str(into), "--requirement", str(requirements)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if pip.returncode:
        raise SystemExit(f"The dependencies layer could not be built:\n{pip.stderr}")
    layer_contents.trim(into)


def _copy(package: Path, into: Path) -> None:
    shutil.copytree(package, into / package.name, ignore=shutil.ignore_patterns("__pycache__"))


if __name__ == "__main__":
    for name in sys.argv[1:]:
        layers = build(with_examples(STAGES[name]))
        for layer in (layers.dependencies, layers.ordering):
            print(f"{name}: {layer.directory.relative_to(_PROJECT)}")
