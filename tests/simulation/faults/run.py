"""The run: every journey without faults, every single fault, and then pairs until the time is up."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import islice
from random import Random
from typing import NamedTuple

from tests.simulation.faults.report import Report
from tests.simulation.faults.trial import Case, Injection, Verdict, single_fault_cases

# The run prints its progress after so many cases.
_ROUND = 1000

Perform = Callable[[Iterable[Case]], Iterable[Verdict]]


class Run(NamedTuple):
    """The settings of a run."""

    perform: Perform
    tell: Callable[[Verdict], object]
    """Gets every verdict."""
    say: Callable[[str], object]
    """Gets a line of progress."""
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
        # In the order of the journeys, whichever worker was first.
        cases = [case for journey in journeys for case in single_fault_cases(alone[journey], kinds)]
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
    """Yields pairs without end: a single fault, and another one at a later call.

    The calls after the first fault are known from its own case, so that the second fault must fire too.
    """
    # The pairs have to be repeatable, not secret.
    rng = Random(seed)  # noqa: S311
    candidates = [verdict for verdict in single if _after(verdict)]
    while candidates:
        verdict = rng.choice(candidates)
        second = rng.choice(_after(verdict))
        yield Case(verdict.case.journey, (*verdict.case.injections, second))


def _after(verdict: Verdict) -> list[Injection]:
    """Returns the faults at later calls, except calls at which the first fault is injected again."""
    (first,) = verdict.case.injections
    injected = next(made for made in verdict.made if made.place == first.place)
    return [
        Injection(made.place, kind)
        for made in verdict.made
        if made.place > first.place and not (first.kind == "keeps-failing" and made[1:3] == injected[1:3])
        for kind in made.kinds
    ]


def _while(has_time: Callable[[], bool], cases: Iterator[Case]) -> Iterator[Case]:
    while has_time():
        yield next(cases)
