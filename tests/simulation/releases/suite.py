"""Everything that is checked about two releases, and the figures of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from random import Random

from tests.simulation.releases.accepted import Accepted
from tests.simulation.releases.cases import (
    Result,
    common_fields,
    faulty_cases,
    perform,
    undisturbed_cases,
)
from tests.simulation.releases.contract import contract_of, differences
from tests.simulation.releases.crossing import crossed_after, crossed_by_clients
from tests.simulation.releases.mixture import Mixture
from tests.simulation.releases.rules import Finding

CASES_IN_A_ROUND = 3
"""Cases of each journey: at random, an upgrade, a rollback."""

# About as many calls as a short journey has.
_CHOICES = 14


class Report:
    """The figures of a run."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.accepted: list[Accepted] = []
        """Of what was accepted, what was found."""
        self.modes: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.journeys: set[str] = set()
        self.samples = 0
        """Kinds of items, events, messages and inputs that were compared."""

    def add(self, result: Result) -> None:
        """Count a case."""
        self.findings += result.findings
        self.modes[result.case.mode.kind] += 1
        self.journeys.add(result.case.trial.journey)
        self.faults.update(injection.kind for injection in result.case.trial.injections)

    def lines(self, mixed: Mixture, seed: int) -> Iterator[str]:
        """Yields the lines of the printed report."""
        yield "  cases  how the releases shared the calls"
        yield from (f"  {number:5}  {mode}" for mode, number in sorted(self.modes.items()))
        yield "  faults  kind"
        yield from (f"  {number:6}  {kind}" for kind, number in sorted(self.faults.items()))
        served = ", ".join(f"{number} by {name}" for name, number in sorted(mixed.calls.items()))
        yield f"  {self.modes.total()} cases of {len(self.journeys)} journeys, {self.faults.total()} faults"
        yield f"  {mixed.calls.total()} calls of functions: {served}"
        yield f"  {self.samples} kinds of items, events, messages and inputs compared"
        yield f"  {len(self.accepted)} differences that were accepted for this release"
        yield f"  {len(self.findings)} broken rules or guarantees, seed {seed}"


def examine(
    mixed: Mixture,
    journeys: Sequence[str],
    *,
    seed: int,
    rounds: int = 1,
    faults: int = 0,
    accepted: Sequence[Accepted] = (),
    tell: Callable[[Finding], object] = lambda finding: None,
) -> Report:
    """Check two releases: what each writes, what each reads of the other, and orders that both serve.

    `rounds`: how many cases of each journey without faults, in threes; `faults`: how many with a fault;
    `accepted`: differences that are not findings.
    """
    # The cases have to be repeatable, not secret.
    report, rng = Report(), Random(seed)  # noqa: S311
    found = list(crossed_by_clients(mixed))
    earlier = contract_of(
        mixed,
        mixed.earlier,
        journeys,
        lambda journey, samples: found.extend(crossed_after(mixed, journey, samples)),
    )
    later = contract_of(mixed, mixed.later, journeys)
    report.samples = len(earlier.shapes.keys() | later.shapes.keys())
    for finding in (*differences(earlier, later), *found):
        if covering := [each for each in accepted if each.covers(finding)]:
            report.accepted += covering
            continue
        report.findings.append(finding)
        tell(finding)
    published = common_fields(earlier, later)
    undisturbed: list[Result] = []
    for _ in range(rounds):
        undisturbed += [
            perform(mixed, case, published) for case in undisturbed_cases(journeys, _CHOICES, rng)
        ]
    disturbed = (perform(mixed, case, published) for case in faulty_cases(undisturbed, faults, rng))
    for result in (*undisturbed, *disturbed):
        report.add(result)
        for finding in result.findings:
            tell(finding)
    return report
