"""The journeys: an order from the customer's first request to its end, and other events in between."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ordering.domain.clock import milliseconds, now
from ordering.domain.events.types import EventType
from ordering.domain.order import OrderId
from ordering.domain.payment import PaymentStatus
from ordering.domain.webhooks.endpoint import EVENT_TYPES
from ordering.repositories.health import Health
from ordering.repositories.keys import order_keys, product_keys
from ordering.resilience.circuit import PAYMENTS, Circuit, CircuitState
from ordering.resilience.pacing import LAST_ATTEMPT
from orders_client import Money
from tests.support import (
    deletion_invariants,
    event_invariants,
    export_invariants,
    invariants,
    live_invariants,
    mail_invariants,
    sales_invariants,
    warehouse_invariants,
    webhook_invariants,
)
from tests.support.backend import Backend
from tests.support.in_memory_receiver import Responds, acknowledges
from tests.support.injection_points import InjectionPoint, When, Where, after, after_call, before
from tests.support.mailbox import REFUSED
from tests.support.orders import overwrite, request_refund
from tests.support.subscriptions import CONNECTION, subscribed
from tests.support.world import World
from tests.support.written_consumers import written_consumers

Act = Callable[[Backend], object]
Units = tuple[tuple[str, int], ...]

EMAIL = "ada@example.com"
MUG, BOWL = "MUG-RED", "BOWL-BLUE"
PRICE = 1250
RAISED = 9900
CANCELLED = ("CANCELLED", "CUSTOMER_REQUEST")
ENDPOINT = "https://partner.example.com/webhooks"


def nothing(shop: Backend) -> None:
    """Nothing else happens."""


@dataclass(frozen=True)
class Journey:
    """One order, in a shop with ten red mugs at 12.50 unless specified otherwise."""

    name: str
    ends: str = "FULFILLED"
    """The final status, unless a cancellation by the customer is accepted."""
    reason: str | None = None
    lines: Units = ((MUG, 2),)
    price: int = PRICE
    """The unit price when the order is placed; the customer was shown `PRICE`."""
    stock: Units = ((MUG, 10),)
    shards: int = 1
    """Over how many shards the stock of each product is spread."""
    card: str = "tok_ok"
    country: str = "GB"
    low_stock_at: int | None = None
    """The threshold of every product, below which StockLow is published."""
    adjusted: int = 0
    """By how many mugs the stock is adjusted during the journey."""
    booking_first: bool = False
    meanwhile: tuple[Where, Act] | None = None
    """What happens during the journey, and at which injection point."""
    then: Act = nothing
    """What happens after the customer has placed the order and got its id."""
    later: Act = nothing
    """What happens after the order has ended."""
    expected_mail: tuple[str, ...] = ()
    """The statuses of which the customer is notified by mail if nothing fails. Empty: the stage sends no mail
    and the customer has no profile, unless `email` or `consumers` say otherwise."""
    email: str | None = None
    """The address in the customer's profile."""
    receiver: Responds | None = None
    """How the customer's receiver of webhooks responds. None: they have no webhook endpoint."""
    webhooks: tuple[EventType, ...] = EVENT_TYPES
    """The types of the events that their endpoint gets, if they have one."""
    client: Literal["listens", "has left"] | None = None
    """What the customer's client of the WebSocket API does. None: they have no such client."""
    consumers: tuple[str, ...] = ()
    """The consumers of events that the stage has, beside those that the fields above need."""

    def begin(self, shop: Backend) -> None:
        """Stock the shop, and register the events during the journey."""
        name = f"stocked with {self.stock}{f', notified at {self._email}' if self._email else ''}"
        name += "" if self.low_stock_at is None else f", low at {self.low_stock_at}"
        name += "" if self.shards == 1 else f", in {self.shards} shards"
        name += f", with webhooks of {self.webhooks}" if self.receiver else ""
        name += ", with a client" if self.client else ""
        shop.begin(name, self._set_up, consumers=self.all_consumers)
        if self.client == "has left":
            shop.live_clients.gone.add(CONNECTION)
        shop.receiver.responds = self.receiver or acknowledges
        shop.saga.booking_first = self.booking_first
        if self.meanwhile:
            where, act = self.meanwhile
            shop.calls.at(where, lambda: act(shop))

    def go(self, shop: Backend) -> None:
        """Run from the first request until the customer has read the ended order. Raises AssertionError."""
        shown = PRICE * self._units
        shop.alice.place(*self.lines, card=self.card, country=self.country, shown=shown)
        self.then(shop)
        shop.run_to_the_end()
        self.later(shop)
        shop.run_to_the_end()
        shop.alice.read_order()

    def violations(self, shop: Backend) -> Iterator[str]:
        """Yields the violated guarantees, by number, and any other errors."""
        items = shop.world.items()
        yield from invariants.violations(shop.world)
        yield from event_invariants.violations(
            shop.stream.changes, shop.bus.contents(), items, shop.alice.order_ids
        )
        yield from mail_invariants.violations(
            shop.stream.changes, shop.mailbox.sent, shop.calls.injected, items
        )
        yield from webhook_invariants.violations(
            shop.stream.changes,
            shop.bus.published,
            shop.receiver.received,
            shop.calls.injected,
            items,
            shop.mailbox.sent if "notify_customer" in shop.consumers else None,
        )
        if "record_sales" in shop.consumers:
            yield from sales_invariants.violations(items)
        if self.client:
            yield from live_invariants.violations(
                shop.bus.published,
                shop.live_clients,
                CONNECTION,
                shop.alice.order_ids,
                shop.calls.injected,
                items,
            )
        if "notify_warehouse" in shop.consumers:
            yield from warehouse_invariants.violations(
                shop.stream.changes, shop.pick_lists.sent, shop.calls.injected, items
            )
        yield from self._end(shop)
        if shop.alice.forgotten:
            yield from deletion_invariants.violations(items, shop.exports)
        elif shop.alice.exported:
            yield from export_invariants.violations(
                items, shop.exports, shop.mailbox.sent, shop.calls.injected
            )
        if dead := shop.dead_letters:
            yield f"4: {len(dead)} message(s) in the dead-letter queues"
        if shop.parked_changes:
            yield f"5: {len(shop.parked_changes)} change(s) parked"

    def _end(self, shop: Backend) -> Iterator[str]:
        order = shop.world.details(OrderId(shop.alice.order_id)).order
        expected = CANCELLED if shop.alice.cancelled else (self.ends, self.reason)
        if (order.status, order.reason) != expected:
            yield f"4: it ended {order.status}, {order.reason}, not {expected[0]}, {expected[1]}"
        if str(shop.alice.known[-1].status) != str(order.status):
            yield f"1: it is {order.status}, and the customer read {shop.alice.known[-1].status}"
        total = self.price * self._units
        if order.total != total:
            yield f"7: it costs {order.total}, but {total} when it was placed"
        for agreed in shop.alice.agreed.values():
            if agreed != Money(order.total, order.currency):
                yield f"7: it costs {order.total}, and the customer agreed to {agreed.amount}"
        sold = dict(self.lines) if order.status == "FULFILLED" else {}
        available: Counter[str] = Counter()
        for item in shop.world.items():
            if product_keys.is_stock(item):
                available[item["sku"]] += item.get("available", 0)
        for sku, units in available.items():
            left = dict(self.stock)[sku] - sold.get(sku, 0) + (self.adjusted if sku == MUG else 0)
            if units != left:
                yield f"2: {units} {sku} are available, not {left}"

    @property
    def _units(self) -> int:
        return sum(units for _, units in self.lines)

    def _set_up(self, world: World) -> None:
        for sku, units in self.stock:
            world.stocked(sku, units, PRICE, low_stock_at=self.low_stock_at, shards=self.shards)
        if self._email:
            # A release before this one ignores the language, and sends its mail in English.
            world.with_profile(self._email).in_german()
        if self.client:
            subscribed(world, CONNECTION)
        if self.receiver:
            wanted = {"url": ENDPOINT, "types": self.webhooks}
            created = world.api("create_webhook", "POST /webhooks", wanted)
            assert created.status == 201, created

    @property
    def all_consumers(self) -> tuple[str, ...]:
        """The consumers of events that the stage has."""
        needed = {
            "notify_customer": bool(self.expected_mail),
            "fan_out_webhooks": self.receiver is not None,
            "announce_orders": self.client is not None,
        }
        return (*(name for name, is_needed in needed.items() if is_needed), *self.consumers)

    @property
    def _email(self) -> str | None:
        return self.email or (EMAIL if self.expected_mail else None)


def forget(shop: Backend) -> None:
    """The customer asks for their data to be deleted."""
    shop.alice.forget()


def export(shop: Backend) -> None:
    """The customer asks for a copy of their data."""
    shop.alice.request_export()


def cancel(shop: Backend) -> None:
    """The customer cancels."""
    shop.alice.cancel()


def unavailable_twice(number: int, event: Mapping[str, Any]) -> int:
    """The receiver returns 503 twice, and then acknowledges."""
    return 503 if number <= 2 else 204


def gone(number: int, event: Mapping[str, Any]) -> int:
    """The receiver returns 410, to get no more webhooks."""
    return 410


def when_looked_up(point: InjectionPoint) -> bool:
    """Just before the prices are looked up."""
    call = point.call
    return (
        call is not None
        and point.when is When.BEFORE
        and (call.step.state, call.target) == ("place_order", "dynamodb.BatchGetItem")
    )


def once_placed(point: InjectionPoint) -> bool:
    """Just after the order was written, before any function processes it."""
    call = point.call
    return (
        call is not None
        and point.when is When.AFTER
        and (call.step.state, call.target) == ("place_order", "dynamodb.TransactWriteItems")
    )


def raise_the_price(shop: Backend) -> None:
    """The ordered product costs more from now on."""
    shop.world.stocked(units=0, price=RAISED)


def remove_the_product(shop: Backend) -> None:
    """The ordered product leaves the catalogue."""
    path = {"sku": MUG}
    tag = shop.world.api("get_product", "GET /products/{sku}", path=path).headers["etag"]
    headers = {"If-Match": tag}
    gone = shop.world.api("delete_product", "DELETE /products/{sku}", path=path, headers=headers)
    assert gone.status == 204, gone


def write_off_all_but_one(shop: Backend) -> None:
    """Nine of the ten mugs are written off."""
    assert shop.staff.adjust_stock(MUG, -9, key="stocktaking-1")


def write_off_what_is_left(shop: Backend) -> None:
    """All ten mugs are missing, but two are held, so only eight can be written off."""
    assert not shop.staff.adjust_stock(MUG, -10, key="stocktaking-1")
    assert shop.staff.adjust_stock(MUG, -8, key="stocktaking-2")


def lose_the_message(shop: Backend) -> None:
    """The order queue loses its messages."""
    shop.deliver_changes()
    shop.queue.begin()


def open_the_circuit(shop: Backend) -> None:
    """The payment provider's circuit is open. The provider works again, but there has been no probe yet."""
    at = milliseconds()
    opened = Circuit(of=PAYMENTS, state=CircuitState.OPEN, changed_at=at, probe_at=at + 60_000, away_since=at)
    Health(shop.world.table).change(PAYMENTS, lambda before: opened)


def deliver_too_often(shop: Backend) -> None:
    """The driver of the order's message has died at every receive."""
    shop.deliver_changes()
    for message in shop.queue.messages:
        message.receives = LAST_ATTEMPT


def reset_the_void(shop: Backend) -> None:
    """The void of the closed order is missing in its ledger, as after restoring a backup."""
    order_id = OrderId(shop.alice.order_id)
    for payment in shop.world.details(order_id).payments:
        if payment.status is PaymentStatus.VOIDED:
            due = order_keys.unsettled_payment(order_id, now())
            overwrite(shop.world, order_keys.payment(order_id, payment.attempt), status="AUTHORISED", **due)


def refund(shop: Backend) -> None:
    """An operator requests the refund of the fulfilled order."""
    assert request_refund(shop.world, OrderId(shop.alice.order_id))


_WRITTEN = (
    Journey("fulfilled"),
    Journey("fulfilled, several lines", lines=((MUG, 2), (BOWL, 3)), stock=((MUG, 10), (BOWL, 3))),
    Journey("fulfilled, booked before it is paid", booking_first=True),
    Journey("fulfilled, which makes the stock low", low_stock_at=9),
    Journey("out of stock", "REJECTED", "OUT_OF_STOCK", lines=((MUG, 11),)),
    Journey("fulfilled from several shards", lines=((MUG, 3),), stock=((MUG, 4),), shards=4),
    Journey(
        "out of stock in all shards",
        "REJECTED",
        "OUT_OF_STOCK",
        lines=((MUG, 5),),
        stock=((MUG, 4),),
        shards=4,
    ),
    Journey(
        "cancelled with stock held in several shards",
        lines=((MUG, 3),),
        stock=((MUG, 4),),
        shards=4,
        meanwhile=(after("Reserve stock"), cancel),
    ),
    Journey("declined", "REJECTED", "PAYMENT_DECLINED", card="tok_declined"),
    Journey("payment answer lost", card="tok_timeout"),
    Journey("capture refused", "CANCELLED", "CAPTURE_REFUSED", card="tok_capture_refused"),
    Journey("shipment refused", "CANCELLED", "SHIPMENT_REFUSED", country="AQ"),
    Journey("cancelled before it is driven", then=cancel),
    Journey("cancelled with stock held", meanwhile=(after("Reserve stock"), cancel)),
    Journey("cancelled with the payment authorised", meanwhile=(after("Authorise payment"), cancel)),
    Journey("cancelled after confirmation", meanwhile=(after("Confirm order"), cancel)),
    Journey("cancelled with the money taken", meanwhile=(before("Book shipment"), cancel)),
    Journey("cancelled after the pivot", meanwhile=(after("Complete order"), cancel)),
    Journey("product removed meanwhile", meanwhile=(once_placed, remove_the_product)),
    Journey("price changed meanwhile", meanwhile=(once_placed, raise_the_price)),
    Journey("price changed since it was shown", price=RAISED, meanwhile=(when_looked_up, raise_the_price)),
    Journey(
        "written off before it is reserved",
        "REJECTED",
        "OUT_OF_STOCK",
        adjusted=-9,
        meanwhile=(before("Reserve stock"), write_off_all_but_one),
    ),
    Journey(
        "written off beside what is held",
        adjusted=-8,
        meanwhile=(after("Reserve stock"), write_off_what_is_left),
    ),
    Journey("message lost", then=lose_the_message),
    Journey("provider away when it is driven", then=open_the_circuit),
    Journey("message received too often", then=deliver_too_often),
    Journey("void forgotten", meanwhile=(after("Authorise payment"), cancel), later=reset_the_void),
    Journey(
        "refunded after it was fulfilled", later=refund, expected_mail=("CONFIRMED", "FULFILLED", "REFUNDED")
    ),
    Journey("notified of an order fulfilled", expected_mail=("CONFIRMED", "FULFILLED")),
    Journey(
        "notified of an order rejected",
        "REJECTED",
        "OUT_OF_STOCK",
        lines=((MUG, 11),),
        expected_mail=("REJECTED",),
    ),
    Journey(
        "notified of a refund",
        "CANCELLED",
        "SHIPMENT_REFUSED",
        country="AQ",
        expected_mail=("CONFIRMED", "CANCELLED"),
    ),
    Journey("at an address that is refused", email=f"ada{REFUSED}", consumers=("notify_customer",)),
    Journey("forgotten after the order has ended", email=EMAIL, later=forget),
    Journey("forgotten while the order is open", email=EMAIL, then=forget),
    Journey("data exported", email=EMAIL, later=export, consumers=("notify_customer",)),
    Journey(
        "forgotten during an export",
        email=EMAIL,
        later=export,
        meanwhile=(after_call(to="s3.UploadPart"), forget),
    ),
    Journey(
        "webhooks of an order fulfilled",
        receiver=acknowledges,
        webhooks=(EventType.ORDER_CONFIRMED, EventType.ORDER_FULFILLED),
    ),
    Journey(
        "webhooks of an order rejected", "REJECTED", "OUT_OF_STOCK", lines=((MUG, 11),), receiver=acknowledges
    ),
    Journey(
        "webhooks to a receiver that fails twice",
        "REJECTED",
        "OUT_OF_STOCK",
        lines=((MUG, 11),),
        receiver=unavailable_twice,
    ),
    Journey(
        "webhooks to a receiver that is gone",
        "REJECTED",
        "OUT_OF_STOCK",
        lines=((MUG, 11),),
        receiver=gone,
        email=EMAIL,
        consumers=("notify_customer",),
    ),
    Journey(
        "totals of an order fulfilled and refunded",
        lines=((MUG, 2), (BOWL, 3)),
        stock=((MUG, 10), (BOWL, 3)),
        later=refund,
        consumers=("record_sales",),
    ),
    Journey("totals of an order cancelled", then=cancel, consumers=("record_sales",)),
    Journey(
        "packed by a warehouse",
        lines=((MUG, 2), (BOWL, 3)),
        stock=((MUG, 10), (BOWL, 3)),
        later=refund,
        consumers=("notify_warehouse",),
    ),
    Journey("packed by no warehouse, as it was cancelled", then=cancel, consumers=("notify_warehouse",)),
    Journey("watched until it is fulfilled and refunded", later=refund, client="listens"),
    Journey("watched by a client that has left", client="has left"),
)


def journeys_of_others(consumers: Iterable[str], journeys: Iterable[Journey]) -> Iterator[Journey]:
    """Yields a journey for each consumer that is in no other journey, for example a new one."""
    known = {name for journey in journeys for name in journey.all_consumers}
    return (
        Journey(f"fulfilled, consumed by {name}", consumers=(name,))
        for name in consumers
        if name not in known
    )


JOURNEYS = (*_WRITTEN, *journeys_of_others((each.name for each in written_consumers()), _WRITTEN))
