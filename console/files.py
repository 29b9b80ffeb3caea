"""Writes and reads the files of the local run: a file is written completely or not at all.

A full disk, a power cut or an editor may leave a damaged file. It must not cause a traceback, so a file that
cannot be read counts as missing.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any


def write(file: Path, content: str | bytes, *, mode: int = 0o644) -> None:
    """Replace ``file`` by ``content`` (text as UTF-8), completely or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    # The process id in its name keeps two processes from writing the same draft.
    draft = file.with_name(f".{file.name}.{os.getpid()}.draft")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as opened:
            opened.write(content.encode() if isinstance(content, str) else content)
            opened.flush()
            os.fsync(opened.fileno())
        draft.replace(file)
    except BaseException:
        with suppress(OSError):
            draft.unlink()
        raise


def write_json(file: Path, value: object) -> None:
    """Replace ``file`` by a value as indented JSON, as ``write`` does."""
    write(file, json.dumps(value, indent=2) + "\n")


def read_object(file: Path) -> dict[str, Any] | None:
    """Returns the JSON object in ``file``; None when the file is missing or holds anything else."""
    try:
        value = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
