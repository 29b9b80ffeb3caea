"""The journeys that are counted: what happens to an order, how large it is, and how busy the backend is.

An order is *alone* if nothing else happens: each message is a batch of its own, and `publish_changes` is
invoked after every step, as often as it can be. *Ten at once* are placed before anything reacts to them: they
share the batches of the stream and of the queue.
"""

from collections.abc import Callable
from dataclasses import dataclass

from tests.simulation.costs.recorder import Recorder
from tests.support.backend import Backend
from tests.support.injection_points import InjectionPoint, When, after
from tests.support.world import World
from tests.synth import synthesised_state_machine
from tools.costs.counts import Journey
from tools.costs.names import (
    AT_ONCE,
    CANCELLED,
    CANCELLED_EARLY,
    DECLINED,
    LINES,
    OUT_OF_STOCK,
    READ,
    REFUNDED,
    fulfilled,
)

_EMAIL = "ada@example.com"
_PRICE = 1250
_UNITS = 2
_PLENTY = 1000


@dataclass(frozen=True)
class CountedJourney:
    """One or several orders, in a shop that has enough of everything unless specified otherwise."""

    name: str
    ends: str = "FULFILLED"
    orders: int = 1
    lines: int = 1
    mail: bool = False
    stock: int = _PLENTY
    card: str = "tok_ok"
    country: str = "GB"
    cancels: str | None = None
    """After which state the customer cancels; an empty text: before anything reacts to the order."""
    only_read: bool = False
    """Whether only a request that reads the order, once it is fulfilled, is counted."""

    def count(self, shop: Backend) -> Journey:
        """Run the journey, and return what it used. Raises AssertionError if it ends in another way."""
        # Every stage has `fan_out_webhooks`, which gets each event; no customer here has an endpoint.
        consumers = ["fan_out_webhooks", *(["notify_customer"] if self.mail else [])]
        shop.begin(f"counted: {self.lines} of {self.stock}, {self.mail}", self._set_up, consumers=consumers)
        recorder = Recorder(shop, self.orders)
        if self.only_read:
            self._place_and_run(shop)
            with recorder.recording():
                shop.alice.read_order()
        else:
            with recorder.recording():
                self._place_and_run(shop)
        statuses = {item["status"] for item in shop.world.items() if item["SK"] == "ORDER"}
        assert statuses == {self.ends}, f"{self.name}: {statuses}"
        return recorder.journey

    def _place_and_run(self, shop: Backend) -> None:
        if self.orders == 1:
            shop.calls.at(_after_any_state(), shop.deliver_changes, times=None)
        if self.cancels:
            shop.calls.at(after(self.cancels), shop.alice.cancel)
        lines = [(f"MUG-{number}", _UNITS) for number in range(self.lines)]
        for number in range(self.orders):
            shop.alice.place(
                *lines,
                key=f"basket-{number:02}",
                card=self.card,
                country=self.country,
                shown=_PRICE * _UNITS * self.lines,
            )
        if self.cancels == "":
            shop.alice.cancel()
        shop.run_to_the_end()

    def _set_up(self, world: World) -> None:
        for number in range(self.lines):
            world.stocked(f"MUG-{number}", self.stock, _PRICE)
        if self.mail:
            world.with_profile(_EMAIL)


def _after_any_state() -> Callable[[InjectionPoint], bool]:
    states = synthesised_state_machine().handlers
    return lambda point: point.call is None and point.when is When.AFTER and point.step.state in states


JOURNEYS = (
    *(
        CountedJourney(
            fulfilled(lines, mail=mail, at_once=at_once),
            lines=lines,
            mail=mail,
            orders=AT_ONCE if at_once else 1,
        )
        for lines in LINES
        for mail in (False, True)
        for at_once in (False, True)
    ),
    CountedJourney(OUT_OF_STOCK, "REJECTED", stock=1),
    CountedJourney(DECLINED, "REJECTED", card="tok_declined"),
    CountedJourney(CANCELLED_EARLY, "CANCELLED", cancels=""),
    CountedJourney(CANCELLED, "CANCELLED", cancels="Confirm order"),
    CountedJourney(REFUNDED, "CANCELLED", country="AQ"),
    CountedJourney(READ, only_read=True),
)


def count_all(shop: Backend) -> dict[str, Journey]:
    """Returns the counts of every journey: name → counts."""
    return {journey.name: journey.count(shop) for journey in JOURNEYS}
