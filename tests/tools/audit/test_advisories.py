"""What the sources of advisories report fails the audit; a source that is not reachable is named."""

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.synth import PROJECT
from tools.audit.__main__ import advisory_lines
from tools.audit.advisories import (
    LOCKS,
    Advisories,
    python_advisories,
    read_npm_audit,
    read_pip_audit,
)

# As pip-audit 2.10 prints it.
VULNERABLE = {
    "name": "urllib3",
    "version": "1.26.4",
    "vulns": [
        {"id": "PYSEC-2021-108", "fix_versions": ["1.26.5"], "aliases": ["CVE-2021-33503"], "description": ""}
    ],
}
SOUND = {"name": "six", "version": "1.17.0", "vulns": []}
SKIPPED = {"name": "msgspec", "skip_reason": "Dependency not found on PyPI and could not be audited"}

# As npm 10 prints it.
NPM = {
    "vulnerabilities": {
        "yaml": {
            "via": [
                {
                    "name": "yaml",
                    "url": "https://github.com/advisories/GHSA-1111-2222-3333",
                    "range": "<2.2.2",
                }
            ]
        },
        "asl-validator": {"via": ["yaml"]},
    },
    "metadata": {"dependencies": {"total": 40}},
}


class _Service(BaseHTTPRequestHandler):
    """Responds as OSV does ("POST /v1/query"): every version of urllib3 is vulnerable, and nothing else."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))["package"]
        events = [{"introduced": "0"}, {"fixed": "99.0"}]
        ranges = [{"type": "ECOSYSTEM", "events": events}]
        advisory = {
            "id": "GHSA-1111-2222-3333",
            "summary": "",
            "details": "",
            **dict.fromkeys(("modified", "published"), "2026-01-01T00:00:00Z"),
            "affected": [{"package": {"name": "urllib3", "ecosystem": "PyPI"}, "ranges": ranges}],
        }
        body = json.dumps({"vulns": [advisory]} if asked["name"] == "urllib3" else {}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing."""


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a service of advisories on this machine."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with ThreadingHTTPServer(("127.0.0.1", 0), _Service) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v1/query"
        server.shutdown()
        thread.join()


@pytest.mark.slow
def test_every_locked_package_is_asked_about_and_the_vulnerable_one_reported(service: str) -> None:
    found = python_advisories(("osv",), ("--osv-url", service))
    (locked,) = re.findall(r"^urllib3==(\S+)", (PROJECT / "requirements-dev.txt").read_text(), flags=re.M)
    assert found.vulnerable == (f"urllib3 {locked}: GHSA-1111-2222-3333, without it: 99.0",)
    # requirements-dev.txt has about that many, besides those for other platforms.
    assert found.asked > 100


def test_a_vulnerable_python_package_is_named_with_its_advisory_and_fix() -> None:
    found = read_pip_audit(json.dumps({"dependencies": [VULNERABLE, SOUND, SKIPPED]}), "pypi")
    assert found == Advisories(
        "pypi", 2, ("urllib3 1.26.4: PYSEC-2021-108, without it: 1.26.5",), unknown=("msgspec",)
    )


@pytest.mark.parametrize("accepted", ["PYSEC-2021-108", "CVE-2021-33503"])
def test_an_accepted_advisory_is_left_out(accepted: str) -> None:
    output = json.dumps({"dependencies": [VULNERABLE]})
    assert read_pip_audit(output, "pypi", {accepted: "a reason"}).vulnerable == ()


@pytest.mark.parametrize("output", ["", "Traceback", json.dumps({"dependencies": [SKIPPED]})])
def test_a_service_that_knows_no_package_was_not_reached(output: str) -> None:
    """Behind a mirror without advisories, pip-audit ends well and skips every package."""
    assert read_pip_audit(output, "pypi").asked == 0


def test_a_vulnerable_node_package_is_named_once_with_its_advisory() -> None:
    found = read_npm_audit(json.dumps(NPM))
    assert found == Advisories("npm", 40, ("yaml: GHSA-1111-2222-3333, affected: <2.2.2",))
    assert read_npm_audit(json.dumps(NPM), {"GHSA-1111-2222-3333": "a reason"}).vulnerable == ()


@pytest.mark.parametrize("output", ["", json.dumps({"message": "405 Method Not Allowed", "method": "POST"})])
def test_a_registry_without_advisories_was_not_reached(output: str) -> None:
    assert read_npm_audit(output).asked == 0


def test_the_report_says_that_nothing_was_checked() -> None:
    (line,) = advisory_lines("npm audit", Advisories("npm", 0))
    assert "NOT CHECKED" in line


def test_the_report_names_vulnerabilities_and_packages_that_were_not_checked() -> None:
    lines = list(advisory_lines("pip-audit", Advisories("pypi", 2, ("urllib3 ...",), ("msgspec",))))
    assert lines[0].startswith("  ✗ pip-audit")
    assert lines[1].strip() == "urllib3 ..."
    assert "msgspec" in lines[2]


def test_the_locks_of_every_layer_are_checked() -> None:
    names = {lock.parent.name for lock in LOCKS if lock.parent.parent.name == "layers"}
    assert names == {"authoriser", "dependencies", "imaging"}
    assert all(lock.exists() for lock in LOCKS)
