"""DELETE /customers/me of a customer with many orders: the request and the sweep share the work."""

from collections import Counter

import pytest

from ordering.domain.order import OrderId
from ordering.repositories.keys import order_keys
from ordering.repositories.removals import PAGE
from tests.handlers.api.removals.customers import (
    addresses,
    forget,
    limit_pages,
    order_queries,
    put_profile,
    removal,
    sweep,
    write_orders,
)
from tests.handlers.exports import exporting
from tests.support.aws_calls import AwsCalls
from tests.support.clock import MovableClock
from tests.support.orders import overwrite
from tests.support.world import World


@pytest.mark.slow
def test_removal_takes_a_known_number_of_calls_per_page(
    world: World, calls: AwsCalls, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_orders(world, closed=490, still_open=10)
    put_profile(world)
    before = Counter({name: len(calls.made(name)) for name in _OPERATIONS})
    limit_pages(monkeypatch, pages=99)
    assert forget(world).status == 204
    made = Counter({name: len(calls.made(name)) for name in _OPERATIONS}) - before
    pages = 500 // PAGE
    # DynamoDB may return a LastEvaluatedKey with a full last page.
    pages_read = made["Query"] - len(["the endpoints of webhooks"])
    assert pages_read in (pages, pages + 1)
    # One address for each closed order, 25 in a batch.
    assert made["BatchWriteItem"] <= 4 * pages
    assert made["UpdateItem"] == 10
    # One records the request, and one the progress of each page.
    assert made["TransactWriteItems"] == pages_read + 1
    assert made["GetItem"] == 1
    assert len(addresses(world)) == 10
    assert all("expiresAt" in each for each in addresses(world))


_OPERATIONS = ("Query", "BatchWriteItem", "UpdateItem", "TransactWriteItems", "GetItem", "DeleteItem")


@pytest.mark.slow
@pytest.mark.usefixtures("small_pages")
def test_removal_continues_where_the_last_request_ran_out_of_time(
    world: World, calls: AwsCalls, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There are ten pages, and each of four requests has time for three."""
    write_orders(world, closed=100)
    put_profile(world)
    statuses = []
    for _ in range(4):
        limit_pages(monkeypatch, pages=3)
        statuses.append(forget(world).status)
        assert world.api("get_profile", "GET /customers/me").status == 404, "the profile is removed first"
    assert statuses == [202, 202, 202, 204]
    assert addresses(world) == []
    assert len(order_queries(calls)) == 11


@pytest.mark.slow
@pytest.mark.usefixtures("queue", "small_pages")
def test_sweep_completes_a_removal_without_another_request(
    world: World, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_orders(world, closed=100)
    limit_pages(monkeypatch, pages=1)
    assert forget(world).status == 202
    sweeps = delivered = 0
    while removal(world):
        clock.move(61)
        # Time for a few pages.
        delivered += sweep(24_000)
        sweeps += 1
        assert sweeps < 20
    assert addresses(world) == []
    assert delivered > 3, "one message is not enough for all pages"


@pytest.mark.slow
@pytest.mark.usefixtures("queue", "small_pages")
def test_removals_of_two_customers_progress_side_by_side(
    world: World, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A customer with many orders does not block the removal of another customer."""
    write_orders(world, closed=150)
    limit_pages(monkeypatch, pages=1)
    forget(world)
    order_id = OrderId(world.place(subject="bob").body["orderId"])
    overwrite(world, order_keys.order(order_id), status="CANCELLED")
    limit_pages(monkeypatch, pages=0)
    assert forget(world, "bob").status == 202
    clock.move(61)
    exporting.sweep()
    for message in exporting.receive():
        assert exporting.deliver(message, 24_000)
    assert world.table.get(order_keys.address(order_id)) is None
    assert len(addresses(world)) > 0
