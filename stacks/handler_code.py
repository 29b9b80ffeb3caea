"""Compiles the functions' own files: each is a folder of its own, with byte code beside the source.

Otherwise Lambda would compile the file in each cold start, which costs about 8 million instructions. All are
compiled at once into `.build/handlers/<hash>`, whenever one has changed.
"""

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from stacks import byte_code

_PROJECT = Path(__file__).resolve().parent.parent
_BUILT = _PROJECT / ".build" / "handlers"
_LAMBDAS = _PROJECT / "lambdas"
_BUILT_BY = (Path(__file__), Path(byte_code.__file__))


@dataclass(frozen=True, slots=True)
class HandlerCode:
    """The compiled files of all functions."""

    directory: Path
    compiled_by: str
    """The version of Python that has compiled them: `3.13`."""

    def folder(self, source: PurePosixPath) -> Path:
        """Returns the folder of one function; `source` is its file below `lambdas/`, without `.py`."""
        return self.directory / source

    def digest(self, source: PurePosixPath) -> str:
        """Returns the hash of what goes into the folder of one function.

        Only a change of its own file changes it. It is not a hash of the byte code, because two compilers of
        one version can write different bytes.
        """
        return _digest(self.compiled_by, [_LAMBDAS / f"{source}.py"])


def build(compiler: str) -> HandlerCode:
    """Returns the compiled files of all functions, and compiles them if one has changed."""
    compiled_by = byte_code.version_of(compiler) or ""
    sources = list(_sources())
    built = _BUILT / _digest(compiled_by, sources)
    if not built.exists():
        _BUILT.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=_BUILT, prefix="half-built-") as scratch:
            half_built = Path(scratch) / "handlers"
            for source in sources:
                folder = half_built / source.relative_to(_LAMBDAS).with_suffix("")
                folder.mkdir(parents=True)
                shutil.copy(source, folder)
            byte_code.compile_folder(half_built, compiler, at="/var/task")
            try:
                half_built.rename(built)
            except OSError:
                # Another process may have compiled the same files in the meantime.
                if not built.exists():
                    raise
    return HandlerCode(built, compiled_by)


def _sources() -> Iterator[Path]:
    yield from sorted(path for path in _LAMBDAS.glob("*/*.py") if path.name != "__init__.py")


def _digest(compiled_by: str, sources: list[Path]) -> str:
    digest = hashlib.sha256(compiled_by.encode())
    for path in (*_BUILT_BY, *sources):
        digest.update(f"\0{path.relative_to(_PROJECT)}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:32]
