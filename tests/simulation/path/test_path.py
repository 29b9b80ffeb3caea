"""The whole path: the client places an order, and the connected functions process it to its end."""

from collections import Counter

from ordering.domain.order import OrderId
from ordering.dynamodb.transaction import ABSENT
from ordering.repositories.keys import order_keys
from ordering.repositories.orders import Orders
from tests.support import event_invariants, invariants, mail_invariants
from tests.support.backend import Backend
from tests.support.faults import ResponseLost, Unavailable, crash, die, fail
from tests.support.injection_points import after, after_call, after_place, before, before_call
from tests.support.world import World

MUGS = ("MUG-RED", 2)
EMAIL = "ada@example.com"


def with_mail(shop: Backend, *, mail: bool = True) -> None:
    """A shop whose customer has a profile, on a stage that may send mail."""
    shop.begin(
        "notified by mail",
        lambda world: world.stocked().with_profile(EMAIL),
        consumers=["notify_customer"] if mail else [],
    )


def check(shop: Backend) -> None:
    """Check that every guarantee holds."""
    invariants.check(shop.world)
    items = shop.world.items()
    found = event_invariants.violations(shop.stream.changes, shop.bus.published, items, shop.alice.order_ids)
    found += mail_invariants.violations(shop.stream.changes, shop.mailbox.sent, shop.calls.injected, items)
    assert not found, "\n".join(found)


def test_an_order_is_placed_driven_and_published(shop: Backend) -> None:
    assert shop.alice.place(MUGS).status == "PENDING"
    shop.run_to_the_end()
    order = shop.alice.read_order()
    assert (order.status, order.total.amount) == ("FULFILLED", 2500)
    check(shop)


def test_the_calls_of_every_function_are_recorded(shop: Backend) -> None:
    shop.alice.place(MUGS)
    shop.clock.move(1000)
    shop.sweep()
    shop.run_to_the_end()
    shop.alice.read_order()
    functions = {"place_order", "publish_changes", "drive_order", "reconcile_orders", "get_order"}
    seen = {call.step.state for call in shop.calls.made}
    assert {"customer", *functions, "Load order", "Complete order"} <= seen
    assert [call.place for call in shop.calls.made] == list(range(1, len(shop.calls.made) + 1))


def test_a_customer_with_a_profile_is_notified_of_the_order(shop: Backend) -> None:
    with_mail(shop)
    shop.alice.place(MUGS)
    shop.run_to_the_end()
    assert "notify_customer" in {call.step.state for call in shop.calls.made}
    assert [(mail.to, mail.subject) for mail in shop.mailbox.sent] == [
        (EMAIL, "We have your order"),
        (EMAIL, "Your order is on its way"),
    ]
    check(shop)


def test_a_customer_without_a_profile_gets_no_mail(shop: Backend) -> None:
    shop.begin("ten red mugs", World.stocked, consumers=["notify_customer"])
    shop.alice.place(MUGS)
    shop.run_to_the_end()
    assert "notify_customer" in {call.step.state for call in shop.calls.made}
    assert shop.mailbox.sent == []
    check(shop)


def test_a_stage_without_a_sender_sends_no_mail(shop: Backend) -> None:
    with_mail(shop, mail=False)
    shop.alice.place(MUGS)
    shop.run_to_the_end()
    assert (shop.mailbox.sent, shop.notifications.messages) == ([], [])


def test_a_run_is_repeatable(shop: Backend) -> None:
    runs = []
    for _ in range(2):
        shop.begin("ten red mugs", lambda world: world.stocked())
        shop.alice.place(MUGS)
        shop.run_to_the_end()
        ids = [event["id"] for event in shop.bus.published]
        runs.append((shop.calls.made, ids, shop.clock.present))
    assert runs[0] == runs[1]


def test_business_events_of_an_order_are_published_and_nothing_else(shop: Backend) -> None:
    shop.alice.place(MUGS)
    shop.run_to_the_end()
    assert Counter(event["type"] for event in shop.bus.published) == Counter(
        OrderPlaced=1,
        OrderConfirmed=1,
        OrderFulfilled=1,
        StockReserved=1,
        PaymentAuthorised=1,
        PaymentCaptured=1,
        ShipmentBooked=1,
        ShipmentDispatched=1,
    )


def test_a_client_without_a_response_retries_and_gets_the_one_order(shop: Backend) -> None:
    lost = shop.calls.at(after_call(to="http.POST /orders"), fail(ResponseLost))
    # The order ends while the client waits before its retry.
    assert (shop.alice.place(MUGS).status, lost.fired) == ("FULFILLED", 1)
    assert shop.alice.known[-1].http.replayed
    shop.run_to_the_end()
    check(shop)


def test_a_customer_whose_device_fails_repeats_the_key(shop: Backend) -> None:
    shop.calls.at(after_call(to="http.POST /orders"), crash)
    shop.alice.place(MUGS)
    shop.run_to_the_end()
    check(shop)


def test_stream_records_are_redelivered_until_the_function_succeeds(shop: Backend) -> None:
    shop.alice.place(MUGS)
    shop.calls.at(after("publish_changes"), crash, times=3)
    shop.run_to_the_end()
    assert [event["type"] for event in shop.bus.published[:4]] == ["OrderPlaced"] * 4
    assert len(shop.functions.losses) == 3
    check(shop)


def test_a_refused_event_is_retried_with_those_after_it(shop: Backend) -> None:
    shop.alice.place(MUGS)
    shop.deliver_everything()
    shop.world.stocked("BOWL-BLUE", 5)
    shop.bus.refuse_one()
    before = len(shop.bus.published)
    shop.deliver_everything()
    types = [event["type"] for event in shop.bus.published[before:]]
    assert types == ["ProductAdded"]
    check(shop)


def test_a_message_is_redelivered_if_its_function_is_lost(shop: Backend) -> None:
    shop.alice.place(MUGS)
    shop.calls.at(before_call(to="sfn.StartSyncExecution"), crash)
    shop.deliver_everything()
    (message,) = shop.queue.messages
    assert (message.receives, message.visible_at > shop.clock.monotonic() + 800) == (1, True)
    shop.run_to_the_end()
    assert [execution.name for execution in shop.saga.executions] == ["drive_order-1-2"]
    check(shop)


def test_an_order_is_driven_again_after_a_timeout_and_a_back_off(shop: Backend) -> None:
    shop.alice.place(MUGS)
    shop.calls.at(after("Capture payment"), die)
    shop.deliver_everything()
    assert shop.world.details(OrderId(shop.alice.order_id)).order.fault
    shop.run_to_the_end()
    assert [execution.status for execution in shop.saga.executions] == ["TIMED_OUT", "SUCCEEDED"]
    check(shop)


def test_an_order_ends_without_an_operator_after_a_day_of_failures(shop: Backend) -> None:
    """Guarantee 4, for a fault of any length: without a dead letter, an operator, or a second message."""
    shop.alice.place(MUGS)
    fails = shop.calls.at(before("Load order"), fail(Unavailable), times=None)
    for _ in range(96):
        shop.deliver_everything()
        shop.clock.move(900)
        shop.deliver_everything()
        shop.sweep()
        assert len(shop.queue.messages) <= 1
    order = shop.world.details(OrderId(shop.alice.order_id)).order
    assert (order.status, order.parked_at, shop.queue.dead_letters) == ("PENDING", None, [])
    assert order.reconcile_attempts > 40
    fails.times = fails.fired
    shop.run_to_the_end()
    assert shop.alice.read_order().status == "FULFILLED"
    check(shop)


def test_an_order_that_alone_fails_is_parked_within_two_hours(shop: Backend) -> None:
    shop.alice.place(MUGS)
    order_id = OrderId(shop.alice.order_id)
    # No step can read this reservation.
    shop.world.table.put({**order_keys.reservation(order_id), "lines": 5}, condition=ABSENT)
    for turn in range(12):
        shop.deliver_everything()
        shop.customer(f"bob-{turn}").place(("MUG-RED", 1))
        shop.deliver_everything()
        shop.clock.move(600)
        shop.deliver_everything()
        shop.sweep()
    order = Orders(shop.world.table).find(order_id)
    assert order
    assert order.parked_at
    assert shop.queue.dead_letters == []


def test_the_sweep_finds_an_order_whose_message_is_lost(shop: Backend) -> None:
    shop.alice.place(MUGS)
    shop.deliver_changes()
    shop.queue.begin()
    shop.run_to_the_end()
    assert shop.alice.read_order().status == "FULFILLED"
    assert any(call.step.state == "reconcile_orders" for call in shop.calls.made)
    check(shop)


def test_a_cancelled_order_ends_as_cancelled(shop: Backend) -> None:
    shop.alice.place(MUGS)
    shop.alice.cancel()
    shop.run_to_the_end()
    assert shop.alice.read_order().status == "CANCELLED"
    check(shop)


def test_a_customer_cancels_after_the_retry_that_returned_the_order(shop: Backend) -> None:
    shop.calls.at(after_call(to="http.POST /orders"), fail(ResponseLost))
    shop.calls.at(before("Reserve stock"), shop.alice.cancel)
    # The order ends while they wait before their retry: it is too late.
    assert shop.alice.place(MUGS).status == "FULFILLED"
    assert shop.alice.cancelled is False
    check(shop)


def test_a_response_can_be_lost_at_a_provider_that_itself_fails(shop: Backend) -> None:
    lost = shop.calls.at(after_call(to="payments.authorise"), fail(ResponseLost))
    shop.alice.place(MUGS, card="tok_timeout")
    shop.run_to_the_end()
    assert (shop.alice.read_order().status, lost.fired) == ("FULFILLED", 1)
    check(shop)


def test_a_fault_at_a_place_fires_at_every_attempt_of_the_call(shop: Backend) -> None:
    shop.alice.place(MUGS)
    place = len(shop.calls.made) + 1
    lost = shop.calls.at(after_place(place), fail(ResponseLost), times=None)
    shop.run_to_the_end()
    attempts = [call for call in shop.calls.made if call.place == place]
    assert [call.attempt for call in attempts] == [1, 2, 3]
    assert lost.fired == 3
    check(shop)


def test_an_unpublished_change_is_noticed(shop: Backend) -> None:
    shop.alice.place(MUGS)
    shop.run_to_the_end()
    silent = [event for event in shop.bus.published if event["type"] != "StockReserved"]
    items, known = shop.world.items(), shop.alice.order_ids
    (missing,) = event_invariants.violations(shop.stream.changes, silent, items, known)
    assert missing.startswith("5: ORDER#")
    assert missing.endswith("/RESERVATION#1 was never published")


def test_one_event_id_with_two_contents_is_noticed(shop: Backend) -> None:
    shop.alice.place(MUGS)
    shop.run_to_the_end()
    other = {**shop.bus.published[0], "sequence": 2}
    items, known = shop.world.items(), shop.alice.order_ids
    (twice,) = event_invariants.violations(shop.stream.changes, [*shop.bus.published, other], items, known)
    assert twice.endswith("(OrderPlaced) was published with 2 contents")


def test_a_customer_who_knows_an_unknown_order_is_noticed(shop: Backend) -> None:
    shop.alice.place(MUGS)
    shop.run_to_the_end()
    (wrong,) = event_invariants.violations(
        shop.stream.changes, shop.bus.published, shop.world.items(), {"another"}
    )
    assert wrong.startswith("1: the customer knows ['another']")
