"""Compiles every requirements.in, and package.json, into its lock file: what `make lock` runs.

The locks name packages, versions and the hashes of every published file, for any platform and any Python that
the project runs on, and no registry.
"""

from __future__ import annotations

from collections.abc import Sequence

from console.progress import step
from console.shell_environment import for_downloads
from local.installer import run
from local.toolchains import CACHE, LOCAL, ROOT, installed_uv, require_node

EVERY = "all"
"""Means all packages, in a list of packages to upgrade."""

_OPTIONS = ("--quiet", "--generate-hashes", "--universal", "--python-version", "3.11")
# Further indexes and local folders would add the hashes of their own files, or hide the published ones. An
# index in the place of the public one is a mirror of it, and may be the only one that can be reached.
_PRIVATE = ("UV_INDEX", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS", "UV_NO_INDEX")


def sources() -> list[str]:
    """Returns the source files in the order in which one constrains the next: deployed packages first."""
    layers = sorted(str(source.relative_to(ROOT)) for source in ROOT.glob("layers/*/requirements.in"))
    tools = sorted(str(source.relative_to(ROOT)) for source in ROOT.glob("local/requirements*.in"))
    return [*layers, "requirements.in", "requirements-dev.in", *tools]


def compile_all(upgrade: Sequence[str] = ()) -> None:
    """Rewrite every lock file, with its present versions where its sources allow them.

    ``upgrade`` names the packages to upgrade to their newest version, or EVERY. Raises StepFailed.
    """
    log = LOCAL / "logs" / "lock.log"
    log.unlink(missing_ok=True)
    uv = installed_uv()
    public = {name: value for name, value in uv.environment.items() if name not in _PRIVATE}
    raised = [option for name in upgrade for option in _raising(name)]
    for source in sources():
        with step(source.removesuffix("requirements.in").rstrip("/") or "project") as progress:
            progress.note = lock = source.removesuffix(".in") + ".txt"
            command = (str(uv.program), "pip", "compile", *_OPTIONS, *raised)
            written = ("--custom-compile-command", "make lock", "--output-file", lock)
            run([*command, *written, source], cwd=ROOT, env=public, log=log)
    with step("CDK command line") as progress:
        progress.note = "package-lock.json"
        require_node()
        run(["npm", "install", "--package-lock-only"], cwd=ROOT, env=for_downloads(CACHE), log=log)


def _raising(name: str) -> tuple[str, ...]:
    return ("--upgrade",) if name == EVERY else ("--upgrade-package", name)
