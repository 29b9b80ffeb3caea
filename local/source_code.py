"""The code of the functions as it is saved at the moment: its digests, its syntax errors, its archives."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

SHARED = PurePosixPath("layers/ordering")
"""The package that the functions share, as a layer."""
HANDLERS = PurePosixPath("lambdas")


@dataclass(frozen=True)
class Code:
    """What a function runs: digests of its own file, and of the shared package. Empty: not known."""

    handler: str = ""
    shared: str = ""


@dataclass(frozen=True)
class Invalid:
    """A file that Python cannot compile."""

    path: PurePosixPath
    digest: str
    why: str
    """The file, the line, and what is wrong, as `lambdas/api/x.py:7: SyntaxError: ...`."""


class SourceCode:
    """The files of one moment below a project's folder, so that what is checked is what is deployed."""

    def __init__(
        self, handlers: Mapping[PurePosixPath, bytes], shared: Mapping[PurePosixPath, bytes]
    ) -> None:
        self.handlers = handlers
        """By their paths in the project: `lambdas/api/place_order.py`."""
        self.shared = shared
        """By their paths in the layer: `ordering/guards.py`."""
        self.shared_digest = digest_of_shared(shared)

    @classmethod
    def read(cls, root: Path) -> SourceCode:
        """Returns what is saved below ``root`` now."""
        handlers = {
            path: content
            for path, content in _files(root / HANDLERS, root)
            # An editor may empty a file before it writes it.
            if path.suffix == ".py" and path.name != "__init__.py" and content
        }
        return cls(handlers, dict(_files(root / SHARED, root / SHARED.parent)))

    def code_of(self, handler: PurePosixPath) -> Code:
        """Returns the digests of a function's code. Raises KeyError when there is no such file."""
        return Code(_digest(self.handlers[handler]), self.shared_digest)

    def invalid_handler(self, handler: PurePosixPath) -> Invalid | None:
        """Returns why a handler cannot be compiled, or None."""
        return _invalid(handler, self.handlers[handler])

    def invalid_shared(self) -> Invalid | None:
        """Returns the first file of the shared package that cannot be compiled, or None."""
        for path, content in self.shared.items():
            if path.suffix == ".py" and (found := _invalid(SHARED.parent / path, content)):
                return found
        return None

    def archive_of(self, handler: PurePosixPath) -> bytes:
        """Returns the archive of a function: its one file."""
        return _archive({PurePosixPath(handler.name): self.handlers[handler]})

    def archive_of_shared(self) -> bytes:
        """Returns the archive of the layer."""
        return _archive({PurePosixPath("python") / path: content for path, content in self.shared.items()})


def digest_of_shared(files: Mapping[PurePosixPath, bytes]) -> str:
    """Returns a digest of the paths and contents of the shared package."""
    digest = hashlib.sha256()
    for path, content in sorted(files.items()):
        digest.update(f"\0{path}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def deployed_handler(folder: Path, name: str) -> str:
    """Returns the digest of the handler in an asset; an empty one when it is not there."""
    path = folder / name
    return _digest(path.read_bytes()) if path.is_file() else ""


def deployed_shared(folder: Path) -> str:
    """Returns the digest of the shared package in the asset of a layer; empty for another layer."""
    package = folder / "python" / SHARED.name
    return digest_of_shared(dict(_files(package, package.parent))) if package.is_dir() else ""


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _files(folder: Path, relative_to: Path) -> Iterator[tuple[PurePosixPath, bytes]]:
    for path in sorted(folder.rglob("*")):
        # An editor's own files: of vim, of emacs, and backups.
        if "__pycache__" in path.parts or path.name.startswith(".") or path.name.endswith("~"):
            continue
        try:
            if path.is_file():
                yield PurePosixPath(path.relative_to(relative_to).as_posix()), path.read_bytes()
        except FileNotFoundError:
            # An editor replaces a file by renaming another one. The next event brings it.
            continue


def _invalid(path: PurePosixPath, content: bytes) -> Invalid | None:
    try:
        compile(content, str(path), "exec", dont_inherit=True)
    except SyntaxError as error:
        line = f":{error.lineno}" if error.lineno else ""
        text = f": {error.text.strip()}" if error.text and error.text.strip() else ""
        why = f"{path}{line}: {type(error).__name__}: {error.msg}{text}"
    except ValueError as error:
        # A null byte, before Python 3.12.
        why = f"{path}: {error}"
    else:
        return None
    return Invalid(path, _digest(content), why)


def _archive(files: Mapping[PurePosixPath, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for path, content in files.items():
            # The date that archives begin with: equal files make equal archives. Readable by everyone.
            entry = zipfile.ZipInfo(str(path))
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return written.getvalue()
