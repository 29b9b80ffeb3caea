"""Checks of the effect of switching a guard off."""

from collections.abc import Sequence

from ordering.guards import Guard
from tests.simulation.guards.expectations.expectation import NeededGuard, RedundantGuard
from tests.simulation.guards.switching import switched_off
from tests.simulation.guards.trial import S, Trial


def check_needed(expected: NeededGuard[S], system: S) -> list[str]:
    """Returns what is violated without the guards, in a few lines. Raises AssertionError if nothing is.

    With every guard on, the same trial violates nothing, so the missing guard is the cause and not the trial.
    If a second guard protects the same guarantee, either of the two alone is sufficient.
    """
    trial, broken = _first_that_breaks(expected, system)
    intact: list[Sequence[Guard]] = [(), *((expected.off, expected.behind) if expected.behind else ())]
    for guards in intact:
        with switched_off(*guards, system=system):
            found = trial.perform(system)
        assert not found, f"{trial.name}, without {names(guards) or 'nothing'}: {found}"
    alone = []
    if expected.behind:
        alone = [f"    alone it is not needed: {expected.because}; without {names(expected.behind)} as well:"]
    return [f"{expected.name} ({names(expected.off)})", *alone, f"    {broken}", f"    ({trial.name})"]


def check_redundant(expected: RedundantGuard[S], system: S) -> list[str]:
    """Returns why nothing is violated without the guards. Raises AssertionError if anything is."""
    trials = list(expected.search(system))
    assert trials
    for guards in ((), expected.off):
        with switched_off(*guards, system=system):
            for trial in trials:
                found = trial.perform(system)
                assert not found, f"{trial.name}: {found}"
    return [f"{expected.name} ({names(expected.off)})", f"    no guarantee breaks: {expected.because}"]


def names(guards: Sequence[Guard]) -> str:
    """Returns the names of guards, as in the code."""
    return ", ".join(guard.name for guard in guards)


def _first_that_breaks(expected: NeededGuard[S], system: S) -> tuple[Trial[S], str]:
    """Returns the first trial that breaks anything, and how it breaks the expected guarantee."""
    trials = list(expected.search(system))
    with switched_off(*expected.off, *expected.behind, system=system):
        for trial in trials:
            found = trial.perform(system)
            if found:
                broken = [each for each in found if each.startswith(f"{expected.breaks}: ")]
                assert broken, f"{trial.name}: not guarantee {expected.breaks}, but {found}"
                return trial, broken[0]
    raise AssertionError(f"nothing broke in {len(trials)} trials: {[trial.name for trial in trials]}")
