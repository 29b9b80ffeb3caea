"""Compiles every requirements.in, and package.json, into its lock file: what `make lock` runs.

The locks name packages, versions and the hashes of every published file, for any platform, and no registry.
"""

from __future__ import annotations

import os
import subprocess
import sys

from local.environments import LOCAL, ROOT, require_node
from local.steps import StepFailed, report, step

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
    log.parent.mkdir(parents=True, exist_ok=True)
    # Extra indexes and local wheels would add their own files' hashes, or hide the published ones.
    private = {"PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_INDEX_URL"}
    clean = {name: value for name, value in os.environ.items() if name not in private}
    clean |= {"PIP_CONFIG_FILE": os.devnull, "CUSTOM_COMPILE_COMMAND": "make lock"}

    def run(*command: str) -> None:
        with log.open("a") as output:
            ran = subprocess.run(
                command, cwd=ROOT, env=clean, stdout=output, stderr=subprocess.STDOUT, check=False
            )
        if ran.returncode != 0:
            raise StepFailed(f"{command[0]} ended with status {ran.returncode}", "see the lines above", log)

    log.write_text("")
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


if __name__ == "__main__":
    try:
        compile_all()
    except StepFailed as failure:
        report(failure)
        sys.exit(1)
