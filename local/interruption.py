"""Ctrl-C, at whatever moment: one line, and nothing that we wait for is left running.

An exception would do for most moments, but not for all: raised while something is cleaned up, it is printed
and lost. So the process ends where it stands. It may: files are written whole or not at all, locks end with
their process, and what runs in the background is found again by its mark (``local.processes.marked``).
"""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

_SAYS = "interrupted; `make up` goes on from here, `make down` ends what runs"


def install() -> None:
    """Let Ctrl-C, a terminal that is closed and SIGTERM end this process as said above."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # Whoever started us may want one of them ignored: `nohup`, and `run.sh`, which sends SIGTERM instead.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _end_here)


def _end_here(number: int, frame: FrameType | None) -> None:
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    # The line with the time that passes, if there is one, gives way.
    cleared = "\r\x1b[K" if os.isatty(2) and os.environ.get("TERM") not in (None, "dumb") else "\n"
    try:
        os.write(2, f"{cleared}  {_SAYS}\n".encode())
        # Not imported here, where nothing may fail; it may be half-way through being imported elsewhere.
        end_all = getattr(sys.modules.get("local.commands"), "end_all", None)
        if end_all is not None:
            end_all()
    finally:
        os._exit(128 + signal.SIGINT)
