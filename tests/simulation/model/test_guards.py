"""Every guard is taken away once: a promise breaks, and the shortest story tells how, or it is spare."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from ordering.guards import Guard
from tests.simulation.model.ends import Ends
from tests.simulation.model.event_log import told
from tests.simulation.model.expectations import NEEDED, SPARE, Cover
from tests.simulation.model.guarantees import Guarantee, broken
from tests.simulation.model.guards import Assumption, Fences, Modelled
from tests.simulation.model.search import Search
from tests.simulation.model.thread_modular_search import Crowd

COVERED = {fence: cover for fence, cover in SPARE.items() if cover.by}


def test_every_guard_that_the_model_asks_for_is_known_to_be_needed_or_spare() -> None:
    assert NEEDED.keys() | SPARE.keys() == set(_asked_for())
    assert not NEEDED.keys() & SPARE.keys()


@pytest.mark.parametrize(("fence", "promise"), NEEDED.items(), ids=[fence.name for fence in NEEDED])
def test_without_the_guard_the_promise_breaks(fence: Modelled, promise: Guarantee) -> None:
    assert promise in first_broken(Fences(fence))


@pytest.mark.parametrize("fence", [Guard.RESERVE_ORDER, Guard.OPEN_ORDER, Guard.INTEND_ORDER])
def test_what_two_executions_break_a_crowd_breaks(fence: Guard) -> None:
    assert NEEDED[fence] in Crowd(Fences(fence), torn=False).broken()


@pytest.mark.parametrize("fence", SPARE, ids=[fence.name for fence in SPARE])
def test_without_a_spare_guard_nothing_breaks(fence: Modelled) -> None:
    crowd = Crowd(Fences(fence), torn=False)
    assert not crowd.broken()
    assert not Ends(crowd.shops.known, crowd.fences).endless()


@pytest.mark.parametrize(("fence", "cover"), COVERED.items(), ids=[fence.name for fence in COVERED])
def test_a_spare_guard_and_its_cover_are_not_spare_together(fence: Modelled, cover: Cover) -> None:
    then = cover.then
    assert then
    assert then not in Crowd(Fences(*cover.by), torn=False).broken()
    events = Search(Fences(fence, *cover.by)).run(lambda shop: then in broken(shop))
    assert events
    print(told(events))  # noqa: T201 (pytest shows it when the expectation fails)


def _asked_for() -> Iterator[Modelled]:
    """By the sources of the model's steps, executions and providers."""
    folder = Path(__file__).parent
    for path in (*folder.glob("steps/*.py"), folder / "execution.py", folder / "providers.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Attribute(value=ast.Name(id="Guard"), attr=name):
                    yield Guard[name]
                case ast.Attribute(value=ast.Name(id="Assumption"), attr=name):
                    yield Assumption[name]


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
