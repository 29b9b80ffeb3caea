"""Folders that are taken away at once and removed in their own time.

What the engine leaves are tens of thousands of files; to remove them takes seconds, or a minute on a busy
disk, and nobody needs to wait for it.
"""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

from local.surroundings import on_loopback

_NAMES = ".rubbish-"
# Kept, because nobody waits for them.
_removing: list[subprocess.Popen[bytes]] = []


def discard(folder: Path) -> None:
    """Take ``folder`` away, if it is there; a process in the background removes what was in it.

    What an earlier one was kept from removing goes with it.
    """
    if folder.exists():
        folder.rename(folder.with_name(f"{_NAMES}{os.getpid()}-{time.monotonic_ns()}"))
    rubbish = list(folder.parent.glob(f"{_NAMES}*"))
    if rubbish:
        _removing.append(
            subprocess.Popen(
                ["rm", "-rf", "--", *map(str, rubbish)],
                env=on_loopback(os.defpath, folder.parent),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        )
