"""The model does what the code does: the deployed handler performs every transition of every step.

For each action that a step can be about to perform, and each shared state in which it may perform it, the
handler is led there call by call. Then it must leave the tables as the model predicts, and continue as the
model predicts. Shared states that differ only in parts that the action does not read are one case; one of
them is drawn by the seed that a failure names. Of the torn reads, a number is drawn by the same seed.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from random import Random
from typing import NamedTuple
from unittest.mock import patch

import moto
import pytest
from msgspec.structs import replace

from ordering.domain.clock import now
from ordering.domain.order import Status
from ordering.dynamodb.client import Table
from ordering.dynamodb.transaction import WriteAction as ItemAction
from ordering.repositories.order_transitions import OrderTransitions
from tests.simulation.model.conditions import CONDITIONS, Condition, conditions_of
from tests.simulation.model.execution import moves_of_the_world
from tests.simulation.model.guards import ActiveGuards
from tests.simulation.model.handler_replay import CALLS, HandlerReplay, ModelTransition
from tests.simulation.model.search import Search
from tests.simulation.model.shared_state import SharedState
from tests.simulation.model.state_fixture import Ids, build, read_tables
from tests.simulation.model.steps.action import Effect
from tests.simulation.model.transitions import LOOKS_AT, ModelTransitions, looked_at, torn_readings
from tests.support import builders
from tests.support.environment import TABLE
from tests.support.tables import attributes_as_they_are, create_tables

SEED = 20_261_121
TORN_READINGS = 200

CANCELS = "cancels the order"
CUSTOMERS = {condition for condition in CONDITIONS if condition[0] == CANCELS}


@pytest.fixture(scope="module")
def transitions() -> ModelTransitions:
    """All of them."""
    return ModelTransitions(Search())


class Performed(NamedTuple):
    """The result of all scripts."""

    differences: list[str]
    conditions: set[Condition]


@pytest.fixture(scope="module")
def performed(transitions: ModelTransitions, tables: None) -> Performed:
    """Every script, performed."""
    performed = Performed([], set())
    with _quiet():
        for script in transitions.scripts(Random(SEED)):  # noqa: S311 (a seed, not a secret)
            replay = HandlerReplay(script)
            performed.differences.extend(f"{_line(script)}: {difference}" for difference in replay.perform())
            performed.conditions.update(replay.conditions)
    return performed


@pytest.fixture(scope="module")
def tables() -> Iterator[None]:
    """The two tables, in memory."""
    with moto.mock_aws(), attributes_as_they_are():
        create_tables()
        yield


def test_every_action_of_the_model_has_its_call_in_the_code(transitions: ModelTransitions) -> None:
    assert {action.does.__name__ for action, _ in transitions.cases} == set(CALLS) == {"read", *LOOKS_AT}


def test_an_action_reads_only_the_parts_that_are_listed_for_it(transitions: ModelTransitions) -> None:
    for (action, _), shared_states in transitions.cases.items():
        done = {
            _outcomes_of(shared, effects)
            for shared in shared_states
            for effects in [transitions.effects.of(action, shared)]
        }
        assert len(done) == 1, f"{action.step}: {action.does.__name__} reads more than is listed"


def test_the_handlers_do_what_the_model_predicts(performed: Performed) -> None:
    differences = performed.differences
    assert not differences, f"seed {SEED}, {len(differences)} differences\n" + "\n".join(differences[:20])


def test_the_handlers_decide_after_torn_reads_as_the_model_does(tables: None) -> None:
    with _quiet():
        differences = [
            f"{_line((reading,))}: {difference}"
            for reading in torn_readings(Random(SEED), TORN_READINGS)  # noqa: S311 (as above)
            for difference in HandlerReplay((reading,)).perform()
        ]
    assert not differences, f"seed {SEED}, {len(differences)} differences\n" + "\n".join(differences[:20])


def test_every_condition_that_the_handlers_write_is_a_guard(performed: Performed) -> None:
    assert performed.conditions | CUSTOMERS == set(CONDITIONS)


def test_a_cancellation_has_the_effect_that_the_model_predicts(
    transitions: ModelTransitions, tables: None
) -> None:
    conditions: set[Condition] = set()
    for shared in {(shared.order, shared.shipment): shared for shared in transitions.shared_states}.values():
        wanted = {
            after
            for description, after in moves_of_the_world(shared, ActiveGuards())
            if description == CANCELS
        }
        found = {shared for shared in (_cancelled(shared, status, conditions) for status in Status) if shared}
        assert found == {_without_counters(after) for after in wanted}
    assert conditions == CUSTOMERS


@contextmanager
def _quiet() -> Iterator[None]:
    """Turn off the log: thousands of lines would only repeat the assertions."""
    log = logging.getLogger("orders")
    level = log.level
    log.setLevel(logging.WARNING)
    try:
        yield
    finally:
        log.setLevel(level)


def _cancelled(shared: SharedState, read: Status, conditions: set[Condition]) -> SharedState | None:
    """Returns the shared state after a customer who read the order at `read` cancels it; None if they may
    not."""
    ids, table = Ids(), Table(TABLE)
    build(shared, ids, token="tok_ok", country="GB")
    details = replace(shared.details, order=builders.order(read), shipment=None)
    transact = table.transact

    def noted(actions: Mapping[str, ItemAction]) -> None:
        conditions.update(conditions_of(CANCELS, actions))
        transact(actions)

    with patch.object(table, "transact", noted):
        cancelled = details.may_be_cancelled and OrderTransitions(table).request_cancellation(details, now())
    return read_tables(ids) if cancelled else None


def _without_counters(shared: SharedState) -> SharedState:
    """Returns the state without the fields that only the guarantees use."""
    return shared._replace(captures=0, illegal_transition="")


def _outcomes_of(shared: SharedState, effects: tuple[Effect, ...]) -> frozenset[object]:
    """Returns what the effects change, and what follows them."""
    return frozenset((effect.description, effect.then, _changed(shared, effect.shared)) for effect in effects)


def _changed(before: SharedState, after: SharedState) -> tuple[object, ...]:
    """Returns what is new in each part, without the fields that only the guarantees use."""
    parts = zip(_without_counters(before), _without_counters(after), strict=True)
    return tuple(
        frozenset(new) - frozenset(old) if isinstance(new, tuple) and isinstance(old, tuple) else new
        for old, new in parts
        if old != new
    )


def _line(script: tuple[ModelTransition, ...]) -> str:
    shared, action, effect = script[-1]
    here = ", ".join(f"{name} {part}" for name, part in looked_at(action, shared).items())
    return f"{action.step}, {action.does.__name__} ({effect.description}) in {here}"
