"""Every fence is taken away once: a promise breaks, and the shortest story tells how, or it is spare."""

import pytest

from tests.simulation.model.ends import Ends
from tests.simulation.model.event_log import told
from tests.simulation.model.expectations import NEEDED, SPARE, Cover
from tests.simulation.model.guarantees import Guarantee, broken
from tests.simulation.model.guards import Fence, Fences
from tests.simulation.model.search import Search
from tests.simulation.model.thread_modular_search import Crowd

COVERED = {fence: cover for fence, cover in SPARE.items() if cover.by}


def test_every_fence_is_known_to_be_needed_or_spare() -> None:
    assert sorted([*NEEDED, *SPARE]) == sorted(Fence)


@pytest.mark.parametrize(("fence", "promise"), NEEDED.items(), ids=[fence.name for fence in NEEDED])
def test_without_the_fence_the_promise_breaks(fence: Fence, promise: Guarantee) -> None:
    assert promise in first_broken(Fences(fence))


@pytest.mark.parametrize("fence", [Fence.RESERVE_ORDER, Fence.OPEN_ORDER, Fence.INTEND_ORDER])
def test_what_two_executions_break_a_crowd_breaks(fence: Fence) -> None:
    assert NEEDED[fence] in Crowd(Fences(fence), torn=False).broken()


@pytest.mark.parametrize("fence", SPARE, ids=[fence.name for fence in SPARE])
def test_without_a_spare_fence_nothing_breaks(fence: Fence) -> None:
    crowd = Crowd(Fences(fence), torn=False)
    assert not crowd.broken()
    assert not Ends(crowd.shops.known, crowd.fences).endless()


@pytest.mark.parametrize(("fence", "cover"), COVERED.items(), ids=[fence.name for fence in COVERED])
def test_a_spare_fence_and_its_cover_are_not_spare_together(fence: Fence, cover: Cover) -> None:
    then = cover.then
    assert then
    assert then not in Crowd(Fences(*cover.by), torn=False).broken()
    events = Search(Fences(fence, *cover.by)).run(lambda shop: then in broken(shop))
    assert events
    print(told(events))  # noqa: T201 (pytest shows it when the expectation fails)


def first_broken(fences: Fences) -> set[Guarantee]:
    """What breaks first, with the story printed; what one execution at a time can break comes before all.

    Where nothing breaks, it is asked whether an end is surely ahead.
    """
    for alone in (True, False):
        search = Search(fences, alone=alone)
        events = search.run(lambda shop: bool(broken(shop)))
        if events:
            print(told(events))  # noqa: T201 (as above)
            return set(broken(events[-1].shop))
        if Ends(search.shops.known, fences).endless():
            return {Guarantee.AN_END}
    return set()
