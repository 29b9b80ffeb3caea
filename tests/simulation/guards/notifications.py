"""Trials of a customer who is to be notified of their order: something fails before the mail is sent or
recorded."""

from collections.abc import Callable, Iterator
from functools import cache, partial

from tests.simulation.guards.deliveries import PathSearch
from tests.simulation.guards.trial import Trial
from tests.support.backend import Backend
from tests.support.deployed import wiring
from tests.support.faults import ResponseLost, Throttled, Unavailable, crash, fail
from tests.support.injection_points import Call, after_call, after_place, before_call, before_place
from tests.support.notification_fixture import NotificationFixture

Disturb = Callable[[Backend, NotificationFixture], object]
DisturbAt = Callable[[Call, Backend, NotificationFixture], object]

SEND = "sesv2.SendEmail"
DAY = 24 * 3600

# The messages in the queue, by their places: the confirmation, and the end.
CONFIRMED, FULFILLED = (0,), (1,)
BOTH, END_FIRST = (0, 1), (1, 0)


def _once(name: str, disturb: Disturb, waiting: tuple[int, ...] = FULFILLED) -> PathSearch:
    return lambda shop: iter([Trial(name, partial(_perform, waiting, disturb))])


def _at_each_call(name: str, disturb: DisturbAt, waiting: tuple[int, ...] = FULFILLED) -> PathSearch:
    def search(shop: Backend) -> Iterator[Trial[Backend]]:
        _begin(shop, waiting)
        shop.run_to_the_end()
        for call in [each for each in shop.calls.made if each.step.state == "notify_customer"]:
            here = f"{name} call {call.number}, {call.target}"
            yield Trial(here, partial(_perform, waiting, partial(disturb, call)))

    return search


@cache
def _fixture(shop: Backend) -> NotificationFixture:
    return NotificationFixture(shop)


def _begin(shop: Backend, waiting: tuple[int, ...]) -> NotificationFixture:
    notification = _fixture(shop)
    notification.begin(*(notification.messages[place] for place in waiting))
    return notification


def _perform(waiting: tuple[int, ...], disturb: Disturb, shop: Backend) -> list[str]:
    notification = _begin(shop, waiting)
    disturb(shop, notification)
    shop.run_to_the_end()
    dead = [f"4: {message.id} is a dead letter" for message in shop.notifications.dead_letters]
    return [*notification.violations(), *dead]


def _deliver(place: int, shop: Backend, notification: NotificationFixture) -> None:
    """Another invocation receives a message."""
    shop.notifications.put(notification.messages[place])
    shop.deliver_notifications()


def _delivered_before(place: int, call: Call, shop: Backend, notification: NotificationFixture) -> None:
    shop.calls.at(before_place(call.place), lambda: _deliver(place, shop, notification))


def _lost(call: Call, shop: Backend, notification: NotificationFixture) -> None:
    shop.calls.at(after_place(call.place), crash)


def _again(shop: Backend, notification: NotificationFixture) -> None:
    shop.run_to_the_end()
    for message in notification.messages:
        shop.notifications.put(message)


def _again_after_its_record(shop: Backend, notification: NotificationFixture) -> None:
    shop.run_to_the_end()
    shop.clock.move(16 * DAY)
    notification.expire()
    shop.notifications.put(notification.messages[1])


def _again_after_an_upgrade(shop: Backend, notification: NotificationFixture) -> None:
    """An earlier release has handled the event, and its message is redelivered."""
    shop.run_to_the_end()
    for item in shop.world.items():
        if item["PK"].startswith("CONSUMER#"):
            shop.world.table.delete({"PK": item["PK"], "SK": item["SK"]})
            earlier = item | {"PK": "CONSUMER#notify_customer"}
            shop.world.table.put(earlier, condition="attribute_not_exists(PK)")
    shop.notifications.put(notification.messages[1])


def _slow(shop: Backend, notification: NotificationFixture) -> None:
    """The function calls SES just before its time is up; by then, its queue has been polled again."""

    def wait_and_poll() -> None:
        shop.clock.move(wiring().queues["notify_customer"].function_seconds - 1)
        shop.deliver_notifications()

    shop.calls.at(before_call(to=SEND), wait_and_poll)


def _slow_and_duplicated(shop: Backend, notification: NotificationFixture) -> None:
    """The same, and the message was delivered twice."""
    shop.notifications.put(notification.messages[1])
    _slow(shop, notification)


def _at_send(action: Callable[[], object]) -> Disturb:
    return lambda shop, notification: shop.calls.at(before_call(to=SEND), action)


def _responses_lost(shop: Backend, notification: NotificationFixture) -> None:
    shop.calls.at(after_call(to=SEND), fail(ResponseLost), times=3)


def _unclaimed(shop: Backend, notification: NotificationFixture) -> None:
    shop.calls.at(after_call(1), fail(ResponseLost))


def _unrecorded(call: Call, shop: Backend, notification: NotificationFixture) -> None:
    shop.calls.at(before_place(call.place), fail(Unavailable), times=None)


DUPLICATED = _at_each_call("the same event is delivered before", partial(_delivered_before, 1))
OVERTAKEN = _at_each_call("a later event is delivered before", partial(_delivered_before, 1), CONFIRMED)
DYING = _at_each_call("notify_customer lost after", _lost)
BUSY_TABLE = _at_each_call("every attempt of the SDK fails at", _unrecorded)
AGAIN = _once("every message is redelivered", _again, BOTH)
AGAIN_AFTER_ITS_RECORD = _once(
    "a message is redelivered when its record has expired", _again_after_its_record
)
AGAIN_AFTER_AN_UPGRADE = _once("a message is redelivered after an upgrade", _again_after_an_upgrade)
END_COMES_FIRST = _once("the later event is delivered first", lambda shop, notification: None, END_FIRST)
SLOW = _once("the function takes all its time", _slow)
SLOW_AND_DUPLICATED = _once(
    "the function takes all its time, and the message was delivered twice", _slow_and_duplicated
)
REFUSED = _once("SES throttles", _at_send(fail(Throttled)))
UNANSWERED = _once("SES's response is lost three times", _responses_lost)
CLAIM_UNANSWERED = _once("the response to the claim is lost", _unclaimed)
