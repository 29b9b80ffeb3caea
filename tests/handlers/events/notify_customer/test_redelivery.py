"""Guarantee 5: notify_customer sends one e-mail for an event, however often it is delivered."""

from datetime import datetime

import pytest

from ordering.domain.clock import ago
from ordering.domain.order import Status
from tests.handlers.events.notify_customer.notifying import (
    notify,
    outcomes,
    record_of,
    transition_event,
    with_profile,
)
from tests.support.aws_calls import AwsCalls, sent_twice
from tests.support.logs import Logs
from tests.support.orders import an_order, follow
from tests.support.ses import sent
from tests.support.world import World


def test_redelivered_event_sends_no_second_email(shop: World, logs: Logs) -> None:
    event = transition_event(shop, an_order(shop, "fulfilled"))
    with_profile(shop)
    assert notify(event) == notify(event, receives=2) == []
    assert (len(sent()), outcomes(logs)) == (1, ["SENT", "HANDLED"])


def test_superseded_event_sends_no_email(shop: World, logs: Logs) -> None:
    order_id = an_order(shop, "fulfilled")
    with_profile(shop)
    late = transition_event(shop, order_id, Status.CONFIRMED)
    assert notify(transition_event(shop, order_id)) == notify(late) == []
    assert [mail.subject for mail in sent()] == ["Your order is on its way"]
    assert outcomes(logs) == ["SENT", "OVERTAKEN"]


def test_two_orders_of_a_customer_each_send_an_email(shop: World) -> None:
    first = an_order(shop, "fulfilled")
    with_profile(shop)
    second = shop.place_order()
    follow(shop, second, "reserve_stock", "authorise_payment", "confirm_order")
    notify(transition_event(shop, first), transition_event(shop, second))
    assert [mail.subject for mail in sent()] == ["Your order is on its way", "We have your order"]


@pytest.mark.slow
def test_event_older_than_two_weeks_sends_no_email(shop: World, logs: Logs) -> None:
    """Records expire after 15 days, so an older event could be mailed a second time."""
    with_profile(shop)
    order_id = an_order(shop, "fulfilled")
    notify(transition_event(shop, order_id, time=ago(days=14, minutes=1)))
    assert (sent(), outcomes(logs)) == ([], ["TOO_OLD"])
    notify(transition_event(shop, order_id, time=ago(days=13, hours=23)))
    assert outcomes(logs) == ["TOO_OLD", "SENT"]


def test_record_of_an_event_outlives_the_period_for_emails(shop: World) -> None:
    event = transition_event(shop, an_order(shop, "fulfilled"))
    notify(event)
    kept = record_of(shop, event)["expiresAt"] - datetime.fromisoformat(event.time).timestamp()
    assert kept == pytest.approx(15 * 24 * 3600, abs=1)


def test_sdk_retry_of_a_claim_finds_its_own_claim(shop: World, calls: AwsCalls) -> None:
    event = transition_event(shop, an_order(shop, "fulfilled"))
    with_profile(shop)
    calls.next("UpdateItem", sent_twice)
    assert notify(event) == []
    assert len(sent()) == 1
