"""Whether a guard is missed when it is off."""

from collections.abc import Sequence

from ordering.guards import Guard
from tests.simulation.guards.expectations.expectation import NeededGuard, RedundantGuard
from tests.simulation.guards.switching import switched_off
from tests.simulation.guards.trial import S, Trial


def missed(expected: NeededGuard[S], stage: S) -> list[str]:
    """Returns what is broken without the guards, in a few lines. Raises AssertionError if nothing is.

    The same take is performed with every guard in place, and there it breaks nothing: so it is the guard that
    is missed, and not the take that is wrong. Where there is another guard behind it, either of the two by
    itself breaks nothing.
    """
    take, broken = _first_that_breaks(expected, stage)
    intact: list[Sequence[Guard]] = [(), *((expected.off, expected.behind) if expected.behind else ())]
    for guards in intact:
        with switched_off(*guards, stage=stage):
            found = take.perform(stage)
        assert not found, f"{take.name}, without {names(guards) or 'nothing'}: {found}"
    alone = []
    if expected.behind:
        alone = [f"    by itself it is not missed: {expected.because}; without {names(expected.behind)} too,"]
    return [f"{expected.name} ({names(expected.off)})", *alone, f"    {broken}", f"    ({take.name})"]


def spared(expected: RedundantGuard[S], stage: S) -> list[str]:
    """Returns why nothing is broken without the guards. Raises AssertionError if anything is."""
    takes = list(expected.search(stage))
    assert takes
    for guards in ((), expected.off):
        with switched_off(*guards, stage=stage):
            for take in takes:
                found = take.perform(stage)
                assert not found, f"{take.name}: {found}"
    return [f"{expected.name} ({names(expected.off)})", f"    no guarantee breaks: {expected.because}"]


def names(guards: Sequence[Guard]) -> str:
    """The names of guards, as in the code."""
    return ", ".join(guard.name for guard in guards)


def _first_that_breaks(expected: NeededGuard[S], stage: S) -> tuple[Trial[S], str]:
    """The first take that breaks anything, and how it breaks the guarantee that was foretold."""
    takes = list(expected.search(stage))
    with switched_off(*expected.off, *expected.behind, stage=stage):
        for take in takes:
            found = take.perform(stage)
            if found:
                broken = [each for each in found if each.startswith(f"{expected.breaks}: ")]
                assert broken, f"{take.name}: not guarantee {expected.breaks}, but {found}"
                return take, broken[0]
    raise AssertionError(f"nobody missed it in {len(takes)} takes: {[take.name for take in takes]}")
