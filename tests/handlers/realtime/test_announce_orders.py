"""Clients are told about each change of an order, at most once a second, and one never holds up another."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from lambdas.events import announce_orders
from ordering.domain import canary
from ordering.domain.clock import ago, now
from ordering.domain.order import CustomerId, Status
from ordering.domain.realtime import Audience
from ordering.repositories.connections import Connections
from ordering.repositories.stream import event_of_images
from tests.handlers.realtime.open_api import OpenApi, order_event
from tests.support import least_privilege
from tests.support.aws_calls import Send, before_it, fails
from tests.support.builders import CUSTOMER_ID, image, line, order, refund
from tests.support.client_calls import Parameters
from tests.support.clock import MovableClock
from tests.support.faults import ProcessLost
from tests.support.logs import Logs
from tests.support.subscriptions import subscribed

ORDER = "67ac7c2f-9402-853b-aeb2-e3a1fe83d8fc"
OTHER = "67ac7c2f-9402-853b-aeb2-e3a1fe83d8fd"


def connect(
    api: OpenApi,
    name: str,
    *,
    audience: Audience = Audience.MINE,
    customer: CustomerId = CUSTOMER_ID,
    seconds_left: int = 3600,
) -> None:
    """Let a connection be subscribed."""
    lasts = timedelta(seconds=seconds_left)
    subscribed(api.world, name, customer=customer, audience=audience, lasts=lasts)


def test_message_names_the_order_its_status_and_its_version(api: OpenApi) -> None:
    connect(api, "one")
    assert api.happens(order_event(ORDER, CUSTOMER_ID)) == []
    assert api.received["one"] == [
        {
            "type": "orderChanged",
            "orderId": ORDER,
            "event": "OrderConfirmed",
            "status": "CONFIRMED",
            "version": 2,
        }
    ]


def test_refund_is_told_to_the_orders_customer(api: OpenApi) -> None:
    """Its events do not name the customer."""
    stored = order(Status.FULFILLED)
    api.world.table.put_many([image(stored)])
    connect(api, "one")
    event = event_of_images(None, image(replace(refund(), updated_at=now())))
    assert event
    assert api.happens(event) == []
    assert api.received["one"] == [
        {"type": "orderChanged", "orderId": stored.order_id, "event": "OrderRefundRequested"}
    ]


def test_event_that_concerns_no_connection_writes_nothing(api: OpenApi, logs: Logs) -> None:
    """In most shops hardly anybody looks at an order while it changes."""
    connect(api, "bob", customer=CustomerId("b" * 32))
    before = api.world.items()
    assert api.happens(order_event(ORDER, CUSTOMER_ID)) == []
    assert (api.world.items(), api.received) == (before, {})
    assert [line for line in logs.lines if line["level"] != "DEBUG"] == []


def test_canary_order_is_told_to_nobody(api: OpenApi) -> None:
    connect(api, "operator", audience=Audience.ALL)
    event = event_of_images(None, image(replace(order(Status.CONFIRMED, line(canary.SKU)), updated_at=now())))
    assert event
    assert (api.happens(event), api.received) == ([], {})


def test_old_event_is_told_to_nobody(api: OpenApi) -> None:
    """A replay of the archive must not wake every client."""
    connect(api, "one")
    event = event_of_images(None, image(replace(order(Status.CONFIRMED), updated_at=ago(minutes=16))))
    assert event
    assert (api.happens(event), api.received) == ([], {})


def test_connection_that_is_gone_is_removed_and_the_others_are_told(api: OpenApi) -> None:
    for name in ("one", "two", "three"):
        connect(api, name)
    api.gone.add("two")
    assert api.happens(order_event(ORDER, CUSTOMER_ID)) == []
    assert api.connections() == ["one", "three"]
    assert [len(api.told(name)) for name in ("one", "two", "three")] == [1, 0, 1]


def test_connection_whose_token_has_expired_is_closed_and_told_nothing(api: OpenApi) -> None:
    connect(api, "expired", seconds_left=0)
    connect(api, "current")
    assert api.happens(order_event(ORDER, CUSTOMER_ID)) == []
    assert (api.closed, api.told("expired"), len(api.told("current"))) == (["expired"], [], 1)
    assert api.connections() == ["current"]


def test_expired_connection_that_has_left_is_removed(api: OpenApi) -> None:
    connect(api, "expired", seconds_left=0)
    api.gone.add("expired")
    assert api.happens(order_event(ORDER, CUSTOMER_ID)) == []
    assert (api.closed, api.connections()) == ([], [])


def test_older_subscription_that_arrives_late_changes_nothing(api: OpenApi) -> None:
    connect(api, "one", seconds_left=3600)
    (before,) = (item for item in api.world.items() if item["SK"] == "one")
    with MovableClock().ticking():
        # At an earlier time.
        connect(api, "one", seconds_left=60)
    (after,) = (item for item in api.world.items() if item["SK"] == "one")
    assert after == before


def test_refund_of_an_order_that_the_table_lacks_is_reported(api: OpenApi, logs: Logs) -> None:
    """The event goes to the dead-letter queue: a person finds out what has become of the order."""
    connect(api, "one")
    event = event_of_images(None, image(replace(refund(), updated_at=now())))
    assert event
    assert len(api.happens(event)) == 1
    assert event.subject in "".join(line.get("exception", "") for line in logs.lines)


def test_connection_that_has_subscribed_again_meanwhile_is_not_removed(api: OpenApi) -> None:
    connect(api, "one", seconds_left=0)

    api.calls.next("DeleteItem", before_it(lambda: connect(api, "one")))
    api.happens(order_event(ORDER, CUSTOMER_ID))
    assert api.connections() == ["one"]


class TestAtMostOnceASecond:
    """The clock of these tests moves while the function waits."""

    @pytest.fixture(autouse=True)
    def clock(self, api: OpenApi, monkeypatch: pytest.MonkeyPatch) -> Any:
        clock = MovableClock()
        monkeypatch.setattr(announce_orders, "sleep", clock.sleep)
        with clock.ticking():
            yield clock

    def test_second_change_within_a_second_is_told_a_second_later(
        self, api: OpenApi, clock: MovableClock
    ) -> None:
        connect(api, "one")
        events = [
            order_event(ORDER, CUSTOMER_ID, status=Status.CONFIRMED, version=2),
            order_event(ORDER, CUSTOMER_ID, status=Status.FULFILLED, version=3),
        ]
        begun = clock.monotonic()
        assert api.happens(*events) == []
        assert [status for _, status in api.told()] == ["CONFIRMED", "FULFILLED"]
        assert 1 <= clock.monotonic() - begun < 2

    def test_changes_of_two_orders_do_not_wait_for_each_other(
        self, api: OpenApi, clock: MovableClock
    ) -> None:
        connect(api, "one")
        begun = clock.monotonic()
        assert api.happens(order_event(ORDER, CUSTOMER_ID), order_event(OTHER, CUSTOMER_ID)) == []
        assert (len(api.told()), clock.monotonic() - begun < 1) == (2, True)

    def test_connection_that_cannot_be_told_holds_up_no_other_and_is_told_later(
        self, api: OpenApi, clock: MovableClock
    ) -> None:
        for name in ("one", "two", "three"):
            connect(api, name)
        api.failing.add("one")
        event = order_event(ORDER, CUSTOMER_ID)
        assert len(api.happens(event)) == 1
        assert [len(api.told(name)) for name in ("one", "two", "three")] == [0, 1, 1]
        api.failing.clear()
        clock.move(1)
        assert (api.happens(event, receives=2), len(api.told("one"))) == ([], 1)

    def test_order_that_changes_all_the_time_is_told_later(self, api: OpenApi, clock: MovableClock) -> None:
        """Other invocations announce it whenever this one has waited for its turn."""
        connect(api, "one")
        connections = Connections(api.world.table)

        def announced_elsewhere() -> None:
            with least_privilege.within(None):
                connections.may_announce(ORDER, at=now(), pause=timedelta(0))

        clock.while_asleep = announced_elsewhere
        connections.may_announce(ORDER, at=now(), pause=timedelta(0))
        event = order_event(ORDER, CUSTOMER_ID)
        assert (len(api.happens(event)), api.told()) == (1, [])
        clock.while_asleep = None
        clock.move(1)
        assert (api.happens(event, receives=2), len(api.told())) == ([], 1)

    def test_change_is_told_if_the_process_dies_after_any_call(
        self, api: OpenApi, clock: MovableClock
    ) -> None:
        """Guarantee 5: at least once."""
        connect(api, "one")
        connect(api, "operator", audience=Audience.ALL)
        assert api.happens(order_event(ORDER, CUSTOMER_ID)) == []
        counted = api.calls.count
        clock.move(2)
        api.happens(order_event(ORDER, CUSTOMER_ID, version=3))
        made = api.calls.count - counted
        assert made >= 5
        for number in range(1, made + 1):
            clock.move(2)
            api.received.clear()
            event = order_event(ORDER, CUSTOMER_ID, version=number + 3)
            api.calls.at(number, _dies_after)
            with pytest.raises(ProcessLost):
                api.happens(event)
            clock.move(2)
            assert api.happens(event, receives=2) == []
            assert min(len(api.told(name)) for name in ("one", "operator")) >= 1, f"call {number}"

    def test_change_is_told_if_any_call_fails(self, api: OpenApi, clock: MovableClock) -> None:
        connect(api, "one")
        api.happens(order_event(ORDER, CUSTOMER_ID))
        for number in range(1, 5):
            clock.move(2)
            api.received.clear()
            event = order_event(ORDER, CUSTOMER_ID, version=number + 3)
            api.calls.at(number, fails("InternalServerError"))
            api.happens(event)
            clock.move(2)
            assert api.happens(event, receives=2) == []
            assert len(api.told()) >= 1, f"call {number}"


def _dies_after(parameters: Parameters, send: Send) -> Any:
    send()
    raise ProcessLost
