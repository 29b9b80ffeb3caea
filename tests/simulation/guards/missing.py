"""Whether a fence is missed when it is down."""

from collections.abc import Sequence

from tests.simulation.guards.fences.fence import Courtesy, Mutation
from tests.simulation.guards.mutation import Edit, edited
from tests.simulation.guards.trial import S, Trial


def missed(fence: Mutation[S], stage: S) -> list[str]:
    """What is broken without the fence, told in a few lines. Raises AssertionError if nobody misses it.

    What is performed against the mutated code is performed against the code as it is as well, and there it
    breaks nothing: so it is the fence that is missed, and not the take that is wrong. Where there is another
    fence behind it, either of the two by itself breaks nothing.
    """
    take, broken = _first_that_breaks(fence, stage)
    intact: list[Sequence[Edit]] = [(), *((fence.edits, fence.behind) if fence.behind else ())]
    for edits in intact:
        with edited(*edits):
            found = take.perform(stage)
        assert not found, f"{take.name}, {'one fence' if edits else 'none'} down: {found}"
    alone = [f"    by itself it is not missed: {fence.because}; without both,"] if fence.behind else []
    return [fence.name, *alone, f"    {broken}", f"    ({take.name})"]


def spared(fence: Courtesy[S], stage: S) -> list[str]:
    """That nothing is broken without the check, and why. Raises AssertionError if anything is."""
    takes = list(fence.search(stage))
    assert takes
    for edits in ((), fence.edits):
        with edited(*edits):
            for take in takes:
                found = take.perform(stage)
                assert not found, f"{take.name}: {found}"
    return [fence.name, f"    no promise falls with it: {fence.because}"]


def _first_that_breaks(fence: Mutation[S], stage: S) -> tuple[Trial[S], str]:
    """The first take that breaks anything, and how it breaks the promise that was foretold."""
    takes = list(fence.search(stage))
    with edited(*fence.edits, *fence.behind):
        for take in takes:
            found = take.perform(stage)
            if found:
                broken = [each for each in found if each.startswith(f"{fence.breaks}: ")]
                assert broken, f"{take.name}: not promise {fence.breaks}, but {found}"
                return take, broken[0]
    raise AssertionError(f"nobody missed it in {len(takes)} takes: {[take.name for take in takes]}")
