"""What `make watch` does for the web application: it builds each save, and open pages reload.

The build takes some seconds. During this time, no other saved code is brought to the engine.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath

from console.progress import StepFailed
from console.workspace import Workspace
from local import web_build, web_server

FOLDERS = ("web", "clients/typescript")
"""The folders whose saves are built. Changes of other sources are built by `make up`."""


class WebWatch:
    """Keeps the files that the local server serves up to date with the saved sources."""

    def __init__(self, workspace: Workspace, print_line: Callable[[str], None]) -> None:
        self._workspace, self._say = workspace, print_line

    def update(self, *, saved: float | None = None) -> None:
        """Build the saved sources if they have changed, and serve them; if invalid, keep the old build.

        `saved` is the time of the save, in seconds since 1970.
        """
        try:
            # This is also called for files that the build itself writes. Then there is nothing to do.
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
        """Tell open pages to stop asking for another build."""
        # The folder is missing after `make down`.
        if self._workspace.web.exists():
            with self._workspace.locked():
                web_server.end_watching(self._workspace)


def of_web(saved: Iterable[Path], root: Path) -> list[Path]:
    """Returns the saved files below `root` from which the web application is built."""
    return [file for file in saved if is_of_web(PurePosixPath(file.relative_to(root).as_posix()))]


def is_of_web(path: PurePosixPath) -> bool:
    """Whether a path, relative to the project, is below one of the folders."""
    return any(path.is_relative_to(folder) for folder in FOLDERS)
