"""Anything, in any order: orders, cancellations, mail, duplicates, faults, late steps, a moving catalogue.

After every act every promise holds that holds at any time. In the end the faults stop, time passes, an
operator gives back what was parked, and then every promise holds, and every order has ended.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from ordering.domain.clock import ago
from ordering.domain.order import OrderId
from ordering.repositories.reconciliation import Reconciliation
from orders_client import ApiError, IdempotencyKeyReused, NoAnswer
from tests.simulation.faults.kinds import KINDS, Kind
from tests.simulation.guards.fences import OF_THE_SAGA
from tests.simulation.guards.mutation import edited
from tests.support import event_invariants, invariants, mail_invariants
from tests.support.backend import Backend, backend
from tests.support.customer import Customer
from tests.support.injection_points import Moment, When
from tests.support.world import World
from tests.synth import synthesised_state_machine

SKUS = ("MUG-RED", "BOWL-BLUE")
CARDS = ("tok_ok", "tok_ok", "tok_declined", "tok_timeout", "tok_flaky", "tok_capture_refused")
BASKETS = st.dictionaries(st.sampled_from(SKUS), st.integers(1, 3), min_size=1)
ORDERS = st.tuples(BASKETS, st.sampled_from(CARDS), st.sampled_from(("GB", "GB", "GB", "AQ")), st.booleans())
Wanted = tuple[dict[str, int], str, str, bool]
MOST_ORDERS = 5

# An order that nothing disturbs makes some forty calls.
SOON = st.integers(1, 60)
STEPS = tuple(synthesised_state_machine().handlers.values())


@pytest.fixture(scope="module")
def shop() -> Iterator[Backend]:
    """One backend for all of them."""
    with backend() as ours:
        yield ours


TRYING = settings(
    max_examples=35,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)


def test_whatever_happens_in_whatever_order_every_promise_is_kept(shop: Backend) -> None:
    _try(shop, TRYING)


def test_a_fence_that_is_down_is_missed(shop: Backend) -> None:
    (kept,) = (fence for fence in OF_THE_SAGA if fence.name == "what was captured is not refunded")
    # The first example that breaks a promise is enough: it need not be the shortest.
    found_once = settings(TRYING, phases=[Phase.generate])
    with edited(*kept.edits), pytest.raises(AssertionError, match="3: "):
        _try(shop, found_once)


def _try(shop: Backend, trying: settings) -> None:
    class Here(Anything):
        def __init__(self) -> None:
            super().__init__(shop)

    run_state_machine_as_test(Here, settings=trying)


@dataclass
class Wish:
    """What a customer wants, and how they would ask for it again."""

    customer: Customer
    basket: dict[str, int]
    card: str
    country: str
    agrees: bool
    """Whether they say which total they agree to: the one that they were shown last."""
    worths: set[int] = field(default_factory=set)
    """By the prices of each time that they asked."""
    totals: set[int] = field(default_factory=set)
    """What they were told each time."""

    def ask(self, prices: Mapping[str, int]) -> None:
        """Ask, or ask again: always with the same key. Raises ApiError and NoAnswer."""
        worth = sum(prices[sku] * quantity for sku, quantity in self.basket.items())
        self.worths.add(worth)
        placed = self.customer.place(
            *self.basket.items(),
            card=self.card,
            country=self.country,
            shown=worth if self.agrees else None,
        )
        self.totals.add(placed.total.amount)


class Anything(RuleBasedStateMachine):
    """What may happen in the shop."""

    def __init__(self, shop: Backend) -> None:
        super().__init__()
        self.shop = shop
        shop.begin("three mugs and three bowls", _set_up, mail=True)
        self.wishes: list[Wish] = []
        self.prices = dict.fromkeys(SKUS, 1250)
        self.deliveries = 0

    # -- the customers -------------------------------------------------------------------------------

    @initialize(orders=st.lists(ORDERS, min_size=1, max_size=2))
    def open_the_shop(self, orders: list[Wanted]) -> None:
        """The first customers of the day."""
        for order in orders:
            self.place(*order)

    @precondition(lambda self: len(self.wishes) < MOST_ORDERS)
    @rule(order=ORDERS)
    def one_more(self, order: Wanted) -> None:
        """Another customer."""
        self.place(*order)

    def place(self, basket: dict[str, int], card: str, country: str, agrees: bool) -> None:
        """Somebody orders something."""
        customer = self.shop.customer(f"customer-{len(self.wishes)}")
        self.wishes.append(Wish(customer, basket, card, country, agrees))
        with suppress(ApiError, NoAnswer):
            self.wishes[-1].ask(self.prices)

    @precondition(lambda self: self.wishes)
    @rule(data=st.data())
    def place_again(self, data: st.DataObject) -> None:
        """The same customer sends the same order with the same key."""
        with suppress(ApiError, NoAnswer):
            data.draw(st.sampled_from(self.wishes)).ask(self.prices)

    @precondition(lambda self: self.known())
    @rule(data=st.data())
    def place_another_with_the_key(self, data: st.DataObject) -> None:
        """The same key comes with another body."""
        wish = data.draw(st.sampled_from(self.known()))
        more = {sku: quantity + 1 for sku, quantity in wish.basket.items()}
        refusal: Exception | None = None
        try:
            wish.customer.place(*more.items(), card=wish.card, country=wish.country)
        except (ApiError, NoAnswer) as error:
            refusal = error
        assert isinstance(refusal, IdempotencyKeyReused) or _is_trouble(refusal), refusal

    @precondition(lambda self: self.known())
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        """A customer changes their mind."""
        with suppress(ApiError, NoAnswer):
            data.draw(st.sampled_from(self.known())).customer.cancel()

    # -- the staff -----------------------------------------------------------------------------------

    @rule(sku=st.sampled_from(SKUS), units=st.integers(1, 2))
    def receive(self, sku: str, units: int) -> None:
        """A delivery comes in, and is counted twice with one key."""
        self.deliveries += 1
        for _ in range(2):
            self.shop.world.api(
                "receive_stock",
                "POST /products/{sku}/stock",
                {"received": units},
                path={"sku": sku},
                headers={"Idempotency-Key": f"delivery-{self.deliveries}"},
            )

    @rule(sku=st.sampled_from(SKUS), units=st.integers(-4, 2).filter(bool))
    def adjust(self, sku: str, units: int) -> None:
        """The shelf is counted, and the count put right, if there are so many; twice with one key."""
        self.deliveries += 1
        entered = [
            self.shop.world.api(
                "receive_stock",
                "POST /products/{sku}/stock",
                {"adjusted": units, "reason": "counted"},
                path={"sku": sku},
                headers={"Idempotency-Key": f"stocktaking-{self.deliveries}"},
            )
            for _ in range(2)
        ]
        assert all(each.status in (200, 404, 409) or each.status >= 500 for each in entered), entered

    @rule(sku=st.sampled_from(SKUS), price=st.integers(1, 9999))
    def change_price(self, sku: str, price: int) -> None:
        """A product costs something else from now on; one that was removed is there again."""
        self.shop.world.stocked(sku, units=0, price=price)
        self.prices[sku] = price

    @rule(sku=st.sampled_from(SKUS))
    def remove(self, sku: str) -> None:
        """A product is taken out of the catalogue, if no order holds any of it."""
        there = self.shop.world.api("get_product", "GET /products/{sku}", path={"sku": sku})
        if there.status == 200:
            headers = {"If-Match": there.headers["etag"]}
            path = {"sku": sku}
            self.shop.world.api("delete_product", "DELETE /products/{sku}", path=path, headers=headers)

    # -- the machinery -------------------------------------------------------------------------------

    @rule()
    def deliver_changes(self) -> None:
        """A batch of the stream."""
        self.shop.deliver_changes()

    @rule()
    def deliver_messages(self) -> None:
        """A batch of the order queue."""
        self.shop.deliver_messages()

    @rule()
    def deliver_notifications(self) -> None:
        """A batch of the Notifications queue."""
        self.shop.deliver_notifications()

    @rule()
    def come_to_rest(self) -> None:
        """All that can be delivered at this time."""
        self.shop.come_to_rest()

    @rule(seconds=st.sampled_from((20, 300, 1000)), sweeps=st.integers(0, 2))
    def wait(self, seconds: int, sweeps: int) -> None:
        """Time passes, and perhaps the clock sets the sweep going."""
        self.shop.clock.move(seconds)
        for _ in range(sweeps):
            self.shop.sweep()

    # -- trouble -------------------------------------------------------------------------------------

    @precondition(lambda self: self.known())
    @rule(data=st.data(), copies=st.integers(1, 2))
    def duplicate(self, data: st.DataObject, copies: int) -> None:
        """A message of an order comes once more."""
        for _ in range(copies):
            order_id = data.draw(st.sampled_from(self.order_ids()))
            self.shop.queue.put(f'{{"orderId":"{order_id}"}}')

    @precondition(lambda self: self.shop.notifications.messages)
    @rule(data=st.data())
    def duplicate_notification(self, data: st.DataObject) -> None:
        """What a customer is to be told comes once more."""
        self.shop.notifications.put(data.draw(st.sampled_from(self.shop.notifications.messages)).body)

    @rule(soon=SOON, kind=st.sampled_from(KINDS))
    def fault(self, soon: int, kind: Kind) -> None:
        """A call that comes soon goes wrong, in a way that such a call can."""
        met: list[Moment] = []
        self._soon(soon, met.append, lambda: self._strike(kind, met[0]))

    @precondition(lambda self: self.known())
    @rule(soon=SOON, data=st.data())
    def overtake(self, soon: int, data: st.DataObject) -> None:
        """Before a call that comes soon another execution of some order runs as far as it can."""
        order_id = data.draw(st.sampled_from(self.order_ids()))
        self._soon(soon, lambda moment: None, lambda: self.shop.saga.drive(order_id))

    @precondition(lambda self: self.known())
    @rule(soon=SOON)
    def deliver_at_once(self, soon: int) -> None:
        """Before a call that comes soon, another worker has its batch delivered."""
        self._soon(soon, lambda moment: None, self.shop.deliver_messages)

    @precondition(lambda self: self.known())
    @rule(soon=SOON)
    def notify_at_once(self, soon: int) -> None:
        """Before a call that comes soon, another invocation has something to tell."""
        self._soon(soon, lambda moment: None, self.shop.deliver_notifications)

    @precondition(lambda self: self.known())
    @rule(data=st.data(), step=st.sampled_from(STEPS))
    def late_step(self, data: st.DataObject, step: str) -> None:
        """A step of an execution that everybody had forgotten. What it raises nobody hears."""
        with suppress(Exception):
            self.shop.world.step(step, OrderId(data.draw(st.sampled_from(self.order_ids()))))

    # -- the promises --------------------------------------------------------------------------------

    @invariant()
    def what_holds_at_any_time(self) -> None:
        """Whatever has not ended may still be open; nothing else is excused."""
        invariants.check(self.shop.world, ended=False)
        found = self.told_wrongly(ended=False)
        assert not found, "\n".join(found)

    def told_wrongly(self, *, ended: bool) -> list[str]:
        """What the customers should not have been told by mail, or not in this way."""
        shop = self.shop
        return mail_invariants.violations(
            shop.stream.changes, shop.post.sent, shop.calls.struck, shop.world.items(), ended=ended
        )

    def teardown(self) -> None:
        """No more trouble: everything comes to its end, and every promise is kept."""
        self.shop.calls.calm()
        self.shop.come_to_the_end()
        for wish in self.wishes:
            # Whoever had no answer asks again; and what is no longer sold they do not get.
            with suppress(ApiError):
                wish.ask(self.prices)
        sweep = Reconciliation(self.shop.world.table)
        for due in sweep.parked(100):
            sweep.unpark(due.order_id, at=ago(hours=1))
        self.shop.come_to_the_end()
        invariants.check(self.shop.world)
        known = {order_id for wish in self.wishes for order_id in wish.customer.order_ids}
        events, items = self.shop.bus.published, self.shop.world.items()
        found = event_invariants.violations(
            self.shop.stream.changes, events, items, known, keys=len(self.known())
        )
        found += self.told_wrongly(ended=True)
        assert not found, "\n".join(found)
        for wish in self.known():
            assert len(wish.totals) == 1, f"7: an order has cost {wish.totals}"
            assert wish.totals <= wish.worths, f"7: an order of {wish.worths} has cost {wish.totals}"
            agreed = {total.amount for total in wish.customer.agreed.values()}
            assert not agreed or wish.totals == agreed, f"7: an order of {agreed} has cost {wish.totals}"

    # -- within --------------------------------------------------------------------------------------

    def known(self) -> list[Wish]:
        """Those who know their order."""
        return [wish for wish in self.wishes if wish.customer.order_ids]

    def order_ids(self) -> list[str]:
        """The orders that somebody knows."""
        return [wish.customer.order_id for wish in self.known()]

    def _soon(self, soon: int, meet: Callable[[Moment], object], act: Callable[[], object]) -> None:
        """Act just before the call that comes as the nth from now on."""
        left = iter(range(soon))

        def where(moment: Moment) -> bool:
            comes = moment.when is When.BEFORE and moment.call is not None and next(left, None) is None
            if comes:
                meet(moment)
            return comes

        self.shop.calls.at(where, act)

    def _strike(self, kind: Kind, moment: Moment) -> None:
        call = moment.call
        if call and kind.befalls(call):
            kind.strike(self.shop, call.place)


def _is_trouble(refusal: Exception | None) -> bool:
    return isinstance(refusal, NoAnswer) or (isinstance(refusal, ApiError) and refusal.status >= 429)


def _set_up(world: World) -> None:
    for sku in SKUS:
        world.stocked(sku, units=3)
    # The others have left no address.
    for name in ("customer-0", "customer-2"):
        world.with_profile(f"{name}@example.com", name)
