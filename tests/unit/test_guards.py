"""Guards: on unless a test switches them off by name, and on again afterwards."""

import pytest

from ordering import guards
from ordering.guards import Guard

CONDITION = "attribute_not_exists(PK)"


def test_guard_is_described_by_its_sentence_and_has_a_guarantee() -> None:
    assert str(Guard.READ_OWN) == "Read: the order is the caller's own"
    assert Guard.READ_OWN.guarantee == 6


def test_guard_that_is_on_changes_nothing() -> None:
    assert guards.applies(Guard.READ_OWN)
    assert not guards.applies(Guard.READ_OWN, False)
    assert guards.condition(Guard.PLACE_ABSENT, CONDITION) == CONDITION
    assert guards.value(Guard.PLACE_KEYED, 5) == 5
    assert guards.perform(Guard.PLACE_LOOK_AGAIN, max, 1, 2) == 2


def test_check_that_is_off_does_not_act() -> None:
    with guards.without({Guard.READ_OWN: None}):
        assert not guards.applies(Guard.READ_OWN)
        assert guards.applies(Guard.CANCEL_OWN)
    assert guards.applies(Guard.READ_OWN)


def test_condition_that_is_off_is_satisfied_by_any_stored_item() -> None:
    with guards.without({Guard.PLACE_ABSENT: None}):
        expression = guards.condition(Guard.PLACE_ABSENT, CONDITION)
    assert expression == f"({CONDITION} OR attribute_exists(PK))"


def test_value_that_is_off_is_replaced() -> None:
    with guards.without({Guard.PLACE_KEYED: lambda given: given + 1}):
        assert guards.value(Guard.PLACE_KEYED, 5) == 6
    assert guards.value(Guard.PLACE_KEYED, 5) == 5


def test_call_that_is_off_is_replaced() -> None:
    with guards.without({Guard.PLACE_LOOK_AGAIN: lambda act, *given: -act(*given)}):
        assert guards.perform(Guard.PLACE_LOOK_AGAIN, max, 1, 2) == -2
    assert guards.perform(Guard.PLACE_LOOK_AGAIN, max, 1, 2) == 2


def test_value_that_is_off_needs_a_replacement() -> None:
    with guards.without({Guard.PLACE_KEYED: None}), pytest.raises(LookupError, match="PLACE_KEYED"):
        guards.value(Guard.PLACE_KEYED, 5)


def _fail_without(guard: Guard) -> None:
    with guards.without({guard: None}):
        raise KeyError(guard.name)


def test_guards_are_on_again_after_an_error_and_after_an_inner_block() -> None:
    with guards.without({Guard.READ_OWN: None}):
        with pytest.raises(KeyError):
            _fail_without(Guard.CANCEL_OWN)
        assert guards.applies(Guard.CANCEL_OWN)
        assert not guards.applies(Guard.READ_OWN)
    assert guards.applies(Guard.READ_OWN)
