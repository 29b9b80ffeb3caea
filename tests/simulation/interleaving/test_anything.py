"""Random sequences: orders, cancellations, mail, duplicates, faults, late steps, changes of the catalogue.

After every action, every guarantee holds that must hold at any time. At the end the faults stop, time passes,
and an operator unparks what was parked. Then every guarantee holds, and every order has ended.
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
from ordering.guards import Guard
from ordering.repositories.reconciliation import Reconciliation
from orders_client import ApiError, IdempotencyKeyReused, NoResponse
from tests.simulation.faults.kinds import KINDS, Kind
from tests.simulation.guards.switching import switched_off
from tests.support import event_invariants, invariants, mail_invariants
from tests.support.backend import Backend, backend
from tests.support.customer import Customer
from tests.support.injection_points import InjectionPoint, When
from tests.support.world import World
from tests.synth import synthesised_state_machine

SKUS = ("MUG-RED", "BOWL-BLUE")
CARDS = ("tok_ok", "tok_ok", "tok_declined", "tok_timeout", "tok_flaky", "tok_capture_refused")
BASKETS = st.dictionaries(st.sampled_from(SKUS), st.integers(1, 3), min_size=1)
ORDERS = st.tuples(BASKETS, st.sampled_from(CARDS), st.sampled_from(("GB", "GB", "GB", "AQ")), st.booleans())
Wanted = tuple[dict[str, int], str, str, bool]
MOST_ORDERS = 5

# An undisturbed order makes about forty calls.
SOON = st.integers(1, 60)
STEPS = tuple(synthesised_state_machine().handlers.values())


@pytest.fixture(scope="module")
def shop() -> Iterator[Backend]:
    """One backend for all tests."""
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


def test_random_sequences_break_no_guarantee(shop: Backend) -> None:
    _try(shop, TRYING)


def test_random_sequences_find_a_missing_guard(shop: Backend) -> None:
    # The first example that breaks a guarantee is sufficient: it need not be the shortest.
    found_once = settings(TRYING, phases=[Phase.generate], max_examples=300)
    with switched_off(Guard.UNDO_REFUND), pytest.raises(AssertionError, match="3: "):
        _try(shop, found_once)


def _try(shop: Backend, trying: settings) -> None:
    class Here(Anything):
        def __init__(self) -> None:
            super().__init__(shop)

    run_state_machine_as_test(Here, settings=trying)


@dataclass
class Wish:
    """What a customer wants to order, and would request again."""

    customer: Customer
    basket: dict[str, int]
    card: str
    country: str
    agrees: bool
    """Whether they send the expected total: the one that they were shown last."""
    worths: set[int] = field(default_factory=set)
    """The value by the prices at the time of each request."""
    totals: set[int] = field(default_factory=set)
    """The total in each response."""

    def ask(self, prices: Mapping[str, int]) -> None:
        """Send the request, always with the same key. Raises ApiError and NoResponse."""
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
        shop.begin("three mugs and three bowls", _set_up, consumers=["notify_customer"])
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
        """A customer orders something."""
        customer = self.shop.customer(f"customer-{len(self.wishes)}")
        self.wishes.append(Wish(customer, basket, card, country, agrees))
        with suppress(ApiError, NoResponse):
            self.wishes[-1].ask(self.prices)

    @precondition(lambda self: self.wishes)
    @rule(data=st.data())
    def place_again(self, data: st.DataObject) -> None:
        """The same customer sends the same order with the same key."""
        with suppress(ApiError, NoResponse):
            data.draw(st.sampled_from(self.wishes)).ask(self.prices)

    @precondition(lambda self: self.known())
    @rule(data=st.data())
    def place_another_with_the_key(self, data: st.DataObject) -> None:
        """The same key is sent with another body."""
        wish = data.draw(st.sampled_from(self.known()))
        more = {sku: quantity + 1 for sku, quantity in wish.basket.items()}
        refusal: Exception | None = None
        try:
            wish.customer.place(*more.items(), card=wish.card, country=wish.country)
        except (ApiError, NoResponse) as error:
            refusal = error
        assert isinstance(refusal, IdempotencyKeyReused) or _is_transient(refusal), refusal

    @precondition(lambda self: self.known())
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        """A customer cancels."""
        with suppress(ApiError, NoResponse):
            data.draw(st.sampled_from(self.known())).customer.cancel()

    # -- the staff -----------------------------------------------------------------------------------

    @rule(sku=st.sampled_from(SKUS), units=st.integers(1, 2))
    def receive(self, sku: str, units: int) -> None:
        """A delivery arrives, and is entered twice with one key."""
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
        """The stock is counted and adjusted, if there is enough; twice with one key."""
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
        """A product gets another price; if it was removed, it is added again."""
        self.shop.world.stocked(sku, units=0, price=price)
        self.prices[sku] = price

    @rule(sku=st.sampled_from(SKUS))
    def remove(self, sku: str) -> None:
        """A product is removed from the catalogue."""
        there = self.shop.world.api("get_product", "GET /products/{sku}", path={"sku": sku})
        if there.status == 200:
            headers = {"If-Match": there.headers["etag"]}
            path = {"sku": sku}
            self.shop.world.api("delete_product", "DELETE /products/{sku}", path=path, headers=headers)

    # -- deliveries ----------------------------------------------------------------------------------

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
        """A batch of the notifications queue."""
        self.shop.deliver_notifications()

    @rule()
    def deliver_everything(self) -> None:
        """Everything that can be delivered at this time."""
        self.shop.deliver_everything()

    @rule(seconds=st.sampled_from((20, 300, 1000)), sweeps=st.integers(0, 2))
    def wait(self, seconds: int, sweeps: int) -> None:
        """Time passes, and the sweep may run."""
        self.shop.clock.move(seconds)
        for _ in range(sweeps):
            self.shop.sweep()

    # -- faults --------------------------------------------------------------------------------------

    @precondition(lambda self: self.known())
    @rule(data=st.data(), copies=st.integers(1, 2))
    def duplicate(self, data: st.DataObject, copies: int) -> None:
        """A message of an order is delivered again."""
        for _ in range(copies):
            order_id = data.draw(st.sampled_from(self.order_ids()))
            self.shop.queue.put(f'{{"orderId":"{order_id}"}}')

    @precondition(lambda self: self.shop.notifications.messages)
    @rule(data=st.data())
    def duplicate_notification(self, data: st.DataObject) -> None:
        """A notification is delivered again."""
        self.shop.notifications.put(data.draw(st.sampled_from(self.shop.notifications.messages)).body)

    @rule(soon=SOON, kind=st.sampled_from(KINDS))
    def fault(self, soon: int, kind: Kind) -> None:
        """One of the next calls fails, in a way that such a call can fail."""
        met: list[InjectionPoint] = []
        self._soon(soon, met.append, lambda: self._inject(kind, met[0]))

    @precondition(lambda self: self.known())
    @rule(soon=SOON, data=st.data())
    def overtake(self, soon: int, data: st.DataObject) -> None:
        """Before one of the next calls, another execution of some order runs as far as it can."""
        order_id = data.draw(st.sampled_from(self.order_ids()))
        self._soon(soon, lambda point: None, lambda: self.shop.saga.drive(order_id))

    @precondition(lambda self: self.known())
    @rule(soon=SOON)
    def deliver_at_once(self, soon: int) -> None:
        """Before one of the next calls, another worker gets a batch."""
        self._soon(soon, lambda point: None, self.shop.deliver_messages)

    @precondition(lambda self: self.known())
    @rule(soon=SOON)
    def notify_at_once(self, soon: int) -> None:
        """Before one of the next calls, another invocation gets a notification."""
        self._soon(soon, lambda point: None, self.shop.deliver_notifications)

    @precondition(lambda self: self.known())
    @rule(data=st.data(), step=st.sampled_from(STEPS))
    def late_step(self, data: st.DataObject, step: str) -> None:
        """A step of an earlier execution runs late. What it raises is ignored."""
        with suppress(Exception):
            self.shop.world.step(step, OrderId(data.draw(st.sampled_from(self.order_ids()))))

    # -- the guarantees ------------------------------------------------------------------------------

    @invariant()
    def what_holds_at_any_time(self) -> None:
        """What has not ended may still be open; everything else must hold."""
        invariants.check(self.shop.world, ended=False)
        found = self.wrong_mails(ended=False)
        assert not found, "\n".join(found)

    def wrong_mails(self, *, ended: bool) -> list[str]:
        """Returns what is wrong about the mails that were sent."""
        shop = self.shop
        return mail_invariants.violations(
            shop.stream.changes, shop.mailbox.sent, shop.calls.injected, shop.world.items(), ended=ended
        )

    def teardown(self) -> None:
        """No more faults: everything ends, and every guarantee holds."""
        self.shop.calls.cancel_interruptions()
        self.shop.run_to_the_end()
        for wish in self.wishes:
            # A customer without a response retries; a product that is no longer sold is refused.
            with suppress(ApiError):
                wish.ask(self.prices)
        sweep = Reconciliation(self.shop.world.table)
        for due in sweep.parked(100):
            sweep.unpark(due.order_id, at=ago(hours=1))
        self.shop.run_to_the_end()
        invariants.check(self.shop.world)
        known = {order_id for wish in self.wishes for order_id in wish.customer.order_ids}
        events, items = self.shop.bus.published, self.shop.world.items()
        found = event_invariants.violations(
            self.shop.stream.changes, events, items, known, keys=len(self.known())
        )
        found += self.wrong_mails(ended=True)
        assert not found, "\n".join(found)
        for wish in self.known():
            assert len(wish.totals) == 1, f"7: an order has cost {wish.totals}"
            assert wish.totals <= wish.worths, f"7: an order of {wish.worths} has cost {wish.totals}"
            agreed = {total.amount for total in wish.customer.agreed.values()}
            assert not agreed or wish.totals == agreed, f"7: an order of {agreed} has cost {wish.totals}"

    # -- helpers ---------------------------------------------------------------------------------------

    def known(self) -> list[Wish]:
        """Returns the wishes of customers who know their order."""
        return [wish for wish in self.wishes if wish.customer.order_ids]

    def order_ids(self) -> list[str]:
        """Returns the orders that some customer knows."""
        return [wish.customer.order_id for wish in self.known()]

    def _soon(self, soon: int, meet: Callable[[InjectionPoint], object], act: Callable[[], object]) -> None:
        """Act just before the nth call from now on."""
        left = iter(range(soon))

        def where(point: InjectionPoint) -> bool:
            comes = point.when is When.BEFORE and point.call is not None and next(left, None) is None
            if comes:
                meet(point)
            return comes

        self.shop.calls.at(where, act)

    def _inject(self, kind: Kind, point: InjectionPoint) -> None:
        call = point.call
        if call and kind.applies_to(call):
            kind.inject(self.shop, call.place)


def _is_transient(refusal: Exception | None) -> bool:
    return isinstance(refusal, NoResponse) or (isinstance(refusal, ApiError) and refusal.status >= 429)


def _set_up(world: World) -> None:
    for sku in SKUS:
        world.stocked(sku, units=3)
    # The others have no profile.
    for name in ("customer-0", "customer-2"):
        world.with_profile(f"{name}@example.com", name)
