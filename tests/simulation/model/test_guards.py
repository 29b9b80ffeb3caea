"""Each guard is removed once: a guarantee breaks, and the shortest sequence of events is printed, or it is
spare."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from ordering.guards import Guard
from tests.simulation.model.ends import Ends
from tests.simulation.model.event_log import format_events
from tests.simulation.model.expectations import NEEDED, SPARE, Cover
from tests.simulation.model.guarantees import Guarantee, broken
from tests.simulation.model.guards import ActiveGuards, Assumption, Modelled
from tests.simulation.model.search import Search
from tests.simulation.model.thread_modular_search import ThreadModularSearch

COVERED = {guard: cover for guard, cover in SPARE.items() if cover.by}


def test_every_guard_of_the_model_is_either_needed_or_spare() -> None:
    assert NEEDED.keys() | SPARE.keys() == set(_asked_for())
    assert not NEEDED.keys() & SPARE.keys()


@pytest.mark.parametrize(("guard", "guarantee"), NEEDED.items(), ids=[guard.name for guard in NEEDED])
def test_removing_a_needed_guard_breaks_its_guarantee(guard: Modelled, guarantee: Guarantee) -> None:
    assert guarantee in first_broken(ActiveGuards(guard))


@pytest.mark.parametrize("guard", [Guard.RESERVE_ORDER, Guard.OPEN_ORDER, Guard.INTEND_ORDER])
def test_the_search_of_any_number_finds_what_two_executions_break(guard: Guard) -> None:
    assert NEEDED[guard] in ThreadModularSearch(ActiveGuards(guard), torn=False).broken()


@pytest.mark.parametrize("guard", SPARE, ids=[guard.name for guard in SPARE])
def test_removing_a_spare_guard_breaks_nothing(guard: Modelled) -> None:
    any_number = ThreadModularSearch(ActiveGuards(guard), torn=False)
    assert not any_number.broken()
    assert not Ends(any_number.shared_states.known, any_number.guards).endless()


@pytest.mark.parametrize(("guard", "cover"), COVERED.items(), ids=[guard.name for guard in COVERED])
def test_removing_a_spare_guard_and_its_cover_breaks_a_guarantee(guard: Modelled, cover: Cover) -> None:
    then = cover.then
    assert then
    assert then not in ThreadModularSearch(ActiveGuards(*cover.by), torn=False).broken()
    events = Search(ActiveGuards(guard, *cover.by)).run(lambda shared: then in broken(shared))
    assert events
    print(format_events(events))  # noqa: T201 (pytest shows it when the expectation fails)


def _asked_for() -> Iterator[Modelled]:
    """Yields the guards and assumptions that the model's steps, executions and providers use."""
    folder = Path(__file__).parent
    for path in (*folder.glob("steps/*.py"), folder / "execution.py", folder / "providers.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Attribute(value=ast.Name(id="Guard"), attr=name):
                    yield Guard[name]
                case ast.Attribute(value=ast.Name(id="Assumption"), attr=name):
                    yield Assumption[name]


def first_broken(guards: ActiveGuards) -> set[Guarantee]:
    """Returns what breaks first, and prints the events. What one execution at a time can break comes first.

    If no state breaks a guarantee, checks whether every order ends.
    """
    for alone in (True, False):
        search = Search(guards, alone=alone)
        events = search.run(lambda shared: bool(broken(shared)))
        if events:
            print(format_events(events))  # noqa: T201 (as above)
            return set(broken(events[-1].shared))
        if Ends(search.shared_states.known, guards).endless():
            return {Guarantee.AN_END}
    return set()
