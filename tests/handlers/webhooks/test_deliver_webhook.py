"""Guarantee 5: a delivery is attempted until it is acknowledged, and an endpoint delays only itself."""

import json
from collections import Counter
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from msgspec.structs import replace
from standardwebhooks.webhooks import Webhook

from lambdas.events import deliver_webhook
from ordering.aws.webhook_queue import message_of
from ordering.domain.clock import now
from ordering.domain.order import Status
from ordering.domain.trace import Trace
from ordering.domain.webhooks.back_off import MAX_ATTEMPTS
from ordering.domain.webhooks.delivery import (
    LOST_AFTER,
    DeliveryStatus,
    delivery_of,
    delivery_of_test,
)
from ordering.domain.webhooks.endpoint import DisabledReason, Endpoint, EndpointStatus
from ordering.repositories.webhook_deliveries import SLOT_SECONDS, SLOTS
from ordering.webhooks.secret_key import webhook_keys
from tests.handlers.webhooks.partner import URL, Partner, ReceivedWebhook
from tests.support.aws_calls import Send, before_it
from tests.support.client_calls import Parameters
from tests.support.environment import WEBHOOK_KEY as KEY
from tests.support.faults import ProcessLost
from tests.support.logs import Logs
from tests.support.recorded import queue_event
from tests.support.world import Context

OTHER_URL = "https://other.example.com/orders"
DAY = 24 * 3600
IDS = Trace(
    correlation_id="cmJqkhr5joEEPdA=", traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
)
ORDER = "0b1f0c4e-8a51-4c8e-9d3f-1f6a2c7e5d90"


def statuses(partner: Partner, endpoint: Endpoint) -> list[DeliveryStatus]:
    return [delivery.status for delivery in partner.log(endpoint)]


# -- one delivery -----------------------------------------------------------------------------------------


def test_webhook_is_signed_and_its_id_is_that_of_the_event(partner: Partner) -> None:
    endpoint, event = partner.endpoint(), partner.event()
    partner.publish(event)
    partner.run()
    (request,) = partner.requests
    assert (request.url, request.headers["webhook-id"], request.data["id"]) == (URL, event.id, event.id)
    secret = endpoint.secret(KEY.encode())
    # The library refuses old webhooks by the real clock, so its own signature is compared.
    at = partner.clock.present.fromtimestamp(int(request.headers["webhook-timestamp"]), tz=None)
    expected = Webhook(secret).sign(event.id, at.astimezone(), request.body.decode())
    assert request.headers["webhook-signature"] == expected
    assert secret not in str(request.headers)


def test_acknowledged_delivery_has_ended(partner: Partner) -> None:
    endpoint = partner.endpoint()
    partner.publish(partner.event())
    partner.run()
    (delivery,) = partner.log(endpoint)
    assert (delivery.status, delivery.attempts, delivery.last_result) == ("DELIVERED", 1, "204")
    assert (partner.messages, len(partner.requests)) == ([], 1)


def test_message_that_is_delivered_again_sends_nothing_again(partner: Partner) -> None:
    endpoint = partner.endpoint()
    partner.publish(partner.event())
    again = partner.messages[0]
    partner.run()
    partner.messages.append(again)
    partner.run()
    assert (len(partner.requests), statuses(partner, endpoint)) == (1, [DeliveryStatus.DELIVERED])


@pytest.mark.parametrize("result", [301, 400, 404, 429, 500, 503, "TIMED_OUT", "ADDRESS_REFUSED"])
def test_every_other_result_is_attempted_again(partner: Partner, result: int | str) -> None:
    results = iter([result, 200])
    partner.responds = lambda request: next(results)
    endpoint = partner.endpoint()
    partner.publish(partner.event())
    partner.run()
    (delivery,) = partner.log(endpoint)
    assert (delivery.status, delivery.attempts) == (DeliveryStatus.DELIVERED, 2)
    first, second = partner.requests
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    assert partner.found(endpoint).failing_since is None


@pytest.mark.slow
def test_delivery_is_attempted_ten_times_over_three_days(partner: Partner) -> None:
    partner.responds = lambda request: 500
    endpoint = partner.endpoint()
    partner.publish(partner.event())
    partner.run()
    assert len(partner.requests) == MAX_ATTEMPTS == 10
    waits = [later.at - earlier.at for earlier, later in pairwise(partner.requests)]
    assert waits == sorted(waits)
    assert 3 * DAY <= sum(waits) <= 4 * DAY
    assert (statuses(partner, endpoint), partner.messages) == ([DeliveryStatus.FAILED], [])


@pytest.mark.slow
def test_wait_of_a_day_is_several_waits_of_at_most_twelve_hours(partner: Partner) -> None:
    partner.responds = lambda request: 500
    partner.endpoint()
    partner.publish(partner.event())
    (message,) = partner.messages
    partner.run()
    # `Partner` checks the bound; the longest four delays need two or three receives each.
    assert MAX_ATTEMPTS + 4 <= message.receives <= 40


def test_log_keeps_a_delivery_for_thirty_days(partner: Partner) -> None:
    endpoint = partner.endpoint()
    partner.publish(partner.event())
    (delivery,) = partner.log(endpoint)
    kept = timedelta(seconds=delivery.expires_at - partner.clock.present.timestamp())
    assert timedelta(days=29, hours=23) < kept <= timedelta(days=30)


# -- endpoints that fail ----------------------------------------------------------------------------------


def test_endpoint_that_returns_410_is_disabled_at_once(partner: Partner) -> None:
    partner.responds = lambda request: 410
    endpoint = partner.endpoint()
    partner.publish(partner.event(), partner.event())
    partner.run()
    found = partner.found(endpoint)
    assert (found.status, found.disabled_reason) == (EndpointStatus.DISABLED, DisabledReason.GONE)
    assert len(partner.requests) == 1
    assert Counter(statuses(partner, endpoint)) == {DeliveryStatus.FAILED: 1, DeliveryStatus.DISCARDED: 1}


@pytest.mark.slow
def test_endpoint_that_acknowledges_nothing_for_three_days_is_disabled(partner: Partner) -> None:
    partner.responds = lambda request: "NO_CONNECTION"
    endpoint = partner.endpoint()
    partner.publish(partner.event())
    partner.run(hours=71)
    assert partner.found(endpoint).status is EndpointStatus.ENABLED
    partner.run()
    found = partner.found(endpoint)
    assert found.disabled_reason is DisabledReason.NOT_ACKNOWLEDGED


@pytest.mark.slow
def test_endpoint_that_refuses_one_event_only_stays_enabled(partner: Partner) -> None:
    endpoint = partner.endpoint()
    refused = partner.event()
    partner.responds = lambda request: 400 if request.data["id"] == refused.id else 200
    partner.publish(refused)
    for _ in range(5):
        partner.run(hours=24)
        partner.publish(partner.event())
    partner.run()
    assert partner.found(endpoint).status is EndpointStatus.ENABLED
    assert Counter(statuses(partner, endpoint)) == {DeliveryStatus.FAILED: 1, DeliveryStatus.DELIVERED: 5}


@pytest.mark.slow
def test_endpoint_that_is_down_is_asked_rarely_however_many_events_wait(partner: Partner) -> None:
    """While it fails, it is paused: the deliveries share its attempts."""
    partner.responds = lambda request: "TIMED_OUT"
    partner.endpoint()
    partner.publish(*(partner.event() for _ in range(20)))
    partner.run(hours=6, receives=20_000)
    assert len(partner.requests) < 60
    last_hour = [each for each in partner.requests if each.at > partner.clock.monotonic() - 3600]
    assert 1 <= len(last_hour) <= 2 * SLOTS


@pytest.mark.slow
def test_events_that_waited_arrive_within_an_hour_after_an_endpoint_works_again(partner: Partner) -> None:
    partner.responds = lambda request: "TIMED_OUT"
    endpoint = partner.endpoint()
    partner.publish(*(partner.event() for _ in range(5)))
    partner.run(hours=1, receives=20_000)
    partner.responds = lambda request: 200
    partner.run(hours=2)
    assert statuses(partner, endpoint).count(DeliveryStatus.DELIVERED) >= 4


def test_delivery_to_a_deleted_endpoint_is_discarded(partner: Partner) -> None:
    endpoint = partner.endpoint()
    partner.publish(partner.event())
    assert partner.webhooks.remove(endpoint.customer_id, endpoint.webhook_id)
    partner.run()
    assert (partner.requests, partner.messages) == ([], [])
    assert statuses(partner, endpoint) == [DeliveryStatus.DISCARDED]


def test_test_event_that_is_acknowledged_enables_a_disabled_endpoint(partner: Partner) -> None:
    endpoint = partner.endpoint()
    assert partner.webhooks.disable(endpoint, DisabledReason.GONE, at=now())
    delivery = delivery_of_test(partner.found(endpoint), "test-1", at=now())
    partner.deliveries.create(delivery)
    partner.queue(delivery)
    partner.run()
    found = partner.found(endpoint)
    assert (found.status, found.disabled_reason) == (EndpointStatus.ENABLED, None)


def test_test_event_is_attempted_once(partner: Partner) -> None:
    partner.responds = lambda request: 500
    endpoint = partner.endpoint()
    delivery = delivery_of_test(endpoint, "test-1", at=now())
    partner.deliveries.create(delivery)
    partner.queue(delivery)
    partner.run()
    assert (len(partner.requests), partner.stored(delivery).status) == (1, DeliveryStatus.FAILED)
    assert partner.found(endpoint).failing_since is None


# -- secrets ----------------------------------------------------------------------------------------------


def test_webhook_has_both_signatures_for_a_day_after_a_rotation(partner: Partner) -> None:
    endpoint = partner.endpoint()
    assert partner.rotate(endpoint)
    partner.publish(partner.event())
    partner.run()
    partner.clock.move(DAY)
    partner.publish(partner.event())
    partner.run()
    signatures = [len(each.headers["webhook-signature"].split()) for each in partner.requests]
    assert signatures == [2, 1]


def test_every_log_line_has_the_correlation_id_of_the_order(partner: Partner, logs: Logs) -> None:
    """Those of failed attempts as well, and those of a message that is sent again from what is stored."""
    endpoint = partner.endpoint()
    event = replace(partner.event(), correlation_id=IDS.correlation_id, traceparent=IDS.traceparent)
    partner.responds = lambda request: 500 if len(partner.requests) < 3 else 204
    partner.publish(event)
    partner.run()
    (delivery,) = partner.log(endpoint)
    partner.queue(delivery)
    partner.run()
    lines = [line for line in logs.lines if line["message"].startswith("webhook")]
    assert [line["message"] for line in lines] == ["webhook waits"] * 2 + ["webhook processed"] * 2
    assert {(line["correlation_id"], line["trace_id"]) for line in lines} == {
        (IDS.correlation_id, IDS.trace_id)
    }


@pytest.mark.parametrize("body", ["", "7", "[]", "{}", '{"data": 7}', '{"data": {"correlationId": 7}}'])
def test_delivery_without_valid_ids_has_none(partner: Partner, body: str) -> None:
    delivery = delivery_of(partner.event(), partner.endpoint(), at=now())
    message = message_of(replace(delivery, body=body))
    assert (message.ids, message.correlation_id) == (None, None)


def test_message_of_the_previous_release_is_processed(partner: Partner) -> None:
    """Its messages contain no ids; and it ignores the ids in those of this release."""
    endpoint = partner.endpoint()
    partner.publish(partner.event())
    (queued,) = partner.messages
    assert {"correlationId", "traceparent"}.isdisjoint(json.loads(queued.body))
    partner.run()
    assert [each.status for each in partner.log(endpoint)] == ["DELIVERED"]


def test_no_log_line_contains_a_secret_or_a_url(partner: Partner, logs: Logs) -> None:
    results = iter([500, 200])
    partner.responds = lambda request: next(results)
    endpoint = partner.endpoint()
    partner.publish(partner.event())
    partner.run()
    logged = logs.text
    assert "webhook processed" in logged
    for secret in (endpoint.secret(KEY.encode()), KEY, endpoint.salt, URL):
        assert secret not in logged


# -- order, and other endpoints ---------------------------------------------------------------------------


@pytest.mark.slow
def test_events_of_an_order_arrive_in_sequence_if_the_receiver_acknowledges(partner: Partner) -> None:
    results = iter([503, 503])
    partner.responds = lambda request: next(results, 200)
    partner.endpoint()
    order_id = "67ac7c2f-9402-853b-aeb2-e3a1fe83d8fc"
    events = [
        partner.event(Status.PENDING, 1, order_id),
        partner.event(Status.CONFIRMED, 2, order_id),
        partner.event(Status.FULFILLED, 3, order_id),
    ]
    partner.publish(*reversed(events))
    partner.run()
    arrived = [request.data["sequence"] for request in partner.requests]
    assert arrived == [1, 1, 1, 2, 3]


@pytest.mark.slow
def test_events_of_other_orders_do_not_wait_for_one_that_is_not_acknowledged(partner: Partner) -> None:
    endpoint = partner.endpoint()
    refused = partner.event()
    partner.responds = lambda request: 400 if request.data["id"] == refused.id else 200
    partner.publish(refused, partner.event(), partner.event())
    partner.run(hours=0.1)
    assert Counter(statuses(partner, endpoint)) == {DeliveryStatus.PENDING: 1, DeliveryStatus.DELIVERED: 2}


@pytest.mark.slow
def test_event_whose_message_was_lost_is_sent_before_the_next_one_of_its_order(partner: Partner) -> None:
    """The queue is deleted with the stack of webhooks, and created again with it."""
    endpoint = partner.endpoint()
    first, second = (partner.event(version=version, order_id=ORDER) for version in (2, 3))
    partner.publish(first)
    partner.messages.clear()
    partner.clock.move(LOST_AFTER.total_seconds() + 60)
    partner.publish(second)
    partner.run()
    assert [request.headers["webhook-id"] for request in partner.requests] == [first.id, second.id]
    assert statuses(partner, endpoint) == [DeliveryStatus.DELIVERED] * 2


@pytest.mark.slow
def test_delivery_that_is_due_gets_no_second_message(partner: Partner) -> None:
    partner.endpoint()
    first, second = (partner.event(version=version, order_id=ORDER) for version in (2, 3))
    partner.publish(first)
    partner.messages.clear()
    partner.publish(second)
    partner.run(hours=LOST_AFTER.total_seconds() / 3600 - 1)
    assert (len(partner.messages), partner.requests) == (1, [])


@pytest.mark.slow
def test_event_after_one_that_was_given_up_is_sent(partner: Partner) -> None:
    endpoint = partner.endpoint()
    refused = partner.event(Status.CONFIRMED, 2)
    partner.responds = lambda request: 400 if request.data["id"] == refused.id else 200
    partner.publish(refused, partner.event(Status.FULFILLED, 3, refused.subject))
    # Another order keeps the endpoint enabled.
    for _ in range(4):
        partner.publish(partner.event())
        partner.run(hours=24)
    assert partner.requests[-1].data["sequence"] == 3
    assert DeliveryStatus.PENDING not in statuses(partner, endpoint)


@pytest.mark.slow
def test_at_most_two_requests_to_an_endpoint_are_open_at_a_time(partner: Partner) -> None:
    """A request that is open when others are received: an endpoint that is slow takes two invocations."""
    endpoint = partner.endpoint()
    partner.publish(*(partner.event() for _ in range(12)))
    partner.clock.move(2)
    most_open = 0
    nested = 0

    def slow(request: ReceivedWebhook) -> int:
        nonlocal most_open, nested
        nested += 1
        most_open = max(most_open, nested)
        # While this request is open, another invocation receives what is visible.
        partner.receive()
        nested -= 1
        return 200

    partner.responds = slow
    partner.run()
    assert most_open == SLOTS == 2
    assert set(statuses(partner, endpoint)) == {DeliveryStatus.DELIVERED}


def test_other_endpoint_gets_its_event_while_one_is_slow(partner: Partner) -> None:
    slow, quick = partner.endpoint(), partner.endpoint(url=OTHER_URL)
    arrived: list[str] = []

    def responds(request: ReceivedWebhook) -> int:
        if request.url == URL and not arrived:
            arrived.append("slow")
            partner.receive()
        elif request.url == OTHER_URL:
            arrived.append("quick")
        return 200

    partner.responds = responds
    partner.publish(partner.event())
    partner.clock.move(2)
    partner.messages.sort(key=lambda each: slow.webhook_id not in each.body)
    partner.receive()
    assert arrived == ["slow", "quick"]
    assert statuses(partner, quick) == [DeliveryStatus.DELIVERED]


# -- what fails -------------------------------------------------------------------------------------------


def _each_call(partner: Partner) -> range:
    """Returns the numbers of the calls that a delivery without faults makes."""
    # A process reads the key once.
    endpoint = partner.endpoint()
    webhook_keys.of(endpoint.key_id)
    partner.publish(partner.event())
    partner.clock.move(2)
    before = partner.calls.count
    assert partner.receive() == []
    made = partner.calls.count - before
    assert partner.webhooks.remove(endpoint.customer_id, endpoint.webhook_id)
    assert made > 5
    return range(1, made + 1)


@pytest.mark.slow
def test_delivery_is_acknowledged_once_if_the_process_dies_after_any_call(partner: Partner) -> None:
    """At least once: it repeats only if the process dies between sending and recording."""

    def dies_after(parameters: Parameters, send: Send) -> object:
        send()
        raise ProcessLost

    for number in _each_call(partner):
        endpoint, before = partner.endpoint(), len(partner.requests)
        partner.publish(partner.event())
        partner.clock.move(2)
        partner.calls.at(number, dies_after)
        died = False
        try:
            partner.receive()
        except ProcessLost:
            died = True
        partner.clock.move(SLOT_SECONDS)
        partner.run()
        assert statuses(partner, endpoint) == [DeliveryStatus.DELIVERED], number
        assert len(partner.requests) - before in ((1, 2) if died else (1,)), number
        assert partner.webhooks.remove(endpoint.customer_id, endpoint.webhook_id)


@pytest.mark.slow
def test_delivery_is_sent_once_if_two_invocations_get_its_message(partner: Partner) -> None:
    for number in _each_call(partner):
        endpoint, before = partner.endpoint(), len(partner.requests)
        partner.publish(partner.event())
        partner.clock.move(2)
        (message,) = partner.messages
        twin = type(message)(f"{message.id}-2", message.body, message.sent_at, message.visible_at)

        def another(twin: object = twin) -> None:
            partner.messages.append(twin)  # type: ignore[arg-type]
            partner.receive()

        partner.calls.at(number, before_it(another))
        partner.run()
        assert len(partner.requests) - before == 1, number
        assert statuses(partner, endpoint) == [DeliveryStatus.DELIVERED]
        assert partner.webhooks.remove(endpoint.customer_id, endpoint.webhook_id)


def test_message_waits_for_a_minute_for_a_delivery_that_is_not_written_yet(partner: Partner) -> None:
    endpoint = partner.endpoint()
    partner.queue(delivery_of_test(endpoint, "test-1", at=now()))
    assert len(partner.receive()) == 1
    partner.run()
    assert (partner.messages, partner.requests) == ([], [])
    assert 55 < partner.clock.monotonic() < 75


def test_message_that_is_not_a_delivery_fails_alone(partner: Partner) -> None:
    handler: Any = deliver_webhook.handler
    for body in ("", "[]", "{}", '{"webhookId": 1}'):
        response = handler(queue_event(body), Context())
        assert response == {"batchItemFailures": [{"itemIdentifier": "message-0"}]}
