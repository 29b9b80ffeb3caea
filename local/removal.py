"""Removes large folders in the background.

The engine leaves tens of thousands of files; removing them takes seconds, or a minute on a busy disk, and
no command should wait for it.
"""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

from console.shell_environment import on_loopback

_NAMES = ".rubbish-"
# Kept, because Python warns about a deleted process object that was never waited for.
_removing: list[subprocess.Popen[bytes]] = []


def remove_in_background(folder: Path) -> None:
    """Rename ``folder``, if it exists, and delete it in a background process.

    Removes the remains of earlier, interrupted removals too.
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
