"""Ending a local run: only what it started, and nothing left behind but its logs and its key.

Standard library only, so that it works when an environment is broken.
"""

from __future__ import annotations

import shutil

from local.engine import clear_scratch
from local.home import Home
from local.processes import end


def down(home: Home) -> list[str]:
    """End what runs in ``home`` and forget what was deployed there; what was ended, for people to read."""
    ended = []
    if home.root.is_dir():
        with home.locked():
            state = home.load()
            for name, service in (("engine", state.engine), ("issuer", state.issuer)):
                if service is not None and end(service.process):
                    ended.append(f"{name} of {service.url} (process {service.process.pid})")
            clear_scratch(home)
            shutil.rmtree(home.assembly, ignore_errors=True)
            for file in (home.outputs, home.state_file):
                file.unlink(missing_ok=True)
    return ended
