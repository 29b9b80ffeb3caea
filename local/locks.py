"""Compiles every requirements.in, and package.json, into its lock file: what `make lock` runs.

The locks name packages, versions and the hashes of every published file, for any platform, and no registry.
"""

from __future__ import annotations

import os
import sys

from console.progress import StepFailed, step
from console.shell_environment import for_downloads
from local import commands
from local.environments import CACHE, LOCAL, ROOT, require_node

_PIP_TOOLS = "pip-tools==7.6.2"
_OPTIONS = (
    *("--quiet", "--generate-hashes", "--allow-unsafe", "--strip-extras"),
    *("--no-emit-index-url", "--no-emit-find-links", "--no-emit-trusted-host"),
)


def _sources() -> list[str]:
    """In the order in which one constrains the next: what is deployed decides."""
    layers = sorted(str(source.relative_to(ROOT)) for source in ROOT.glob("layers/*/requirements.in"))
    return [*layers, "requirements.in", "requirements-dev.in", "local/requirements.in"]


def compile_all() -> None:
    """Write every lock file anew, at the newest versions the sources admit.

    Raises StepFailed when a tool does.
    """
    log = LOCAL / "logs" / "lock.log"
    # Extra indexes and local wheels would add their own files' hashes, or hide the published ones.
    private = {"PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_INDEX_URL"}
    clean = {name: value for name, value in for_downloads(CACHE).items() if name not in private}
    clean |= {"PIP_CONFIG_FILE": os.devnull, "CUSTOM_COMPILE_COMMAND": "make lock"}

    def run(*command: str) -> None:
        status = commands.run(command, cwd=ROOT, env=clean, log=log)
        if status != 0:
            raise StepFailed(f"{command[0]} ended with status {status}", "see the lines above", log)

    log.unlink(missing_ok=True)
    tools = LOCAL / "lock-venv"
    with step("pip-tools"):
        run(sys.executable, "-m", "venv", "--clear", str(tools))
        run(str(tools / "bin" / "python"), "-m", "pip", "install", "--quiet", _PIP_TOOLS)
    for source in _sources():
        with step(source.removesuffix("requirements.in").rstrip("/") or "project") as progress:
            progress.note = lock = source.removesuffix(".in") + ".txt"
            run(str(tools / "bin" / "pip-compile"), *_OPTIONS, "--upgrade", "--output-file", lock, source)
    with step("CDK command line") as progress:
        progress.note = "package-lock.json"
        require_node()
        run("npm", "install", "--package-lock-only")
