"""The guards themselves: each stands somewhere in the product, is expected of, and can be switched off."""

import ast
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from ordering import guards
from ordering.guards import Guard, without
from tests.simulation.guards.expectations import (
    NEEDED_IN_THE_SAGA,
    NEEDED_ON_THE_PATH,
    REDUNDANT_IN_THE_SAGA,
    REDUNDANT_ON_THE_PATH,
)
from tests.simulation.guards.instead import INSTEAD

PROJECT = Path(__file__).parents[3]
PRODUCT = ("layers", "lambdas", "stacks", "console", "ops", "local", "client", "tools")
SEAM = PROJECT / "layers" / "ordering" / "guards.py"

NEEDED = (*NEEDED_IN_THE_SAGA, *NEEDED_ON_THE_PATH)
REDUNDANT = (*REDUNDANT_IN_THE_SAGA, *REDUNDANT_ON_THE_PATH)

NEEDED_GUARDS = {guard for expected in NEEDED for guard in expected.off}
REDUNDANT_GUARDS = {guard for expected in REDUNDANT for guard in expected.off}


def test_every_guard_stands_somewhere_in_the_product() -> None:
    assert {Guard[name] for _, name in _uses("Guard")} == set(Guard)


def test_of_every_guard_it_is_expected_what_becomes_without_it() -> None:
    assert set(Guard) == NEEDED_GUARDS | REDUNDANT_GUARDS


def test_a_guard_with_the_number_of_a_guarantee_is_needed_and_one_without_is_redundant() -> None:
    assert {guard for guard in Guard if guard.guarantee} == NEEDED_GUARDS
    assert {guard for guard in Guard if not guard.guarantee} == REDUNDANT_GUARDS


def test_every_expectation_has_a_name_of_its_own() -> None:
    names = Counter(str(expected) for expected in (*NEEDED, *REDUNDANT))
    assert max(names.values()) == 1


def test_every_value_and_call_that_is_guarded_has_something_instead_of_it() -> None:
    calls = {call for call, name in _calls() if call in ("value", "perform")}
    assert calls == {"value", "perform"}
    guarded = {Guard[name] for call, name in _calls() if call in ("value", "perform")}
    # What an execution would do without the ledger depends on the execution.
    assert guarded == INSTEAD.keys() | {Guard.UNDO_LEDGER}


def test_the_product_switches_no_guard_off() -> None:
    for path in _files():
        used = {node.attr for node in ast.walk(_tree(path)) if isinstance(node, ast.Attribute)}
        imported = {
            name.name
            for node in ast.walk(_tree(path))
            if isinstance(node, ast.ImportFrom) and node.module == "ordering.guards"
            for name in node.names
        }
        assert imported <= {"Guard"}, path
        assert not {"without", "_off"} & used, path


def test_nothing_from_outside_reaches_a_guard() -> None:
    imported = {
        name
        for node in ast.walk(_tree(SEAM))
        for name in (
            [node.module]
            if isinstance(node, ast.ImportFrom)
            else [each.name for each in node.names]
            if isinstance(node, ast.Import)
            else []
        )
    }
    assert imported == {"collections.abc", "contextlib", "enum", "typing"}


def test_a_guard_stands_unless_it_is_switched_off() -> None:
    assert guards.applies(Guard.PLACE_SAME_BODY, True)
    assert not guards.applies(Guard.PLACE_SAME_BODY, False)
    with without({Guard.PLACE_SAME_BODY: None}):
        assert not guards.applies(Guard.PLACE_SAME_BODY, True)
        assert guards.applies(Guard.PLACE_LOOK_AGAIN, True)
    assert guards.applies(Guard.PLACE_SAME_BODY, True)


def test_a_condition_is_written_as_it_is_given_unless_it_is_switched_off() -> None:
    assert guards.condition(Guard.RESERVE_ORDER, "a = :b") == "a = :b"
    with without({Guard.RESERVE_ORDER: None}):
        assert guards.condition(Guard.RESERVE_ORDER, "a = :b") == "(a = :b OR attribute_exists(PK))"


def test_a_value_and_a_call_are_others_where_they_are_switched_off() -> None:
    def add(one: int, other: int) -> int:
        return one + other

    assert guards.value(Guard.CLAIM_OUTLIVES, 90) == 90
    assert guards.perform(Guard.UNDO_FIND, add, 1, other=2) == 3
    with without({Guard.CLAIM_OUTLIVES: lambda given: given // 3, Guard.UNDO_FIND: lambda act, *a, **b: 0}):
        assert guards.value(Guard.CLAIM_OUTLIVES, 90) == 30
        assert guards.perform(Guard.UNDO_FIND, add, 1, other=2) == 0


def test_a_value_is_not_switched_off_without_something_instead() -> None:
    with without({Guard.CLAIM_OUTLIVES: None}), pytest.raises(LookupError, match="CLAIM_OUTLIVES"):
        guards.value(Guard.CLAIM_OUTLIVES, 90)


def test_switches_within_each_other_end_one_by_one() -> None:
    with without({Guard.PLACE_SAME_BODY: None}):
        with without({Guard.PLACE_LOOK_AGAIN: None}):
            assert not guards.applies(Guard.PLACE_SAME_BODY)
            assert not guards.applies(Guard.PLACE_LOOK_AGAIN)
        assert guards.applies(Guard.PLACE_LOOK_AGAIN)
        assert not guards.applies(Guard.PLACE_SAME_BODY)
    assert guards.applies(Guard.PLACE_SAME_BODY)


def test_an_exception_ends_a_switch_as_well() -> None:
    with suppress(ZeroDivisionError), without({Guard.PLACE_SAME_BODY: None}):
        raise ZeroDivisionError
    assert guards.applies(Guard.PLACE_SAME_BODY)


def _files() -> list[Path]:
    return [
        path
        for folder in PRODUCT
        for path in sorted((PROJECT / folder).rglob("*.py"))
        if path != SEAM and "site-packages" not in path.parts
    ]


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def _uses(of: str) -> Iterator[tuple[Path, str]]:
    """The attributes that the product reads of a name."""
    for path in _files():
        for node in ast.walk(_tree(path)):
            match node:
                case ast.Attribute(value=ast.Name(id=name), attr=attribute) if name == of:
                    yield path, attribute


def _calls() -> Iterator[tuple[str, str]]:
    """(function of the seam, guard) of each call that names its guard."""
    for path in _files():
        for node in ast.walk(_tree(path)):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id="guards"), attr=call),
                    args=[ast.Attribute(value=ast.Name(id="Guard"), attr=guard), *_],
                ):
                    yield call, guard
