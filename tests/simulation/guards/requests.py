"""Trials of requests: sent twice, at once, with another body, or by another customer."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any
from unittest.mock import patch

from ordering.domain.clock import now
from ordering.domain.images import Gallery
from ordering.domain.order import Order, OrderId
from ordering.domain.order_details import OrderDetails
from ordering.domain.product import Product, Sku
from ordering.domain.stock import Stock, StockEntry
from ordering.repositories.catalogue import Catalogue
from ordering.repositories.order_transitions import OrderTransitions
from ordering.repositories.orders import Orders
from ordering.repositories.stock_ledger import StockLedger, TooFewAvailable
from tests.simulation.guards.trial import Trial
from tests.simulation.guards.trials import SagaSearch
from tests.simulation.harness.scenario_run import SagaHarness
from tests.support import invariants
from tests.support.least_privilege import within
from tests.support.world import World, order_body

Found = tuple[Order | None, Mapping[Sku, Product]]

# Two red mugs, as the customer saw them.
_SHOWN = 2500


def _in_a_shop(name: str, happens: Callable[[SagaHarness, World], Iterator[str]]) -> SagaSearch:
    """One trial: something happens in a shop with ten red mugs, and then every guarantee is checked."""

    def perform(harness: SagaHarness) -> list[str]:
        harness.cloud.begin()
        world = harness.cloud.world.stocked()
        found = list(happens(harness, world))
        return [*found, *invariants.violations(world, ended=False)]

    return lambda harness: iter([Trial(name, perform)])


def _sent_twice_at_once(harness: SagaHarness, world: World) -> Iterator[str]:
    """While the first request looks for an order with its key, the second one places it."""
    look = Orders.get_for_placement

    def look_and_wait(orders: Orders, order_id: OrderId, skus: list[Sku]) -> Found:
        found = look(orders, order_id, skus)
        with patch.object(Orders, "get_for_placement", look):
            harness.cloud.saga.drive(world.place(key="basket-1").body["orderId"])
        return found

    with patch.object(Orders, "get_for_placement", look_and_wait):
        world.place(key="basket-1")
    return iter(())


def _sent_again(harness: SagaHarness, world: World) -> Iterator[str]:
    made = {world.place(key="basket-1").body["orderId"] for _ in range(2)}
    if len(made) > 1:
        yield f"1: one key of one customer has made {len(made)} orders"


def _sent_again_with_another_body(harness: SagaHarness, world: World) -> Iterator[str]:
    world.place(order_body(("MUG-RED", 2)), key="basket-1")
    status = world.place(order_body(("MUG-RED", 3)), key="basket-1").status
    if status != 422:
        yield f"1: a key with another body got {status}, like the first request"


def _agreed_to_another_price(harness: SagaHarness, world: World) -> Iterator[str]:
    """The price was raised after the customer had seen it."""
    world.stocked(units=0, price=9900)
    answered = world.place(_as_shown())
    if answered.status == 202:
        yield f"7: {_SHOWN} was agreed to, and the order costs {answered.body['total']['amount']}"


def _overtaken_while_looking(harness: SagaHarness, world: World) -> Iterator[str]:
    """Between the reads of order and product, a duplicate places the order, and the price is raised."""
    look, looks = Orders.get_for_placement, iter(range(100))

    def look_torn(orders: Orders, order_id: OrderId, skus: list[Sku]) -> Found:
        before, catalogue = look(orders, order_id, skus)
        if next(looks) == 0:
            with within(None):
                world.place(_as_shown(), key="basket-1")
                world.stocked(units=0, price=9900)
            _, catalogue = look(orders, order_id, skus)
        return before, catalogue

    with patch.object(Orders, "get_for_placement", look_torn):
        status = world.place(_as_shown(), key="basket-1").status
    if status != 202:
        yield f"1: the retry of a placed order got {status}"


def _as_shown() -> dict[str, Any]:
    return order_body() | {"expectedTotal": {"amount": _SHOWN, "currency": "EUR"}}


def _counted_twice(harness: SagaHarness, world: World) -> Iterator[str]:
    headers = {"Idempotency-Key": "delivery-1"}
    for _ in range(2):
        world.api(
            "receive_stock",
            "POST /products/{sku}/stock",
            {"received": 5},
            path={"sku": "MUG-RED"},
            headers=headers,
        )
    return iter(())


def _written_off(world: World, units: int, key: str) -> int:
    body = {"adjusted": -units, "reason": "counted"}
    path, headers = {"sku": "MUG-RED"}, {"Idempotency-Key": key}
    return world.api("receive_stock", "POST /products/{sku}/stock", body, path=path, headers=headers).status


def _held_and_written_off(harness: SagaHarness, world: World) -> Iterator[str]:
    """An open order holds six of the ten units, and six are to be written off."""
    world.step("reserve_stock", world.place_order(("MUG-RED", 6)))
    entry = StockEntry(key="stocktaking-1", created_at=now(), adjusted=-6, reason="counted")
    # Directly, because the API's model has no negative stock.
    with suppress(TooFewAvailable):
        StockLedger(world.table).enter(Sku("MUG-RED"), entry)
    return iter(())


def _written_off_twice(harness: SagaHarness, world: World) -> Iterator[str]:
    """All ten units are written off, and the request is sent again."""
    statuses = [_written_off(world, 10, "stocktaking-1") for _ in range(2)]
    if statuses != [200, 200]:
        yield f"2: two requests to write off with one key got {statuses}"


def _written_off_removed_and_entered_again(harness: SagaHarness, world: World) -> Iterator[str]:
    _written_off(world, 4, "stocktaking-1")
    _removed(world)
    world.stocked(units=0)
    return iter(())


def _created_at_once(harness: SagaHarness, world: World) -> Iterator[str]:
    """A request that creates a product has read its stock. Another one spreads the stock over more shards."""
    _removed(world)
    read = Catalogue.get_with_stock

    def read_and_wait(catalogue: Catalogue, sku: Sku) -> tuple[Product | None, Stock, Gallery]:
        found = read(catalogue, sku)
        with patch.object(Catalogue, "get_with_stock", read), within(None):
            world.stocked(units=0, shards=4)
            _removed(world)
        return found

    with patch.object(Catalogue, "get_with_stock", read_and_wait):
        body = {"name": "Red mug", "price": {"amount": 1250, "currency": "EUR"}, "stockShards": 2}
        world.api("put_product", "PUT /products/{sku}", body, path={"sku": "MUG-RED"})
    return iter(())


def _removed(world: World) -> None:
    path = {"sku": "MUG-RED"}
    tag = world.api("get_product", "GET /products/{sku}", path=path).headers["etag"]
    world.api("delete_product", "DELETE /products/{sku}", path=path, headers={"If-Match": tag})


def _cancelled_while_it_ends(harness: SagaHarness, world: World) -> Iterator[str]:
    """The customer's request has read an open order. Before it cancels it, the order is rejected."""
    order_id, cancel = world.place_order(token="tok_declined"), OrderTransitions.request_cancellation

    def reject_and_cancel(transitions: OrderTransitions, details: OrderDetails, at: str) -> bool:
        with patch.object(OrderTransitions, "request_cancellation", cancel), within(None):
            harness.cloud.saga.drive(order_id)
        return cancel(transitions, details, at)

    with patch.object(OrderTransitions, "request_cancellation", reject_and_cancel):
        world.api("cancel_order", "POST /orders/{orderId}/cancel", path={"orderId": order_id})
    return iter(())


def _cancelled_by_another_customer(harness: SagaHarness, world: World) -> Iterator[str]:
    order_id = world.place_order()
    route = "POST /orders/{orderId}/cancel"
    world.api("cancel_order", route, path={"orderId": order_id}, subject="mallory")
    status = world.details(order_id).order.status
    if status != "PENDING":
        yield f"6: another customer has made order {order_id} {status}"


def _read_by_another_customer(harness: SagaHarness, world: World) -> Iterator[str]:
    order_id = world.place_order()
    answer = world.api("get_order", "GET /orders/{orderId}", path={"orderId": order_id}, subject="mallory")
    if answer.status != 404:
        yield f"6: another customer got {answer.status} for order {order_id}"


PRICE_NOT_AGREED = _in_a_shop("a price that was not agreed to", _agreed_to_another_price)
OVERTAKEN_WHILE_LOOKING = _in_a_shop("a request overtaken while it looks", _overtaken_while_looking)
SENT_TWICE_AT_ONCE = _in_a_shop("a request sent twice at once", _sent_twice_at_once)
SENT_AGAIN = _in_a_shop("a request sent again", _sent_again)
SENT_AGAIN_WITH_ANOTHER_BODY = _in_a_shop("a key with another body", _sent_again_with_another_body)
COUNTED_TWICE = _in_a_shop("a receipt of stock sent again", _counted_twice)
HELD_AND_WRITTEN_OFF = _in_a_shop("held units are written off", _held_and_written_off)
WRITTEN_OFF_TWICE = _in_a_shop("units are written off, and the request is retried", _written_off_twice)
WRITTEN_OFF_AND_BACK = _in_a_shop("a SKU is removed and added again", _written_off_removed_and_entered_again)
CREATED_AT_ONCE = _in_a_shop("a product is created twice at once", _created_at_once)
CANCELLED_WHILE_IT_ENDS = _in_a_shop("an order ends while it is cancelled", _cancelled_while_it_ends)
CANCELLED_BY_ANOTHER_CUSTOMER = _in_a_shop("another customer cancels", _cancelled_by_another_customer)
READ_BY_ANOTHER_CUSTOMER = _in_a_shop("another customer reads", _read_by_another_customer)
