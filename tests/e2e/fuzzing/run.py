"""Running Schemathesis: what it is told, and what it reports."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.toolchains import ROOT
from tests.e2e.fuzzing import hooks

_SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
PHASES = ("examples", "coverage", "fuzzing", "stateful")

# How many walks along the links for each example of an operation.
_WALKS = 4
# A round of walks ends early when the API answers otherwise than it did before, as one with orders under
# way must. The next round begins with another seed.
_MOST_ROUNDS = 8

# `continue-on-failure`: one failure of an operation does not hide another one.
# `validate-formats`: what the description calls a time or a UUID has to be one.
_CONFIGURATION = """\
seed = {seed}
hooks = "{hooks}"
continue-on-failure = true
request-timeout = 240
max-redirects = 0

[auth.wfc]
path = {identities}
peers = {peers}

[generation]
database = "none"
max-examples = {examples}

[phases.stateful]
max-steps = 12

[phases.stateful.generation]
max-examples = {walks}

[checks.response_schema_conformance]
validate-formats = true

[warnings]
fail-on = ["missing_auth", "method_not_allowed", "unsupported_regex"]

[cache]
enabled = false
"""


@dataclass(frozen=True, kw_only=True)
class Fuzzing:
    """Whom Schemathesis calls, as whom, and how often; its reports are written to `folder`."""

    api: str
    identities: Mapping[str, str]
    """Names and tokens: the first calls, and none may read what belongs to another."""
    sold: Sequence[str]
    """SKUs that can be ordered."""
    seed: int
    examples: int
    """How many cases each operation gets at most in the fuzzing phase."""
    folder: Path


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What one run or several report."""

    passed: bool
    output: str
    """All that was printed, the command for each failure among it."""
    operations: int
    tested: int
    phases: frozenset[str]
    """The phases that ran."""
    cases: int
    declared_links: int
    links: frozenset[str]
    """Those that were followed, with what the answer before had said."""
    passed_over: Counter[str]
    """The names of `limits.LIMITS` → how many findings fell under each."""

    def and_then(self, later: "Outcome") -> "Outcome":
        """Both together; the later one has walked only."""
        return Outcome(
            passed=self.passed and later.passed,
            output=self.output + later.output,
            operations=self.operations,
            tested=self.tested,
            phases=self.phases | later.phases,
            cases=self.cases + later.cases,
            declared_links=self.declared_links,
            links=self.links | later.links,
            passed_over=self.passed_over + later.passed_over,
        )

    def __str__(self) -> str:
        return (
            f"{self.cases} cases in the phases {', '.join(PHASES)}: {'passed' if self.passed else 'FAILED'}, "
            f"{self.tested} of {self.operations} operations, {len(self.links)} links followed "
            f"({self.declared_links} are declared)"
        )


def fuzz(what: Fuzzing, until_followed: frozenset[str]) -> Outcome:
    """Every check in every phase, against the API's own description; then more walks until these links were
    followed.
    """
    outcome = _run(what, what.seed, PHASES)
    for number in range(1, _MOST_ROUNDS):
        if not outcome.passed or until_followed <= outcome.links:
            break
        outcome = outcome.and_then(_run(what, what.seed + number, ["stateful"]))
    return outcome


def _run(what: Fuzzing, seed: int, phases: Sequence[str]) -> Outcome:
    folder = what.folder / str(seed)
    folder.mkdir()
    configuration, passed_over = folder / "schemathesis.toml", folder / "passed-over"
    summary, events = folder / "summary.json", folder / "events.ndjson"
    configuration.write_text(_configuration(what, seed, folder))
    passed_over.touch()
    finished = subprocess.run(
        [
            *(str(_SCHEMATHESIS), "--config-file", str(configuration)),
            *("run", f"{what.api}/openapi.json", "--url", what.api, "--no-color"),
            *("--phases", ",".join(phases)),
            *("--report-json-path", str(summary), "--report-ndjson-path", str(events)),
        ],
        cwd=ROOT,
        env=_environment() | {hooks.PASSED_OVER: str(passed_over), hooks.SOLD: json.dumps(list(what.sold))},
        capture_output=True,
        text=True,
        check=False,
    )
    if not summary.exists():
        raise AssertionError(f"Schemathesis did not run:\n{finished.stdout}\n{finished.stderr}")
    report = json.loads(summary.read_text())
    return Outcome(
        passed=finished.returncode == 0,
        output=finished.stdout + finished.stderr,
        operations=report["operations"]["total"],
        tested=report["operations"]["tested"],
        phases=frozenset(name for name, phase in report["phases"].items() if phase["status"] == "success"),
        cases=report["test_cases"]["generated"],
        declared_links=_declared_links(events),
        links=frozenset(_followed(events)),
        passed_over=Counter(passed_over.read_text().splitlines()),
    )


def _configuration(what: Fuzzing, seed: int, folder: Path) -> str:
    identities = folder / "identities.json"
    identities.write_text(json.dumps({"auth": [_identity(*each) for each in what.identities.items()]}))
    return _CONFIGURATION.format(
        seed=seed,
        hooks=hooks.__name__,
        identities=json.dumps(str(identities)),
        peers=json.dumps(list(what.identities)),
        examples=what.examples,
        walks=what.examples * _WALKS,
    )


def _identity(name: str, token: str) -> dict[str, Any]:
    return {"name": name, "fixedHeaders": [{"name": "Authorization", "value": f"Bearer {token}"}]}


def _environment() -> dict[str, str]:
    """The caller's, without its proxies: what it talks to is on loopback."""
    return {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}


def _events(log: Path, kind: str) -> Iterator[Any]:
    with log.open() as lines:
        for line in lines:
            event = json.loads(line)
            if kind in event:
                yield event[kind]


def _declared_links(log: Path) -> int:
    (loaded,) = _events(log, "LoadingFinished")
    number: int = loaded["statistic"]["transitions"]["total"]
    return number


def _followed(log: Path) -> Iterator[str]:
    for scenario in _events(log, "ScenarioFinished"):
        for case in scenario["recorder"].get("cases", {}).values():
            if case["is_transition_applied"]:
                yield case["transition"]["id"]
