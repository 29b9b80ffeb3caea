"""Customers are told once: events that come twice, late, and to two invocations at once.

Two invocations take turns at each of their calls, in every order that there is. Only where what a call reads
is written by nobody, or nobody reads what it writes, do they not: that is nobody's turn.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from unittest.mock import patch

import pytest

import lambdas.events.notify_customer
from tests.support.backend import Backend, backend
from tests.support.faults import Throttled, fail
from tests.support.injection_points import Moment, before_call
from tests.support.interleaving import Pick, before_any_call, every_order, taken_in_turn
from tests.support.notification_fixture import NotificationFixture

DAY = 24 * 3600
Property = Callable[[str, object], None]


@pytest.fixture(scope="module")
def shop() -> Iterator[Backend]:
    """One for all of them.

    Who finds another at work does not look again here, but comes again: it does the same then, and there
    would be more orders of turns than anybody can wait for.
    """
    with backend() as ours, patch.object(lambdas.events.notify_customer, "_CLAIM_RETRY_DELAYS", ()):
        yield ours


@pytest.fixture(scope="module")
def telling(shop: Backend) -> NotificationFixture:
    """The customer is to be told that their order is confirmed, and that it is on its way."""
    return NotificationFixture(shop)


def before_what_matters(moment: Moment) -> bool:
    """Before every call but those that read the order and its customer, or put a message away."""
    call = moment.call
    if call is None or not before_any_call(moment):
        return False
    # It looks for other claims first, and then reads the order.
    reads_the_order = call.target == "dynamodb.Query" and call.number > 2
    return not reads_the_order and call.target not in ("dynamodb.GetItem", "sqs.ChangeMessageVisibilityBatch")


def at_once(shop: Backend, telling: NotificationFixture, *messages: str) -> Iterator[tuple[str, ...]]:
    """What is told when as many invocations as there are messages have one each, in every order of turns.

    Those that fail come back later.
    """

    def play(pick: Pick) -> tuple[str, ...]:
        telling.begin(*messages)
        taken_in_turn(shop.calls, [shop.deliver_notifications] * len(messages), pick, at=before_what_matters)
        shop.come_to_the_end()
        assert telling.violations() == []
        assert not shop.notifications.dead_letters
        return tuple(telling.told())

    return every_order(play)


# -- at once ---------------------------------------------------------------------------------------------


def test_two_invocations_with_one_event_tell_it_once(
    shop: Backend, telling: NotificationFixture, record_property: Property
) -> None:
    _, fulfilled = telling.messages
    ways = Counter(at_once(shop, telling, fulfilled, fulfilled))
    record_property("interleavings", ways.total())
    assert set(ways) == {("FULFILLED",)}
    assert ways.total() > 20


def test_two_events_of_an_order_at_once_are_told_in_their_order_or_the_older_is_not(
    shop: Backend, telling: NotificationFixture, record_property: Property
) -> None:
    ways = Counter(at_once(shop, telling, *telling.messages))
    record_property("interleavings", ways.total())
    assert set(ways) == {("CONFIRMED", "FULFILLED"), ("FULFILLED",)}


# -- one after the other -----------------------------------------------------------------------------------


def test_the_end_is_told_though_it_comes_first(shop: Backend, telling: NotificationFixture) -> None:
    telling.begin(*reversed(telling.messages))
    shop.come_to_the_end()
    assert telling.told() == ["FULFILLED"]
    assert telling.violations() == []


@pytest.mark.parametrize("country", ["GB", "AQ"])
def test_every_message_twice_tells_nothing_twice(shop: Backend, country: str) -> None:
    twice = NotificationFixture(shop, country=country)
    twice.begin(*(message for message in twice.messages for _ in range(2)))
    shop.come_to_the_end()
    assert len(twice.told()) == 2
    assert twice.violations() == []


@pytest.mark.parametrize("later", [0, 60, 3600, 13 * DAY, 14 * DAY, 15 * DAY, 400 * DAY])
def test_what_comes_again_later_is_not_told_again(
    shop: Backend, telling: NotificationFixture, later: int
) -> None:
    """Redelivered, redriven from the dead letters, replayed from the archive. Records expire meanwhile."""
    telling.begin(*telling.messages)
    shop.come_to_the_end()
    shop.clock.move(later)
    telling.expire()
    for message in (*telling.messages, *reversed(telling.messages)):
        shop.notifications.put(message)
    shop.come_to_the_end()
    assert telling.told() == ["CONFIRMED", "FULFILLED"]
    assert telling.violations() == []


def test_records_do_expire(shop: Backend, telling: NotificationFixture) -> None:
    """Or what was shown above of an event that comes after a year is shown of the records alone."""
    telling.begin(*telling.messages)
    shop.come_to_the_end()
    shop.clock.move(15 * DAY + 60)
    assert telling.expire() == 2


def test_a_dead_letter_is_told_when_it_is_given_back(shop: Backend, telling: NotificationFixture) -> None:
    confirmed, fulfilled = telling.messages
    telling.begin(fulfilled)
    _unpermitted(shop)
    shop.come_to_the_end()
    (dead,) = shop.notifications.dead_letters
    assert telling.told() == []
    shop.calls.calm()
    for message in (dead.body, confirmed, dead.body):
        shop.notifications.put(message)
    shop.come_to_the_end()
    assert telling.told() == ["FULFILLED"]


def _unpermitted(shop: Backend) -> None:
    """SES refuses whatever is sent."""
    shop.calls.at(before_call(to="sesv2.SendEmail"), fail(Throttled), times=None)
