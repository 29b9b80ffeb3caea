"""The result of a run."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from tests.simulation.faults.kinds import KINDS
from tests.simulation.faults.trial import Verdict


class Report:
    """Counts the verdicts of a run."""

    def __init__(self) -> None:
        self.by_journey: Counter[str] = Counter()
        self.by_kind: Counter[str] = Counter()
        """Single faults."""
        self.alone = self.pairs = self.violations = self.unfired = 0
        self.broken: set[str] = set()
        """The numbers of the guarantees that were broken."""
        self._seen: defaultdict[str, set[int]] = defaultdict(set)
        self._struck: defaultdict[str, set[int]] = defaultdict(set)

    def add(self, verdict: Verdict) -> None:
        """Count a case."""
        journey, injections = verdict.case
        self.violations += len(verdict.violations)
        self.broken |= {violation.partition(":")[0] for violation in verdict.violations}
        self.unfired += len(verdict.unfired)
        if not injections:
            self.alone += 1
            self._seen[journey] |= {made.place for made in verdict.made}
        elif len(injections) > 1:
            self.pairs += 1
        else:
            ((place, kind),) = injections
            self.by_journey[journey] += 1
            self.by_kind[kind] += 1
            if not verdict.unfired:
                self._struck[journey].add(place)

    @property
    def cases(self) -> int:
        """All cases, including those without a fault."""
        return self.alone + self.by_journey.total() + self.pairs

    @property
    def seen(self) -> int:
        """The calls that undisturbed journeys make."""
        return sum(map(len, self._seen.values()))

    @property
    def covered(self) -> int:
        """The number of those at which a fault was injected."""
        return sum(len(self._struck[journey] & seen) for journey, seen in self._seen.items())

    @property
    def is_good(self) -> bool:
        """Whether no case failed, and every call was covered."""
        return not self.violations and not self.unfired and 0 < self.seen == self.covered

    def lines(self, *, seed: int, seconds: float) -> Iterator[str]:
        """Yields the lines of the printed report."""
        yield "  calls  faults  journey"
        for journey, seen in sorted(self._seen.items()):
            yield f"  {len(seen):5}  {self.by_journey[journey]:6}  {journey}"
        yield ""
        yield "  faults  kind"
        for kind in KINDS:
            yield f"  {self.by_kind[kind.name]:6}  {kind.name}: {kind.meaning}"
        yield ""
        single = self.by_journey.total()
        yield f"  {self.cases} cases: {self.alone} undisturbed, {single} single faults, {self.pairs} pairs"
        yield f"  {self.violations} violations, {self.unfired} faults that did not fire"
        yield f"  {self.covered} of {self.seen} calls covered"
        yield f"  seed {seed}, {seconds:.0f} seconds"
