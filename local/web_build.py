"""The build of the web application for a local run (``stacks.web_build``)."""

from __future__ import annotations

import sys
from pathlib import Path

from console.progress import StepFailed
from console.shell_environment import for_downloads
from console.workspace import Workspace
from local import commands
from local.toolchains import CACHE, ROOT


def build(workspace: Workspace) -> tuple[Path, str]:
    """Build the application unless it is built; returns its folder, and what was done. Raises StepFailed."""
    log = workspace.logs / "web-build.log"
    log.unlink(missing_ok=True)
    lines: list[str] = []
    command = [sys.executable, "-m", "stacks.web_build"]
    status = commands.run(command, cwd=ROOT, env=for_downloads(CACHE), log=log, listen=lines.append)
    # `built .build/web/…` or `unchanged .build/web/…`.
    done, _, folder = (lines[-1].strip() if lines else "").partition(" ")
    if status != 0 or not folder:
        raise StepFailed(
            f"the web application was not built: status {status}",
            "fix what the lines above name, then run `make up` again",
            log,
        )
    return ROOT / folder, done
