"""The model does what the code does: every moment of every step, performed by the real handler.

For each action that a step can be about to do, and each shop in which it may come to do it, the handler is
led there call by call, does it, and must leave the tables as the model says and go on as the model says.
Shops that differ only in what the action does not look at are one case; which of them stands for the others
is drawn by the seed that a failure names. Of the readings that see the items at several moments, a number is
drawn by the same seed.
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
from tests.simulation.model.guards import Fences
from tests.simulation.model.handler_replay import CALLS, Moment, Rehearsal
from tests.simulation.model.injection_points import LOOKS_AT, Moments, looked_at, torn_readings
from tests.simulation.model.search import Search
from tests.simulation.model.shop import Shop
from tests.simulation.model.state_fixture import Ids, build, shop_of_the_tables
from tests.simulation.model.steps.action import Effect
from tests.support import builders
from tests.support.environment import TABLE
from tests.support.tables import attributes_as_they_are, create_tables

SEED = 20_261_121
TORN_READINGS = 200

CANCELS = "cancels the order"
CUSTOMERS = {condition for condition in CONDITIONS if condition[0] == CANCELS}


@pytest.fixture(scope="module")
def moments() -> Moments:
    """All of them."""
    return Moments(Search())


class Performed(NamedTuple):
    """What came of all the scripts."""

    differs: list[str]
    conditions: set[Condition]


@pytest.fixture(scope="module")
def performed(moments: Moments, tables: None) -> Performed:
    """Every script, performed."""
    performed = Performed([], set())
    with _quiet():
        for script in moments.scripts(Random(SEED)):  # noqa: S311 (chance is no secret)
            rehearsal = Rehearsal(script)
            performed.differs.extend(f"{_line(script)}: {difference}" for difference in rehearsal.perform())
            performed.conditions.update(rehearsal.conditions)
    return performed


@pytest.fixture(scope="module")
def tables() -> Iterator[None]:
    """The two tables, in memory."""
    with moto.mock_aws(), attributes_as_they_are():
        create_tables()
        yield


def test_every_action_is_known_by_what_it_is_in_the_code(moments: Moments) -> None:
    assert {action.does.__name__ for action, _ in moments.cases} == set(CALLS) == {"read", *LOOKS_AT}


def test_an_action_looks_at_nothing_else(moments: Moments) -> None:
    for (action, _), shops in moments.cases.items():
        done = {_done(shop, effects) for shop in shops for effects in [moments.effects.of(action, shop)]}
        assert len(done) == 1, f"{action.step}: {action.does.__name__} looks at more than is listed"


def test_the_handlers_do_what_the_model_does(performed: Performed) -> None:
    differs = performed.differs
    assert not differs, f"seed {SEED}, {len(differs)} differences\n" + "\n".join(differs[:20])


def test_the_handlers_read_torn_stories_as_the_model_does(tables: None) -> None:
    with _quiet():
        differs = [
            f"{_line((reading,))}: {difference}"
            for reading in torn_readings(Random(SEED), TORN_READINGS)  # noqa: S311 (as above)
            for difference in Rehearsal((reading,)).perform()
        ]
    assert not differs, f"seed {SEED}, {len(differs)} differences\n" + "\n".join(differs[:20])


def test_every_condition_that_the_handlers_write_is_a_fence(performed: Performed) -> None:
    assert performed.conditions | CUSTOMERS == set(CONDITIONS)


def test_the_customer_cancels_as_in_the_model(moments: Moments, tables: None) -> None:
    conditions: set[Condition] = set()
    for shop in {(shop.order, shop.shipment): shop for shop in moments.shops}.values():
        wanted = {after for says, after in moves_of_the_world(shop, Fences()) if says == CANCELS}
        found = {shop for shop in (_cancelled(shop, status, conditions) for status in Status) if shop}
        assert found == {_bare(after) for after in wanted}
    assert conditions == CUSTOMERS


@contextmanager
def _quiet() -> Iterator[None]:
    """Thousands of lines of the log would say what the assertions say better."""
    log = logging.getLogger("orders")
    level = log.level
    log.setLevel(logging.WARNING)
    try:
        yield
    finally:
        log.setLevel(level)


def _cancelled(shop: Shop, read: Status, conditions: set[Condition]) -> Shop | None:
    """The shop after a customer who read the order at `read` cancels it; None if they may not."""
    ids, table = Ids(), Table(TABLE)
    build(shop, ids, token="tok_ok", country="GB")
    story = replace(shop.story, order=builders.order(read), shipment=None)
    transact = table.transact

    def noted(actions: Mapping[str, ItemAction]) -> None:
        conditions.update(conditions_of(CANCELS, actions))
        transact(actions)

    with patch.object(table, "transact", noted):
        cancelled = story.may_be_cancelled and OrderTransitions(table).request_cancellation(story, now())
    return shop_of_the_tables(ids) if cancelled else None


def _bare(shop: Shop) -> Shop:
    """Without what only the promises look at."""
    return shop._replace(captures=0, astray="")


def _done(shop: Shop, effects: tuple[Effect, ...]) -> frozenset[object]:
    """What the effects change, and where they lead."""
    return frozenset((effect.says, effect.then, _changed(shop, effect.shop)) for effect in effects)


def _changed(before: Shop, after: Shop) -> tuple[object, ...]:
    """What is new in each part, but for those that only the promises look at."""
    parts = zip(_bare(before), _bare(after), strict=True)
    return tuple(
        frozenset(new) - frozenset(old) if isinstance(new, tuple) and isinstance(old, tuple) else new
        for old, new in parts
        if old != new
    )


def _line(script: tuple[Moment, ...]) -> str:
    shop, action, effect = script[-1]
    here = ", ".join(f"{name} {part}" for name, part in looked_at(action, shop).items())
    return f"{action.step}, {action.does.__name__} ({effect.says}) in {here}"
