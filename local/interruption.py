"""Handles Ctrl-C at any moment: prints one line, and ends all started programs.

An exception would not work at every moment: raised during a clean-up, it is printed and lost. So the process
exits at once. That is safe: files are written whole or not at all, locks end with their process, and
background processes are found again by their mark (``console.processes.marked``).
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from types import FrameType

_MESSAGE = "interrupted; `make up` continues from here, `make down` ends what runs"
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# An update of all functions takes less.
_SOFT_SECONDS = 10.0


def install() -> None:
    """Make Ctrl-C, a closed terminal and SIGTERM end this process as described above."""
    for number in _SIGNALS:
        # The parent may ignore one of them on purpose: `nohup`, and `run.sh`, which sends SIGTERM instead.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _end_here)


@contextmanager
def as_event() -> Iterator[Event]:
    """Within the block, the same signals set an event; if the block does not end then, the process does."""
    stop = Event()

    def set_stop(number: int, frame: FrameType | None) -> None:
        # `run.sh` sends SIGTERM until the process has ended.
        stop.set()
        if not signal.getitimer(signal.ITIMER_REAL)[0]:
            signal.signal(signal.SIGALRM, _end_here)
            signal.setitimer(signal.ITIMER_REAL, _SOFT_SECONDS)

    for number in _SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, set_stop)
    yield stop
    if stop.is_set():
        # Python restores the default of a handled signal when it ends, and the next SIGTERM would kill it.
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_IGN)


def _end_here(number: int, frame: FrameType | None) -> None:
    for each in _SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    # The live line, if there is one, is cleared, and the cursor that it hides is shown.
    cleared = "\r\x1b[K\x1b[?25h" if os.isatty(2) and os.environ.get("TERM") not in (None, "dumb") else "\n"
    try:
        os.write(2, f"{cleared}  {_MESSAGE}\n".encode())
        # An import could fail here, and the module may be only partly imported.
        end_all = getattr(sys.modules.get("local.commands"), "end_all", None)
        if end_all is not None:
            end_all()
    finally:
        os._exit(128 + signal.SIGINT)
