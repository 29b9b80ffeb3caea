"""Runs Schemathesis: its configuration, and what it reports."""

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

# The number of scenarios that follow links, for each example of an operation.
_WALKS_PER_EXAMPLE = 4
# Schemathesis ends a round of scenarios early when the API's responses to the same request differ, as they do
# while orders are processed. The next round has another seed.
_MAX_ROUNDS = 8

# `continue-on-failure`: a failure of an operation does not hide its other failures.
# `validate-formats`: a value that the description calls a time or a UUID must be one.
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
    """The API, the callers and the size of a run; its reports are written to `folder`."""

    api: str
    identities: Mapping[str, str]
    """Tokens by name. The first one sends the requests; no other may read its data."""
    sold: Sequence[str]
    """SKUs that can be ordered."""
    seed: int
    examples: int
    """The maximum number of cases for each operation in the fuzzing phase."""
    folder: Path


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The combined result of one or several runs."""

    passed: bool
    output: str
    """All output, including a command that reproduces each failure."""
    operations: int
    tested: int
    phases: frozenset[str]
    """The phases that ran."""
    cases: int
    declared_links: int
    links: frozenset[str]
    """The links that were followed, with values of the earlier response."""
    passed_over: Counter[str]
    """The number of ignored findings, by the name in `limits.LIMITS`."""

    def and_then(self, later: "Outcome") -> "Outcome":
        """Both runs together. The later one has only the stateful phase."""
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


def fuzz(what: Fuzzing, required_links: frozenset[str]) -> Outcome:
    """Run all checks in all phases, then further stateful phases until the required links were followed."""
    outcome = _run(what, what.seed, PHASES)
    for number in range(1, _MAX_ROUNDS):
        if not outcome.passed or required_links <= outcome.links:
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
        walks=what.examples * _WALKS_PER_EXAMPLE,
    )


def _identity(name: str, token: str) -> dict[str, Any]:
    return {"name": name, "fixedHeaders": [{"name": "Authorization", "value": f"Bearer {token}"}]}


def _environment() -> dict[str, str]:
    """The environment of this process without proxies, because the API is on loopback."""
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
