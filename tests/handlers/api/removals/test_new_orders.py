"""DELETE /customers/me when orders or requests arrive during the removal, or the index lags."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from ordering.repositories.keys import order_keys
from ordering.repositories.removals import LAG
from tests.handlers.api.removals.customers import (
    addresses,
    ended_order,
    forget,
    leave_and_return,
    limit_pages,
    order_queries,
    removal,
    sweep,
    write_orders,
)
from tests.support.aws_calls import AwsCalls, Send
from tests.support.client_calls import Parameters
from tests.support.clock import MovableClock
from tests.support.world import World


def late_index(calls: AwsCalls, hidden: Callable[[], set[str]]) -> None:
    """Hide orders from the index, as DynamoDB may do for a moment: an index is eventually consistent."""

    def query(parameters: Parameters, send: Send) -> Any:
        answer = send()
        if parameters.get("IndexName") == "GSI1":
            shown = [item for item in answer["Items"] if item["PK"]["S"] not in hidden()]
            answer = {**answer, "Items": shown}
        return answer

    calls.always("Query", query)


@pytest.mark.usefixtures("queue")
def test_removal_finds_an_order_missing_from_the_index_so_far(
    world: World, calls: AwsCalls, clock: MovableClock
) -> None:
    order_id = ended_order(world)
    hidden = {order_keys.order_partition(order_id)}
    late_index(calls, lambda: hidden)
    assert forget(world).status == 204
    assert len(addresses(world)) == 1, "the index does not list the order yet"
    hidden.clear()
    clock.move(LAG.total_seconds() + 61)
    sweep()
    assert (addresses(world), removal(world)) == ([], None)


@pytest.mark.usefixtures("queue")
def test_open_order_missing_from_the_index_so_far_gets_its_time_to_live(
    world: World, calls: AwsCalls, clock: MovableClock
) -> None:
    order_id = world.stocked().place_order()
    hidden = {order_keys.order_partition(order_id)}
    late_index(calls, lambda: hidden)
    forget(world)
    hidden.clear()
    clock.move(LAG.total_seconds() + 61)
    sweep()
    (address,) = addresses(world)
    assert address["expiresAt"] > time.time() + 89 * 24 * 3600


@pytest.mark.slow
@pytest.mark.usefixtures("queue", "small_pages")
def test_last_pass_of_a_removal_reads_only_the_newest_orders(
    world: World, calls: AwsCalls, clock: MovableClock
) -> None:
    write_orders(world, closed=100)
    assert forget(world).status == 204
    before = len(order_queries(calls))
    clock.move(LAG.total_seconds() + 61)
    sweep()
    assert len(order_queries(calls)) - before == 1
    assert removal(world) is None


@pytest.mark.usefixtures("queue")
def test_customer_who_returns_keeps_their_new_profile_and_orders(world: World, clock: MovableClock) -> None:
    """A removal does not cover a profile and orders that were created after it was requested."""
    leave_and_return(world, clock)
    clock.move(2 * LAG.total_seconds())
    sweep()
    assert removal(world) is None
    assert len(addresses(world)) == 1
    assert world.api("get_profile", "GET /customers/me").status == 200


@pytest.mark.usefixtures("queue")
def test_second_removal_request_removes_what_was_entered_since(world: World, clock: MovableClock) -> None:
    """The second request arrives before the last pass of the first removal."""
    leave_and_return(world, clock)
    assert forget(world).status == 204
    assert addresses(world) == []
    assert world.api("get_profile", "GET /customers/me").status == 404
    clock.move(LAG.total_seconds() + 61)
    sweep()
    assert removal(world) is None


@pytest.mark.slow
@pytest.mark.usefixtures("small_pages")
def test_second_removal_request_during_a_pass_starts_another_pass(
    world: World, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_orders(world, closed=30)
    limit_pages(monkeypatch, pages=1)
    assert forget(world).status == 202
    clock.move(60)
    ended_order(world)
    limit_pages(monkeypatch, pages=99)
    assert forget(world).status == 204
    assert addresses(world) == []
