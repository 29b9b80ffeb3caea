"""Customers with many orders, their removal, and its time budget."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from lambdas.api import delete_profile
from ordering.domain.clock import as_text
from ordering.domain.order import OrderId
from ordering.dynamodb.codec import encode_item
from ordering.repositories.keys import order_keys
from tests.handlers.exports.exporting import deliver_jobs
from tests.support.aws_calls import AwsCalls
from tests.support.client_calls import Parameters
from tests.support.clock import MovableClock
from tests.support.environment import TABLE
from tests.support.orders import cancel_to_the_end
from tests.support.tables import dynamodb
from tests.support.world import ADDRESS, HandlerResponse, World, invoke


def forget(world: World, subject: str = "alice") -> HandlerResponse:
    return world.api("delete_profile", "DELETE /customers/me", subject=subject)


def put_profile(world: World) -> HandlerResponse:
    return world.api("put_profile", "PUT /customers/me", {"email": "ada@example.com", "address": ADDRESS})


def sweep(milliseconds: int | None = None) -> int:
    """Run the sweep once, and deliver the messages that it sends, and those that follow from them.

    `milliseconds` is how much time each message has left, of which each page takes a second. Returns how many
    messages were delivered.
    """
    invoke("scheduled.reconcile_orders", {})
    return deliver_jobs(milliseconds)


def leave_and_return(world: World, clock: MovableClock) -> None:
    """Remove a customer who, a minute later, enters a profile again and has another order."""
    put_profile(world)
    forget(world)
    clock.move(60)
    put_profile(world)
    ended_order(world)


def ended_order(world: World) -> OrderId:
    order_id = world.stocked().place_order()
    cancel_to_the_end(world, order_id)
    return order_id


def write_orders(world: World, closed: int, still_open: int = 0) -> None:
    """Write so many orders of one customer directly into the table, because placing them all is slow."""
    order_id = ended_order(world)
    order = world.table.get(order_keys.order(order_id))
    address = world.table.get(order_keys.address(order_id))
    assert order
    assert address
    begin = datetime.now(UTC) - timedelta(days=400)
    items: list[dict[str, Any]] = []
    for number in range(closed + still_open - 1):
        id = f"00000000-0000-8000-8000-{number:012d}"
        at = as_text(begin + timedelta(minutes=10 * number))
        status = "PENDING" if number >= closed - 1 else "CANCELLED"
        listed = order_keys.my_orders(order["customerId"], at, OrderId(id))
        items.append(
            {**order, **order_keys.order(id), **listed, "orderId": id, "status": status, "createdAt": at}
        )
        items.append({**address, **order_keys.address(id)})
    for start in range(0, len(items), 25):
        puts: list[Any] = [{"PutRequest": {"Item": encode_item(item)}} for item in items[start : start + 25]]
        dynamodb().batch_write_item(RequestItems={TABLE: puts})


def addresses(world: World) -> list[dict[str, Any]]:
    return [item for item in world.items() if item["SK"] == "ADDRESS"]


def order_queries(calls: AwsCalls) -> list[Parameters]:
    """Returns the queries of a customer's orders, one for each page."""
    return [call for call in calls.made("Query") if call.get("IndexName") == "GSI1"]


def removal(world: World) -> dict[str, Any] | None:
    return next((item for item in world.items() if item["SK"] == "REMOVAL"), None)


def limit_pages(monkeypatch: pytest.MonkeyPatch, pages: int) -> None:
    """Let the time budget of the next request run out after so many pages."""
    readings = iter([0.0] * (pages + 1))
    set_budget_clock(monkeypatch, lambda: next(readings, 1e9))


def set_budget_clock(monkeypatch: pytest.MonkeyPatch, monotonic: Callable[[], float]) -> None:
    """Replace the clock by which `delete_profile` measures its time budget."""
    monkeypatch.setattr(delete_profile, "time", SimpleNamespace(monotonic=monotonic))
