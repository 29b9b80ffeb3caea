"""The whole path: an order is placed by the client, and what lies between the functions takes it on."""

from collections import Counter

from ordering.domain.order import OrderId
from ordering.dynamodb.transaction import ABSENT
from ordering.repositories import keys
from ordering.repositories.orders import Orders
from tests.support import event_invariants, invariants, mail_invariants
from tests.support.backend import Backend
from tests.support.faults import AnswerLost, Unavailable, crash, die, fail
from tests.support.injection_points import after, after_call, after_place, before, before_call
from tests.support.world import World

MUGS = ("MUG-RED", 2)
EMAIL = "ada@example.com"


def told_by_mail(shop: Backend, *, mail: bool = True) -> None:
    """A shop whose customer has left an address, on a stage that may send mail."""
    shop.begin("told by mail", lambda world: world.stocked().with_profile(EMAIL), mail=mail)


def check(shop: Backend) -> None:
    """Every promise holds."""
    invariants.check(shop.world)
    items = shop.world.items()
    found = event_invariants.violations(shop.stream.changes, shop.bus.published, items, shop.alice.order_ids)
    found += mail_invariants.violations(shop.stream.changes, shop.post.sent, shop.calls.struck, items)
    assert not found, "\n".join(found)


def test_an_order_is_placed_driven_and_told(shop: Backend) -> None:
    assert shop.alice.place(MUGS).status == "PENDING"
    shop.come_to_the_end()
    order = shop.alice.look()
    assert (order.status, order.total.amount) == ("FULFILLED", 2500)
    check(shop)


def test_the_calls_of_every_function_are_seen(shop: Backend) -> None:
    shop.alice.place(MUGS)
    shop.clock.move(1000)
    shop.sweep()
    shop.come_to_the_end()
    shop.alice.look()
    functions = {"place_order", "publish_changes", "drive_order", "reconcile_orders", "get_order"}
    seen = {call.step.state for call in shop.calls.made}
    assert {"customer", *functions, "Load order", "Complete order"} <= seen
    assert [call.place for call in shop.calls.made] == list(range(1, len(shop.calls.made) + 1))


def test_where_mail_is_sent_the_customer_is_told_of_the_order(shop: Backend) -> None:
    told_by_mail(shop)
    shop.alice.place(MUGS)
    shop.come_to_the_end()
    assert "notify_customer" in {call.step.state for call in shop.calls.made}
    assert [(mail.to, mail.subject) for mail in shop.post.sent] == [
        (EMAIL, "We have your order"),
        (EMAIL, "Your order is on its way"),
    ]
    check(shop)


def test_a_customer_without_a_profile_is_told_nothing(shop: Backend) -> None:
    shop.begin("ten red mugs", World.stocked, mail=True)
    shop.alice.place(MUGS)
    shop.come_to_the_end()
    assert "notify_customer" in {call.step.state for call in shop.calls.made}
    assert shop.post.sent == []
    check(shop)


def test_where_nobody_may_send_mail_nobody_is_told(shop: Backend) -> None:
    told_by_mail(shop, mail=False)
    shop.alice.place(MUGS)
    shop.come_to_the_end()
    assert (shop.post.sent, shop.notifications.messages) == ([], [])


def test_the_same_thing_happens_every_time(shop: Backend) -> None:
    runs = []
    for _ in range(2):
        shop.begin("ten red mugs", lambda world: world.stocked())
        shop.alice.place(MUGS)
        shop.come_to_the_end()
        ids = [event["eventId"] for event in shop.bus.published]
        runs.append((shop.calls.made, ids, shop.clock.present))
    assert runs[0] == runs[1]


def test_an_event_is_made_of_every_change_and_no_other(shop: Backend) -> None:
    shop.alice.place(MUGS)
    shop.come_to_the_end()
    assert Counter(event["type"] for event in shop.bus.published) == Counter(
        OrderPlaced=1,
        OrderConfirmed=1,
        OrderFulfilled=1,
        StockReserved=1,
        StockCommitted=1,
        StockChanged=2,
        PaymentPrepared=1,
        PaymentAuthorised=1,
        PaymentCaptured=1,
        ShipmentIntended=1,
        ShipmentBooked=1,
        ShipmentDispatched=1,
    )


def test_a_client_that_heard_nothing_asks_again_and_hears_of_the_one_order(shop: Backend) -> None:
    lost = shop.calls.at(after_call(to="http.POST /orders"), fail(AnswerLost))
    # It waits before it asks again, and the order does not wait for it.
    assert (shop.alice.place(MUGS).status, lost.fired) == ("FULFILLED", 1)
    assert shop.alice.known[-1].http.replayed
    shop.come_to_the_end()
    check(shop)


def test_a_customer_whose_device_dies_repeats_the_key(shop: Backend) -> None:
    shop.calls.at(after_call(to="http.POST /orders"), crash)
    shop.alice.place(MUGS)
    shop.come_to_the_end()
    check(shop)


def test_records_are_delivered_until_the_function_succeeds(shop: Backend) -> None:
    shop.alice.place(MUGS)
    shop.calls.at(after("publish_changes"), crash, times=3)
    shop.come_to_the_end()
    assert [event["type"] for event in shop.bus.published[:4]] == ["OrderPlaced"] * 4
    assert len(shop.functions.losses) == 3
    check(shop)


def test_an_event_that_the_bus_refuses_is_published_again_with_those_behind_it(shop: Backend) -> None:
    shop.alice.place(MUGS)
    shop.come_to_rest()
    shop.world.stocked("BOWL-BLUE", 5)
    shop.bus.refuse_one()
    before = len(shop.bus.published)
    shop.come_to_rest()
    types = [event["type"] for event in shop.bus.published[before:]]
    assert types == ["ProductAdded", "StockChanged"]
    check(shop)


def test_a_message_comes_back_when_its_function_is_lost(shop: Backend) -> None:
    shop.alice.place(MUGS)
    shop.calls.at(before_call(to="sfn.StartSyncExecution"), crash)
    shop.come_to_rest()
    (message,) = shop.queue.messages
    assert (message.receives, message.visible_at > shop.clock.monotonic() + 800) == (1, True)
    shop.come_to_the_end()
    assert [execution.name for execution in shop.saga.executions] == ["message-1-2"]
    check(shop)


def test_an_execution_that_times_out_is_started_again_after_its_back_off(shop: Backend) -> None:
    shop.alice.place(MUGS)
    shop.calls.at(after("Capture payment"), die)
    shop.come_to_rest()
    assert shop.world.details(OrderId(shop.alice.order_id)).order.fault
    shop.come_to_the_end()
    assert [execution.status for execution in shop.saga.executions] == ["TIMED_OUT", "SUCCEEDED"]
    check(shop)


def test_an_order_ends_by_itself_though_nothing_has_succeeded_for_a_day(shop: Backend) -> None:
    """Guarantee 4, for a fault of any length: no dead letter, nobody asked, one message at a time."""
    shop.alice.place(MUGS)
    fails = shop.calls.at(before("Load order"), fail(Unavailable), times=None)
    for _ in range(96):
        shop.come_to_rest()
        shop.clock.move(900)
        shop.come_to_rest()
        shop.sweep()
        assert len(shop.queue.messages) <= 1
    order = shop.world.details(OrderId(shop.alice.order_id)).order
    assert (order.status, order.parked_at, shop.queue.dead_letters) == ("PENDING", None, [])
    assert order.reconcile_attempts > 40
    fails.times = fails.fired
    shop.come_to_the_end()
    assert shop.alice.look().status == "FULFILLED"
    check(shop)


def test_an_order_that_fails_while_others_end_is_parked_within_two_hours(shop: Backend) -> None:
    shop.alice.place(MUGS)
    order_id = OrderId(shop.alice.order_id)
    # No step can read it.
    shop.world.table.put({**keys.reservation(order_id), "lines": 5}, condition=ABSENT)
    for turn in range(12):
        shop.come_to_rest()
        shop.customer(f"bob-{turn}").place(("MUG-RED", 1))
        shop.come_to_rest()
        shop.clock.move(600)
        shop.come_to_rest()
        shop.sweep()
    order = Orders(shop.world.table).find(order_id)
    assert order
    assert order.parked_at
    assert shop.queue.dead_letters == []


def test_an_order_whose_message_is_lost_is_found_by_the_sweep(shop: Backend) -> None:
    shop.alice.place(MUGS)
    shop.deliver_changes()
    shop.queue.begin()
    shop.come_to_the_end()
    assert shop.alice.look().status == "FULFILLED"
    assert any(call.step.state == "reconcile_orders" for call in shop.calls.made)
    check(shop)


def test_a_cancellation_drives_the_order_to_its_other_end(shop: Backend) -> None:
    shop.alice.place(MUGS)
    shop.alice.cancel()
    shop.come_to_the_end()
    assert shop.alice.look().status == "CANCELLED"
    check(shop)


def test_a_customer_who_has_not_heard_of_the_order_yet_cancels_it_when_they_have(shop: Backend) -> None:
    shop.calls.at(after_call(to="http.POST /orders"), fail(AnswerLost))
    shop.calls.at(before("Reserve stock"), shop.alice.cancel)
    # They wait to ask again, and meanwhile the order comes to its end: it is too late.
    assert shop.alice.place(MUGS).status == "FULFILLED"
    assert shop.alice.cancelled is False
    check(shop)


def test_the_answer_of_a_provider_that_fails_can_be_lost_as_well(shop: Backend) -> None:
    lost = shop.calls.at(after_call(to="payments.authorise"), fail(AnswerLost))
    shop.alice.place(MUGS, card="tok_timeout")
    shop.come_to_the_end()
    assert (shop.alice.look().status, lost.fired) == ("FULFILLED", 1)
    check(shop)


def test_a_call_can_be_met_by_its_place_at_every_try(shop: Backend) -> None:
    shop.alice.place(MUGS)
    place = len(shop.calls.made) + 1
    lost = shop.calls.at(after_place(place), fail(AnswerLost), times=None)
    shop.come_to_the_end()
    tries = [call for call in shop.calls.made if call.place == place]
    assert [call.attempt for call in tries] == [1, 2, 3]
    assert lost.fired == 3
    check(shop)


def test_what_was_never_published_is_noticed(shop: Backend) -> None:
    shop.alice.place(MUGS)
    shop.come_to_the_end()
    silent = [event for event in shop.bus.published if event["type"] != "StockReserved"]
    items, known = shop.world.items(), shop.alice.order_ids
    (missing,) = event_invariants.violations(shop.stream.changes, silent, items, known)
    assert missing.startswith("5: ORDER#")
    assert missing.endswith("/RESERVATION#1 was never published")


def test_an_id_that_names_two_events_is_noticed(shop: Backend) -> None:
    shop.alice.place(MUGS)
    shop.come_to_the_end()
    other = {**shop.bus.published[0], "version": 2}
    items, known = shop.world.items(), shop.alice.order_ids
    (twice,) = event_invariants.violations(shop.stream.changes, [*shop.bus.published, other], items, known)
    assert twice.endswith("#OrderPlaced was published with 2 contents")


def test_a_customer_who_knows_another_order_than_there_is_is_noticed(shop: Backend) -> None:
    shop.alice.place(MUGS)
    shop.come_to_the_end()
    (wrong,) = event_invariants.violations(
        shop.stream.changes, shop.bus.published, shop.world.items(), {"another"}
    )
    assert wrong.startswith("1: the customer knows ['another']")
