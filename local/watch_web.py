"""What `make watch` does for the web application: a save is built, and open pages load it.

The build takes some seconds, and in this time no other save is brought to the engine.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath

from console.progress import StepFailed
from console.workspace import Workspace
from local import web_build, web_server

FOLDERS = ("web", "clients/typescript")
"""Whose saves are built. `make up` builds what else the application is made of."""


class WebWatch:
    """Keeps what the local server serves on the sources that are saved."""

    def __init__(self, workspace: Workspace, print_line: Callable[[str], None]) -> None:
        self._workspace, self._say = workspace, print_line

    def update(self, *, saved: float | None = None) -> None:
        """Build what is saved, unless it is built, and serve it. If it is invalid, the old one stays.

        `saved` is the time of the save, in seconds since 1970.
        """
        try:
            # Also called for files that the build itself writes, and finds nothing to do.
            folder, _ = web_build.build(self._workspace)
        except StepFailed as error:
            self._say(f"{error}\n  the old web application stays until its sources are valid")
            return
        with self._workspace.locked():
            is_new = web_server.publish_watched(self._workspace, folder)
        if is_new:
            since = (
                "to catch up with earlier saves"
                if saved is None
                else f"{time.time() - saved:.1f} s after the save"
            )
            self._say(f"✓ web: open pages load the new build, {since}")

    def end(self) -> None:
        """Let open pages no longer ask for another build."""
        # Missing after `make down`.
        if self._workspace.web.exists():
            with self._workspace.locked():
                web_server.end_watching(self._workspace)


def of_web(saved: Iterable[Path], root: Path) -> list[Path]:
    """Returns those of the saved files below `root` that the web application is built of."""
    return [file for file in saved if is_of_web(PurePosixPath(file.relative_to(root).as_posix()))]


def is_of_web(path: PurePosixPath) -> bool:
    """Whether a path, relative to the project, is below one of the folders."""
    return any(path.is_relative_to(folder) for folder in FOLDERS)
