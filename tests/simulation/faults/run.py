"""The run: every journey undisturbed, every single fault, and then pairs until the time is up."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import islice
from random import Random
from typing import NamedTuple

from tests.simulation.faults.report import Report
from tests.simulation.faults.trial import Blow, Case, Verdict, singles

# After so many cases the run says that it is alive.
_ROUND = 1000

Perform = Callable[[Iterable[Case]], Iterable[Verdict]]


class Run(NamedTuple):
    """How a run is made."""

    perform: Perform
    tell: Callable[[Verdict], object]
    """Hears of every verdict."""
    say: Callable[[str], object]
    """Hears what is done next."""
    seed: int

    def go(
        self,
        journeys: Sequence[str],
        kinds: Collection[str],
        *,
        pairs: int | None,
        there_is_time: Callable[[], bool] = lambda: True,
    ) -> Report:
        """Run every single fault of these kinds, and `pairs` (None: as many as there is time for)."""
        report = Report()

        def perform(cases: Iterable[Case]) -> Iterator[Verdict]:
            for verdict in self.perform(cases):
                report.add(verdict)
                self.tell(verdict)
                if report.cases % _ROUND == 0:
                    self.say(f"{report.cases} cases, {report.violations} violations")
                yield verdict

        alone = {verdict.case.journey: verdict for verdict in perform(map(Case, journeys))}
        # In the order of the journeys, whichever worker came first.
        cases = [case for journey in journeys for case in singles(alone[journey], kinds)]
        self.say(f"{report.seen} calls in {len(journeys)} journeys: {len(cases)} single faults")
        made = {verdict.case: verdict for verdict in perform(cases)}
        wanted = sampled_pairs([made[case] for case in cases], self.seed)
        self.say(f"{'as many as there is time for' if pairs is None else pairs} pairs, by seed {self.seed}")
        if pairs is None:
            wanted = _while(there_is_time, wanted)
        for _ in perform(islice(wanted, pairs)):
            pass
        return report


def sampled_pairs(single: Sequence[Verdict], seed: int) -> Iterator[Case]:
    """Pairs without end: a single fault, and another at a call that is made after it.

    What comes after the first fault is known from having tried it, so that the second must fire too.
    """
    # Which pairs are drawn is to be repeatable, not secret.
    lots = Random(seed)  # noqa: S311
    candidates = [verdict for verdict in single if _after(verdict)]
    while candidates:
        verdict = lots.choice(candidates)
        second = lots.choice(_after(verdict))
        yield Case(verdict.case.journey, (*verdict.case.blows, second))


def _after(verdict: Verdict) -> list[Blow]:
    """What can befall the calls behind the first fault, but for those that this one befalls as well."""
    (first,) = verdict.case.blows
    struck = next(made for made in verdict.made if made.place == first.place)
    return [
        Blow(made.place, kind)
        for made in verdict.made
        if made.place > first.place and not (first.kind == "keeps-failing" and made[1:3] == struck[1:3])
        for kind in made.kinds
    ]


def _while(going_on: Callable[[], bool], cases: Iterator[Case]) -> Iterator[Case]:
    while going_on():
        yield next(cases)
