"""Ending a local run: only what it started, and nothing left behind but its logs and its key.

Standard library only, so that it works when an environment is broken.
"""

from __future__ import annotations

from local.home import ENGINE, ISSUER, JANITOR, Home
from local.processes import end, end_marked
from local.rubbish import discard


def down(home: Home) -> list[str]:
    """End what runs in ``home`` and forget what was deployed there; what was ended, for people to read."""
    ended = []
    if home.root.is_dir():
        with home.locked():
            state = home.load()
            for name, service in (("engine", state.engine), ("issuer", state.issuer)):
                if service is not None and end(service.process):
                    ended.append(f"{name} of {service.url} (process {service.process.pid})")
            # Whatever the state does not tell of: it may be torn, or a command was interrupted.
            ended += [
                f"{role} that no record told of" for role in (ENGINE, ISSUER) if end_marked(home.root, role)
            ]
            end_marked(home.root, JANITOR)
            for folder in (home.scratch, home.assembly, home.of_cdk):
                discard(folder)
            for file in (home.outputs, home.state_file):
                file.unlink(missing_ok=True)
    return ended
