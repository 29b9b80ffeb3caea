"""Audits the synthesised stages, and prints a line for each checker.

    make synth STAGE=dev && .venv/bin/python -m tools.audit dev

The exit status is 1 if the audit fails.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from local.toolchains import CHECKOV, ROOT, prepare
from stacks.acceptances import Checker
from tools.audit import advisories, cfn_lint, checkov, policies, state_machines
from tools.audit.templates import Finding, Template, Verdict, accepted_in, judge, load

Check = Callable[[Sequence[Template]], list[Finding]]

_CHECKS: tuple[tuple[str, Check, Checker | None], ...] = (
    ("cfn-lint", cfn_lint.check, Checker.CFN_LINT),
    ("checkov", checkov.check, Checker.CHECKOV),
    ("parliament", policies.check, Checker.PARLIAMENT),
    ("asl-validator", state_machines.check, None),
)
_ADVISORIES = (
    ("pip-audit", advisories.python_advisories),
    ("npm audit", advisories.node_advisories),
)
_STAGES = ("dev", "staging", "prod")


def verdict_lines(name: str, verdict: Verdict) -> Iterator[str]:
    """Yields a line with the counts, then what must be fixed, then what is accepted, with the reasons."""
    mark = "✓" if verdict.passed else "✗"
    counts = f"{len(verdict.unexplained)} unexplained, {verdict.accepted.total()} accepted"
    yield f"  {mark} {name:14} {counts}"
    for finding in verdict.unexplained:
        yield f"      {finding}"
    for rule, reason in verdict.unneeded:
        yield f'      remove the acceptance of {rule} ("{reason}"): there is no such finding any more'
    for (rule, reason), count in sorted(verdict.accepted.items()):
        yield f"      {count:4} x {rule}: {reason}"


def advisory_lines(name: str, found: advisories.Advisories) -> Iterator[str]:
    """Yields a line with the counts, then the vulnerabilities."""
    if not found.asked:
        yield f"  - {name:14} NOT CHECKED: no source of advisories can be reached ({found.source})"
        return
    mark = "✗" if found.vulnerable else "✓"
    counts = f"{len(found.vulnerable)} vulnerabilities in {found.asked} packages"
    yield f"  {mark} {name:14} {counts} ({found.source})"
    for line in found.vulnerable:
        yield f"      {line}"
    if found.unknown:
        yield f"      not checked, because {found.source} does not know them: {', '.join(found.unknown)}"


def main(stages: Sequence[str]) -> int:
    """Print the report; returns the exit status."""
    began = time.monotonic()
    templates = load(stages)
    prepare(CHECKOV)
    failed = False
    print(f"{len(templates)} templates of {', '.join(stages)}:")
    with ThreadPoolExecutor() as threads:
        checked = [(name, checker, threads.submit(check, templates)) for name, check, checker in _CHECKS]
        asked = [(name, threads.submit(ask)) for name, ask in _ADVISORIES]
        # All stages have the same resources; the last one is the most protected.
        conformance = threads.submit(_conformance, stages[-1])
        for name, checker, future in checked:
            try:
                findings = future.result()
            except (RuntimeError, LookupError) as error:
                print(f"  ✗ {name:14} {error}")
                failed = True
                continue
            verdict = judge(findings, accepted_in(templates, checker) if checker else ())
            failed |= not verdict.passed
            _print(verdict_lines(name, verdict))
        for name, pending in asked:
            found = pending.result()
            failed |= bool(found.vulnerable)
            _print(advisory_lines(name, found))
        print(f"  - {'NIST and PCI':14} a report on stage {stages[-1]}, which fails nothing")
        _print(f"      {line}" for line in conformance.result().splitlines())
    print(f"  {'failed' if failed else 'passed'} in {time.monotonic() - began:.0f} s")
    return int(failed)


def _conformance(stage: str) -> str:
    """Returns the report of a synthesis in a process of its own: CDK starts one, and this one has threads."""
    return subprocess.run(
        [sys.executable, "-m", "tools.audit.conformance", stage],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def _print(lines: Iterator[str]) -> None:
    for line in lines:
        print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or _STAGES))
