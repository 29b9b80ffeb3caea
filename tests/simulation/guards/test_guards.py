"""The guards themselves: each is used in the product, has an expectation, and can be switched off."""

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
PRODUCT = ("layers", "lambdas", "stacks", "console", "ops", "local", "clients", "tools")
GUARDS_MODULE = PROJECT / "layers" / "ordering" / "guards.py"

NEEDED = (*NEEDED_IN_THE_SAGA, *NEEDED_ON_THE_PATH)
REDUNDANT = (*REDUNDANT_IN_THE_SAGA, *REDUNDANT_ON_THE_PATH)

NEEDED_GUARDS = {guard for expected in NEEDED for guard in expected.off}
REDUNDANT_GUARDS = {guard for expected in REDUNDANT for guard in expected.off}


def test_every_guard_is_used_in_the_product() -> None:
    assert {Guard[name] for _, name in _uses("Guard")} == set(Guard)


def test_every_guard_has_an_expectation() -> None:
    assert set(Guard) == NEEDED_GUARDS | REDUNDANT_GUARDS


def test_guards_with_a_guarantee_are_needed_and_others_redundant() -> None:
    assert {guard for guard in Guard if guard.guarantee} == NEEDED_GUARDS
    assert {guard for guard in Guard if not guard.guarantee} == REDUNDANT_GUARDS


def test_every_expectation_has_a_unique_name() -> None:
    names = Counter(str(expected) for expected in (*NEEDED, *REDUNDANT))
    assert max(names.values()) == 1


def test_every_guarded_value_and_call_has_a_replacement() -> None:
    calls = {call for call, name in _calls() if call in ("value", "perform")}
    assert calls == {"value", "perform"}
    guarded = {Guard[name] for call, name in _calls() if call in ("value", "perform")}
    # The replacement of this one depends on the execution.
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


def test_no_setting_can_switch_a_guard_off() -> None:
    imported = {
        name
        for node in ast.walk(_tree(GUARDS_MODULE))
        for name in (
            [node.module]
            if isinstance(node, ast.ImportFrom)
            else [each.name for each in node.names]
            if isinstance(node, ast.Import)
            else []
        )
    }
    assert imported == {"collections.abc", "contextlib", "enum", "typing"}


def test_a_guard_applies_unless_it_is_switched_off() -> None:
    assert guards.applies(Guard.PLACE_SAME_BODY, True)
    assert not guards.applies(Guard.PLACE_SAME_BODY, False)
    with without({Guard.PLACE_SAME_BODY: None}):
        assert not guards.applies(Guard.PLACE_SAME_BODY, True)
        assert guards.applies(Guard.PLACE_LOOK_AGAIN, True)
    assert guards.applies(Guard.PLACE_SAME_BODY, True)


def test_a_condition_is_written_unless_its_guard_is_switched_off() -> None:
    assert guards.condition(Guard.RESERVE_ORDER, "a = :b") == "a = :b"
    with without({Guard.RESERVE_ORDER: None}):
        assert guards.condition(Guard.RESERVE_ORDER, "a = :b") == "(a = :b OR attribute_exists(PK))"


def test_a_value_and_a_call_are_replaced_if_switched_off() -> None:
    def add(one: int, other: int) -> int:
        return one + other

    assert guards.value(Guard.CLAIM_OUTLIVES, 90) == 90
    assert guards.perform(Guard.UNDO_FIND, add, 1, other=2) == 3
    with without({Guard.CLAIM_OUTLIVES: lambda given: given // 3, Guard.UNDO_FIND: lambda act, *a, **b: 0}):
        assert guards.value(Guard.CLAIM_OUTLIVES, 90) == 30
        assert guards.perform(Guard.UNDO_FIND, add, 1, other=2) == 0


def test_a_value_cannot_be_switched_off_without_a_replacement() -> None:
    with without({Guard.CLAIM_OUTLIVES: None}), pytest.raises(LookupError, match="CLAIM_OUTLIVES"):
        guards.value(Guard.CLAIM_OUTLIVES, 90)


def test_nested_switches_end_one_by_one() -> None:
    with without({Guard.PLACE_SAME_BODY: None}):
        with without({Guard.PLACE_LOOK_AGAIN: None}):
            assert not guards.applies(Guard.PLACE_SAME_BODY)
            assert not guards.applies(Guard.PLACE_LOOK_AGAIN)
        assert guards.applies(Guard.PLACE_LOOK_AGAIN)
        assert not guards.applies(Guard.PLACE_SAME_BODY)
    assert guards.applies(Guard.PLACE_SAME_BODY)


def test_an_exception_ends_a_switch() -> None:
    with suppress(ZeroDivisionError), without({Guard.PLACE_SAME_BODY: None}):
        raise ZeroDivisionError
    assert guards.applies(Guard.PLACE_SAME_BODY)


def _files() -> list[Path]:
    return [
        path
        for folder in PRODUCT
        for path in sorted((PROJECT / folder).rglob("*.py"))
        if path != GUARDS_MODULE and "site-packages" not in path.parts
    ]


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def _uses(of: str) -> Iterator[tuple[Path, str]]:
    """Yields the attributes of a name that the product uses."""
    for path in _files():
        for node in ast.walk(_tree(path)):
            match node:
                case ast.Attribute(value=ast.Name(id=name), attr=attribute) if name == of:
                    yield path, attribute


def _calls() -> Iterator[tuple[str, str]]:
    """Yields (function, guard) of each call that names its guard."""
    for path in _files():
        for node in ast.walk(_tree(path)):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id="guards"), attr=call),
                    args=[ast.Attribute(value=ast.Name(id="Guard"), attr=guard), *_],
                ):
                    yield call, guard
