"""The model does what the code does: every moment of every step, performed by the real handler.

For each action that a step can be about to do, and each shop in which it may come to do it, the handler is
led there call by call, does it, and must leave the tables as the model says and go on as the model says.
Shops that differ only in what the action does not look at are one case; which of them stands for the others
is drawn by the seed that a failure names.
"""

import logging
from collections import defaultdict
from collections.abc import Iterator, Mapping
from random import Random
from typing import NamedTuple
from unittest.mock import patch

import moto
import pytest
from msgspec.structs import replace

from ordering.clock import now
from ordering.order import Status
from ordering.table.action import Action as ItemAction
from ordering.table.client import Table
from ordering.table.life_cycle import LifeCycle
from tests.model.conditions import CONDITIONS, Condition, conditions_of
from tests.model.execution import moves_of_the_world
from tests.model.fences import Fences
from tests.model.rehearsal import CALLS, Moment, Rehearsal
from tests.model.search import Search
from tests.model.shop import Shop
from tests.model.staging import Ids, build, shop_of_the_tables
from tests.model.steps.action import Action, Effect, read
from tests.support import builders
from tests.support.environment import TABLE
from tests.support.tables import attributes_as_they_are, create_tables

SEED = 20_261_121

CANCELS = "cancels the order"
CUSTOMERS = {condition for condition in CONDITIONS if condition[0] == CANCELS}

ORDER, HELD, SHELF, PAID, SENT = "order", "reservation", "stock", "ledger", "shipment"
CARRIER = "carrier"
PAGE, BOOK = "the attempt's page", "the payment's book"
# What of the shop each action looks at, or changes; and what each step looks at when it reads.
LOOKS_AT = {
    "reserve": (ORDER, HELD, SHELF),
    "look": (HELD,),
    "release": (HELD, SHELF),
    "prepare": (),
    "open_page": (ORDER, PAGE, BOOK),
    "authorise": (BOOK,),
    "find_after_loss": (BOOK,),
    "note_authorisation": (PAGE,),
    "capture": (BOOK,),
    "note_capture": (PAGE,),
    "void_first": (BOOK,),
    "note_void": (PAGE,),
    "find": (BOOK,),
    "void": (BOOK,),
    "refund": (BOOK,),
    "note_settlement": (PAGE,),
    "intend": (ORDER, SENT),
    "book": (CARRIER,),
    "note_booking": (SENT,),
    "cancel": (CARRIER,),
    "note_cancelled": (SENT,),
    "confirm": (ORDER, HELD, PAGE),
    "complete": (ORDER, HELD, SHELF, PAGE, SENT),
    "reject": (ORDER, HELD, PAGE),
    "turn_back": (ORDER, PAGE, SENT),
    "close": (ORDER, HELD, PAID, SENT),
    "close_unsettled": (ORDER, HELD, PAID, SENT),
}
READS = {
    "Load order": (ORDER,),
    "Reserve stock": (ORDER, HELD),
    "Authorise payment": (ORDER, PAID),
    "Confirm order": (ORDER, PAID),
    "Capture payment": (ORDER, PAID),
    "Book shipment": (ORDER, SENT),
    "Authorise again": (ORDER, PAID),
    "Complete order": (ORDER, PAID),
    "Reject order": (ORDER, HELD, PAID),
    "Turn back": (ORDER, PAID, SENT),
    "Cancel shipment": (ORDER, SENT),
    "Void or refund payment": (ORDER, PAID),
    "Release stock": (ORDER, HELD),
    "Close order": (ORDER, HELD, PAID, SENT),
}


def looked_at(action: Action, shop: Shop) -> dict[str, object]:
    """The parts of a shop on which it depends what an action does there."""
    names = READS[action.step] if action.does is read else LOOKS_AT[action.does.__name__]
    own = {PAGE: shop.page(action.attempt), BOOK: shop.at_provider(action.payment_id)}
    return {name: own[name] if name in own else getattr(shop, name) for name in names}


Case = tuple[Action, tuple[object, ...]]


class Moments:
    """Everything that steps do in the model, and the ways to get there."""

    def __init__(self, search: Search) -> None:
        search.run()
        self.shops = search.shops.known
        self.cases: defaultdict[Case, list[Shop]] = defaultdict(list)
        self.effects = search.effects
        self._way: dict[Action, tuple[Moment, ...]] = {}
        pairs = sorted(search.effects.known, key=lambda pair: (pair[0].does is not read, repr(pair)))
        for action, shop in pairs:
            self.cases[action, tuple(looked_at(action, shop).values())].append(shop)
        grew = True
        while grew:
            grew = False
            for action, shop in pairs:
                way = () if action.does is read else self._way.get(action)
                for effect in search.effects.of(action, shop) if way is not None else ():
                    if isinstance(effect.then, Action) and effect.then not in self._way:
                        self._way[effect.then] = (*(way or ()), Moment(shop, action, effect))
                        grew = True

    def scripts(self, random: Random) -> Iterator[tuple[Moment, ...]]:
        """For each effect of each case, the way there and the moment itself, in a shop drawn for it."""
        for (action, _), shops in self.cases.items():
            shop = random.choice(shops)
            for effect in self.effects.of(action, shop):
                yield (*self._way.get(action, ()), Moment(shop, action, effect))


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
    log = logging.getLogger("orders")
    level = log.level
    # Thousands of lines would say what the assertions say better.
    log.setLevel(logging.WARNING)
    for script in moments.scripts(Random(SEED)):  # noqa: S311 (chance is no secret)
        rehearsal = Rehearsal(script)
        performed.differs.extend(f"{_line(script)}: {difference}" for difference in rehearsal.perform())
        performed.conditions.update(rehearsal.conditions)
    log.setLevel(level)
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


def test_every_condition_that_the_handlers_write_is_a_fence(performed: Performed) -> None:
    assert performed.conditions | CUSTOMERS == set(CONDITIONS)


def test_the_customer_cancels_as_in_the_model(moments: Moments, tables: None) -> None:
    conditions: set[Condition] = set()
    for shop in {(shop.order, shop.shipment): shop for shop in moments.shops}.values():
        wanted = {after for says, after in moves_of_the_world(shop, Fences()) if says == CANCELS}
        found = {shop for shop in (_cancelled(shop, status, conditions) for status in Status) if shop}
        assert found == {_bare(after) for after in wanted}
    assert conditions == CUSTOMERS


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
        cancelled = story.may_be_cancelled and LifeCycle(table).request_cancellation(story, now())
    return shop_of_the_tables(ids) if cancelled else None


def _bare(shop: Shop) -> Shop:
    """Without what only the promises look at."""
    return shop._replace(captures=0, astray="")


def _done(shop: Shop, effects: tuple[Effect, ...]) -> frozenset[object]:
    """What the effects change, and where they lead."""
    return frozenset((effect.says, effect.then, _changed(shop, effect.shop)) for effect in effects)


def _changed(before: Shop, after: Shop) -> tuple[object, ...]:
    """Of each part that only the promises do not look at: what is new there."""
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
