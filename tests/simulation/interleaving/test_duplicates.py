"""Messages, stream batches and sweeps happen twice, out of order, and in two workers at once."""

from collections.abc import Callable, Iterator

import pytest

from ordering.domain.clock import ago
from ordering.domain.order import OrderId
from ordering.repositories.keys import order_keys
from tests.support import event_invariants, invariants
from tests.support.backend import Backend, backend
from tests.support.faults import crash
from tests.support.injection_points import after, before_place
from tests.support.world import World

MUGS = ("MUG-RED", 2)


@pytest.fixture(scope="module")
def one_backend() -> Iterator[Backend]:
    """One backend for all tests."""
    with backend() as ours:
        yield ours


@pytest.fixture
def shop(one_backend: Backend) -> Backend:
    """A shop with ten red mugs, where nothing has happened yet."""
    return begun(one_backend)


def begun(shop: Backend) -> Backend:
    """Returns the shop in its first state."""
    shop.begin("ten red mugs", World.stocked)
    return shop


def check(shop: Backend, *ends: str) -> None:
    """Check that every guarantee holds, and that the order has ended with one of these statuses."""
    invariants.check(shop.world)
    found = event_invariants.violations(
        shop.stream.changes, shop.bus.published, shop.world.items(), shop.alice.order_ids
    )
    assert not found, "\n".join(found)
    assert shop.alice.read_order().status in ends


def at_each_call(
    shop: Backend, function: str, begin: Callable[[Backend], object], meanwhile: Callable[[Backend], object]
) -> Iterator[str]:
    """Run the same test once for each call of a function or an execution. Yields a description of the
    call.

    `begin` sets the state up, and `meanwhile` is performed just before the call.
    """
    begin(begun(shop))
    shop.run_to_the_end()
    calls = [call for call in shop.calls.made if function in (call.step.state, call.step.execution)]
    assert calls
    for call in calls:
        begun(shop)
        interruption = shop.calls.at(before_place(call.place), lambda: meanwhile(shop))
        begin(shop)
        shop.run_to_the_end()
        assert interruption.fired == 1
        yield f"before call {call.number} of {function}: {call.target}"


# -- the order queue ---------------------------------------------------------------------------------------


def ordered(shop: Backend) -> None:
    """The order is placed, and its message is in the queue."""
    shop.alice.place(MUGS)
    shop.deliver_changes()


def delivered_again(shop: Backend) -> None:
    """The queue delivers a message to another worker while it is being handled."""
    for message in list(shop.queue.messages):
        shop.queue.put(message.body)
    shop.deliver_messages()


def test_a_message_redelivered_after_its_order_has_ended_changes_nothing(shop: Backend) -> None:
    ordered(shop)
    (message,) = shop.queue.messages
    shop.run_to_the_end()
    facts = shop.world.items(), shop.world.provider_records()
    for _ in range(2):
        shop.queue.put(message.body)
    shop.run_to_the_end()
    assert (shop.world.items(), shop.world.provider_records()) == facts
    check(shop, "FULFILLED")


@pytest.mark.parametrize("worker", ["drive_order", "drive_order-1-1"], ids=["function", "execution"])
def test_two_workers_may_handle_the_same_message_at_once(shop: Backend, worker: str) -> None:
    for where in at_each_call(shop, worker, ordered, delivered_again):
        try:
            check(shop, "FULFILLED")
        except AssertionError as failure:
            failure.add_note(f"delivered again {where}")
            raise


def test_the_messages_of_an_order_and_of_its_cancellation_are_equal(
    shop: Backend,
) -> None:
    shop.alice.place(MUGS)
    shop.alice.cancel()
    shop.deliver_changes()
    placed, cancelled = shop.queue.messages
    assert placed.body == cancelled.body
    for _ in range(2):
        shop.queue.put(placed.body)
    shop.run_to_the_end()
    assert len(shop.saga.executions) == 4
    check(shop, "CANCELLED")


def test_a_cancellation_message_alone_ends_the_order(shop: Backend) -> None:
    """The event bus does not keep the order, so the message of the cancellation may arrive first."""
    shop.alice.place(MUGS)
    shop.deliver_changes()
    shop.queue.begin()
    shop.alice.cancel()
    shop.run_to_the_end()
    assert len(shop.saga.executions) == 1
    check(shop, "CANCELLED")


# -- the stream --------------------------------------------------------------------------------------------


def placed(shop: Backend) -> None:
    """The order is placed, and its change is in the stream."""
    shop.alice.place(MUGS)


def test_every_batch_of_changes_may_be_delivered_twice(shop: Backend) -> None:
    shop.alice.place(MUGS)
    shop.calls.at(after("publish_changes"), crash)
    shop.deliver_changes()
    while shop.stream.waiting or shop.queue.messages:
        shop.calls.at(after("publish_changes"), crash)
        shop.deliver_changes()
        shop.deliver_everything()
    assert len(shop.bus.published) > len({event["id"] for event in shop.bus.published})
    check(shop, "FULFILLED")


def test_two_workers_may_handle_the_same_batch_of_changes_at_once(shop: Backend) -> None:
    for where in at_each_call(shop, "publish_changes-1", placed, Backend.deliver_changes):
        try:
            check(shop, "FULFILLED")
        except AssertionError as failure:
            failure.add_note(f"delivered again {where}")
            raise


def test_changes_of_different_items_may_be_published_in_any_order(shop: Backend) -> None:
    """The stream keeps the order of the changes of each item, but not between items."""
    shop.alice.place(MUGS)
    shop.deliver_changes()
    while shop.deliver_messages():
        pass
    shop.stream.waiting.sort(key=lambda record: str(record["dynamodb"]["Keys"]["SK"]), reverse=True)
    shop.run_to_the_end()
    check(shop, "FULFILLED")


# -- the sweep ---------------------------------------------------------------------------------------------


def overdue(shop: Backend) -> None:
    """The order's message was lost, and a sweep is about to find the order."""
    shop.alice.place(MUGS)
    shop.deliver_changes()
    shop.queue.begin()
    shop.clock.move(1000)
    shop.sweep()


def owing(shop: Backend) -> None:
    """The order was closed with an unsettled payment. No step of the saga does this."""
    shop.alice.place(MUGS)
    shop.deliver_changes()
    order_id = OrderId(shop.alice.order_id)
    for step in ("reserve_stock", "authorise_payment"):
        shop.world.step(step, order_id)
    shop.alice.cancel()
    shop.deliver_everything()
    page = shop.world.provider_records()[0]["PK"]
    for table, key in (
        (shop.world.table, order_keys.payment(order_id, 1)),
        (shop.world.provider_table, {"PK": page}),
    ):
        table.update(key, "SET #status = :back", names={"#status": "status"}, values={":back": "AUTHORISED"})
    due = order_keys.unsettled_payment(order_id, ago(hours=1))
    values = {":shard": due["GSI2PK"], ":at": due["GSI2SK"]}
    shop.world.table.update(
        order_keys.payment(order_id, 1), "SET GSI2PK = :shard, GSI2SK = :at", values=values
    )
    shop.sweep()


@pytest.mark.parametrize(("begin", "end"), [(overdue, "FULFILLED"), (owing, "CANCELLED")])
def test_two_sweeps_may_run_at_once(shop: Backend, begin: Callable[[Backend], None], end: str) -> None:
    for where in at_each_call(shop, "reconcile_orders-1", begin, Backend.sweep):
        try:
            check(shop, end)
        except AssertionError as failure:
            failure.add_note(f"swept {where}")
            raise
