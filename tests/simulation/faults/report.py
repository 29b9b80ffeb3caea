"""What a run has shown."""

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
        """The numbers of the promises that were broken."""
        self._seen: defaultdict[str, set[int]] = defaultdict(set)
        self._struck: defaultdict[str, set[int]] = defaultdict(set)

    def add(self, verdict: Verdict) -> None:
        """Count a case."""
        journey, blows = verdict.case
        self.violations += len(verdict.violations)
        self.broken |= {violation.partition(":")[0] for violation in verdict.violations}
        self.unfired += len(verdict.unfired)
        if not blows:
            self.alone += 1
            self._seen[journey] |= {made.place for made in verdict.made}
        elif len(blows) > 1:
            self.pairs += 1
        else:
            ((place, kind),) = blows
            self.by_journey[journey] += 1
            self.by_kind[kind] += 1
            if not verdict.unfired:
                self._struck[journey].add(place)

    @property
    def cases(self) -> int:
        """All cases, those without a fault as well."""
        return self.alone + self.by_journey.total() + self.pairs

    @property
    def seen(self) -> int:
        """The calls that the journeys make by themselves."""
        return sum(map(len, self._seen.values()))

    @property
    def covered(self) -> int:
        """Those of them that some fault befell."""
        return sum(len(self._struck[journey] & seen) for journey, seen in self._seen.items())

    @property
    def is_good(self) -> bool:
        """Whether every case went as it should, and no call was left out."""
        return not self.violations and not self.unfired and 0 < self.seen == self.covered

    def lines(self, *, seed: int, seconds: float) -> Iterator[str]:
        """The report, as it is printed."""
        yield "  calls  faults  journey"
        for journey, seen in sorted(self._seen.items()):
            yield f"  {len(seen):5}  {self.by_journey[journey]:6}  {journey}"
        yield ""
        yield "  faults  kind"
        for kind in KINDS:
            yield f"  {self.by_kind[kind.name]:6}  {kind.name}: {kind.meaning}"
        yield ""
        singles = self.by_journey.total()
        yield f"  {self.cases} cases: {self.alone} undisturbed, {singles} single faults, {self.pairs} pairs"
        yield f"  {self.violations} violations, {self.unfired} faults that did not fire"
        yield f"  {self.covered} of {self.seen} calls covered"
        yield f"  seed {seed}, {seconds:.0f} seconds"
