"""Every fence is taken down in turn: the suite must notice, by the promise that falls with it.

What is performed against the mutated code is performed against the code as it is as well, and there it
breaks nothing: so it is the fence that is missed, and not the play that is wrong.
"""

import pytest

from tests.mutations.fences import FENCES
from tests.mutations.fences.fence import Mutation
from tests.mutations.mutation import Edit, OutOfDate, edited
from tests.mutations.takes import Take
from tests.saga.play import Theatre

ALONE = [fence for fence in FENCES if not fence.behind]
WITH_ANOTHER_BEHIND = [fence for fence in FENCES if fence.behind]


@pytest.mark.parametrize("fence", ALONE, ids=str)
def test_without_the_fence_a_promise_is_broken(fence: Mutation, theatre: Theatre, report: list[str]) -> None:
    take, broken = _search(fence, theatre)
    assert take.perform(theatre) == []
    report += _told(fence, take, broken)


@pytest.mark.parametrize("fence", WITH_ANOTHER_BEHIND, ids=str)
def test_without_the_fence_and_the_one_behind_it_a_promise_is_broken(
    fence: Mutation, theatre: Theatre, report: list[str]
) -> None:
    take, broken = _search(fence, theatre)
    assert take.perform(theatre) == []
    for one in (fence.edits, fence.behind):
        with edited(*one):
            assert take.perform(theatre) == []
    report += _told(fence, take, broken)


def test_every_fence_has_a_name_of_its_own() -> None:
    assert len({fence.name for fence in FENCES}) == len(FENCES)


# -- the mutations themselves ------------------------------------------------------------------------------


def test_a_mutation_of_what_is_no_longer_there_is_out_of_date() -> None:
    gone = Edit("ordering.table.ledger", "what no release has ever said", "")
    with pytest.raises(OutOfDate, match="0 times"), edited(gone):
        pass


def test_a_mutation_of_what_is_there_more_than_once_is_out_of_date() -> None:
    with pytest.raises(OutOfDate, match="and not once"), edited(Edit("ordering.table.ledger", "return", "")):
        pass


def test_a_mutation_that_changes_nothing_is_out_of_date() -> None:
    comment = Edit("ordering.table.ledger", "# The SDK's own retry", "# The retry")
    with pytest.raises(OutOfDate, match="changes no function"), edited(comment):
        pass


def _search(fence: Mutation, theatre: Theatre) -> tuple[Take, list[str]]:
    """The first take in which something is broken, and what: the promise that was foretold, at least."""
    takes = list(fence.search(theatre))
    with edited(*fence.edits, *fence.behind):
        for take in takes:
            broken = take.perform(theatre)
            if broken:
                assert any(each.startswith(f"{fence.breaks}: ") for each in broken), broken
                return take, broken
    raise AssertionError(f"nobody missed it in {len(takes)} takes, the last: {takes[-1].name}")


def _told(fence: Mutation, take: Take, broken: list[str]) -> list[str]:
    sentence = next(each for each in broken if each.startswith(f"{fence.breaks}: "))
    lines = [fence.name, f"    {sentence}", f"    ({take.name})"]
    if fence.behind:
        lines.insert(1, f"    by itself it is not missed: {fence.because}; without both,")
    return lines
