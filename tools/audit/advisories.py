"""Known vulnerabilities of the locked packages: pip-audit and npm audit.

Both ask a service, which may be unreachable, for instance behind a mirror of a package index. Then the audit
reports this and continues. Every vulnerability that a service reports fails the audit.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from console.shell_environment import for_downloads
from local.toolchains import CACHE, ROOT

# The packages that are deployed, and those that run with a contributor's credentials. The engine and checkov
# are left out: they choose the versions in their own environments, and get no credentials.
LOCKS = (*sorted(ROOT.glob("layers/*/requirements.txt")), ROOT / "requirements-dev.txt")

# Advisory → why it does not affect this project. Remove an entry with the next version of the package.
ACCEPTED: Mapping[str, str] = {}

# The services that pip-audit asks, in this order.
_SERVICES = ("pypi", "osv")
_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Advisories:
    """The advisories that a service has about the packages."""

    source: str
    asked: int
    """How many packages it was asked about and knows; 0 if it is not reachable."""
    vulnerable: tuple[str, ...] = ()
    """One line for each vulnerability: the package, the advisory, and the versions without it."""
    unknown: tuple[str, ...] = ()
    """Packages that the service does not know."""


def python_advisories(services: Sequence[str] = _SERVICES, options: Sequence[str] = ()) -> Advisories:
    """Returns the advisories of the first service that is reachable. `options` are pip-audit's."""
    for service in services:
        command = [sys.executable, "-m", "pip_audit", "--vulnerability-service", service]
        # The lock files are complete, so pip-audit need not install or resolve anything.
        command += ["--disable-pip", "--require-hashes", "--format", "json", "--progress-spinner", "off"]
        command += options
        for lock in LOCKS:
            command += ["--requirement", str(lock)]
        advisories = read_pip_audit(_output(command), service)
        if advisories.asked:
            return advisories
    return Advisories(" and ".join(services), 0)


def node_advisories() -> Advisories:
    """Returns the advisories of npm's registry."""
    return read_npm_audit(_output(["npm", "audit", "--json"]))


def read_pip_audit(output: str, service: str, accepted: Mapping[str, str] = ACCEPTED) -> Advisories:
    """Returns the report that pip-audit has printed. Any other output counts as: not reachable."""
    try:
        packages: Sequence[Mapping[str, Any]] = json.loads(output)["dependencies"]
    except (ValueError, LookupError):
        return Advisories(service, 0)
    return Advisories(
        service,
        sum("vulns" in each for each in packages),
        tuple(
            f"{each['name']} {each['version']}: {found['id']}, without it: "
            f"{', '.join(found['fix_versions']) or 'no version'}"
            for each in packages
            for found in each.get("vulns", ())
            if not accepted.keys() & {found["id"], *found["aliases"]}
        ),
        tuple(each["name"] for each in packages if "skip_reason" in each),
    )


def read_npm_audit(output: str, accepted: Mapping[str, str] = ACCEPTED) -> Advisories:
    """Returns the report that npm audit has printed. Any other output counts as: not reachable."""
    try:
        report = json.loads(output)
        asked = report["metadata"]["dependencies"]["total"]
    except (ValueError, LookupError):
        return Advisories("npm", 0)
    # A vulnerable package has the advisory; a package that only depends on it has the vulnerable one's name.
    found = {
        f"{via['name']}: {via['url'].rpartition('/')[2]}, affected: {via['range']}"
        for each in report["vulnerabilities"].values()
        for via in each["via"]
        if isinstance(via, dict) and via["url"].rpartition("/")[2] not in accepted
    }
    return Advisories("npm", asked, tuple(sorted(found)))


def _output(command: Sequence[str]) -> str:
    """Returns what a command prints, whatever its status; empty if it takes too long."""
    try:
        return subprocess.run(
            command,
            cwd=ROOT,
            env=for_downloads(CACHE),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=_SECONDS,
        ).stdout
    except subprocess.TimeoutExpired:
        return ""
