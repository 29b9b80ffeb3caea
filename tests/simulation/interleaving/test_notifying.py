"""Guarantee 5: a customer is notified once, though events are delivered twice, late, or at the same time.

Two invocations of `notify_customer` differ in their claims, so every order of their calls is searched.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from unittest.mock import patch
from uuid import UUID

import pytest

import ordering.consumers.event_consumer
import ordering.repositories.processed_events
from ordering.guards import Guard
from tests.simulation.guards.switching import switched_off
from tests.simulation.interleaving.backend_states import BackendStates
from tests.simulation.interleaving.call_stepper import CallStepper, Returned
from tests.simulation.interleaving.concurrent_tasks import ConcurrentTasks, Point
from tests.simulation.interleaving.interleavings import StandingClock
from tests.support.backend import Backend, backend
from tests.support.faults import Throttled, fail
from tests.support.injection_points import Step, before_call
from tests.support.notification_fixture import NotificationFixture
from tests.support.world import invoke

DAY = 24 * 3600
Property = Callable[[str, object], None]


@pytest.fixture(scope="module")
def shop() -> Iterator[Backend]:
    """One backend for all tests.

    An invocation that finds the order busy does not retry its claim here. Its message is redelivered instead,
    with the same effect.
    """
    with backend() as ours, patch.object(ordering.consumers.event_consumer, "_CLAIM_RETRY_DELAYS", ()):
        yield ours


@pytest.fixture(scope="module")
def notification(shop: Backend) -> NotificationFixture:
    """The customer is to be notified that their order is confirmed, and that it is on its way."""
    return NotificationFixture(shop)


@dataclass
class Invocations:
    """Concurrent invocations with one message each, in every order of their calls."""

    shop: Backend
    notification: NotificationFixture

    def search(self, *messages: str) -> ConcurrentTasks:
        """Deliver each message to an invocation, and search every order of their calls."""
        self.notification.begin(*messages)
        self._batches = [self.shop.notifications.receive() for _ in messages]
        assert [len(batch["Records"]) for batch in self._batches] == [1] * len(messages)
        self._states = BackendStates(self.shop)
        tasks: dict[Hashable, Callable[[], Any]] = {
            place: partial(self._invoke, place) for place in range(len(messages))
        }
        self.stepper = CallStepper(self.shop.calls, self._states, tasks)
        with StandingClock(self.shop.clock.present).ticking():
            return ConcurrentTasks(self.stepper, self._states.note(), list(tasks))

    def notified_of(self, end: Point) -> tuple[str, ...]:
        """Redeliver failed messages until none is left. Returns the statuses in the mails."""
        self._states.restore(end.state)
        for batch, progress in zip(self._batches, end.progress, strict=True):
            assert isinstance(progress, Returned), progress
            failed = [{"itemIdentifier": each} for each in progress.value]
            self.shop.notifications.acknowledge(batch, {"batchItemFailures": failed})
        self.shop.run_to_the_end()
        assert not self.shop.notifications.dead_letters
        return tuple(self.notification.notified_statuses())

    def _invoke(self, place: int) -> tuple[str, ...]:
        # Each run of a task has to make the same claim again.
        claim = patch.object(ordering.repositories.processed_events, "uuid4", lambda: UUID(int=place))
        with claim, self.shop.calls.within(Step(f"invocation-{place}", "notify_customer", 1, 1)):
            response: dict[str, Any] = invoke("events.notify_customer", self._batches[place])
        return tuple(each["itemIdentifier"] for each in response["batchItemFailures"])


@pytest.fixture
def invocations(shop: Backend, notification: NotificationFixture) -> Invocations:
    """Invocations that are about to be searched."""
    return Invocations(shop, notification)


def outcomes(
    invocations: Invocations, messages: Sequence[str], record_property: Property, *, at_least: int
) -> set[tuple[str, ...]]:
    """Returns the possible notifications, in any order of calls. None violates a guarantee."""
    tasks = invocations.search(*messages)
    record_property("interleavings", tasks.interleavings())
    record_property("calls", dict(tasks.calls))
    assert tasks.interleavings() >= at_least
    found = set()
    for end in tasks.ends:
        found.add(invocations.notified_of(end))
        assert invocations.notification.violations() == []
    return found


# -- two invocations at once -------------------------------------------------------------------------------


def test_two_invocations_with_one_event_notify_once(
    invocations: Invocations, record_property: Property
) -> None:
    """Guarantee 5."""
    _, fulfilled = invocations.notification.messages
    assert outcomes(invocations, (fulfilled, fulfilled), record_property, at_least=50) == {("FULFILLED",)}


def test_two_events_of_an_order_are_notified_in_order_or_only_the_later_one(
    invocations: Invocations, record_property: Property
) -> None:
    """Guarantee 5."""
    found = outcomes(invocations, invocations.notification.messages, record_property, at_least=600)
    assert found == {("CONFIRMED", "FULFILLED"), ("FULFILLED",)}


def test_an_invocation_is_paused_before_every_call_that_it_makes(
    shop: Backend, invocations: Invocations
) -> None:
    invocations.notification.begin(invocations.notification.messages[1])
    shop.deliver_notifications()
    made = [call.target for call in shop.calls.made if call.step.state == "notify_customer"]
    assert "sesv2.SendEmail" in made
    invocations.search(*invocations.notification.messages)
    paused = {targets for task, targets in invocations.stepper.paused_before() if task == 1}
    assert {tuple(made[:count]) for count in range(1, len(made) + 1)} <= paused


def test_the_search_finds_an_outdated_mail_when_its_guard_is_off(invocations: Invocations) -> None:
    with switched_off(Guard.CLAIM_ALONE):
        tasks = invocations.search(*invocations.notification.messages)
        found = {invocations.notified_of(end) for end in tasks.ends}
    assert ("FULFILLED", "CONFIRMED") in found


# -- one after the other -----------------------------------------------------------------------------------


def test_an_older_event_is_skipped_after_a_newer_one(
    shop: Backend, notification: NotificationFixture
) -> None:
    notification.begin(*reversed(notification.messages))
    shop.run_to_the_end()
    assert notification.notified_statuses() == ["FULFILLED"]
    assert notification.violations() == []


@pytest.mark.parametrize("country", ["GB", "AQ"])
def test_a_duplicate_message_sends_no_second_mail(shop: Backend, country: str) -> None:
    twice = NotificationFixture(shop, country=country)
    twice.begin(*(message for message in twice.messages for _ in range(2)))
    shop.run_to_the_end()
    assert len(twice.notified_statuses()) == 2
    assert twice.violations() == []


@pytest.mark.parametrize("later", [0, 60, 3600, 13 * DAY, 14 * DAY, 15 * DAY, 400 * DAY])
def test_a_message_that_is_replayed_later_sends_no_second_mail(
    shop: Backend, notification: NotificationFixture, later: int
) -> None:
    """Redelivered, redriven from the dead-letter queue, or replayed from the archive. Records expire."""
    notification.begin(*notification.messages)
    shop.run_to_the_end()
    shop.clock.move(later)
    notification.expire()
    for message in (*notification.messages, *reversed(notification.messages)):
        shop.notifications.put(message)
    shop.run_to_the_end()
    assert notification.notified_statuses() == ["CONFIRMED", "FULFILLED"]
    assert notification.violations() == []


def test_records_of_handled_events_expire(shop: Backend, notification: NotificationFixture) -> None:
    """Without this, the test above would test only the records, not the limit on an event's age."""
    notification.begin(*notification.messages)
    shop.run_to_the_end()
    shop.clock.move(15 * DAY + 60)
    assert notification.expire() == 2


def test_a_redriven_dead_letter_notifies_the_customer(
    shop: Backend, notification: NotificationFixture
) -> None:
    confirmed, fulfilled = notification.messages
    notification.begin(fulfilled)
    _refuse_all_mail(shop)
    shop.run_to_the_end()
    (dead,) = shop.notifications.dead_letters
    assert notification.notified_statuses() == []
    shop.calls.cancel_interruptions()
    for message in (dead.body, confirmed, dead.body):
        shop.notifications.put(message)
    shop.run_to_the_end()
    assert notification.notified_statuses() == ["FULFILLED"]


def _refuse_all_mail(shop: Backend) -> None:
    """Let SES refuse every mail."""
    shop.calls.at(before_call(to="sesv2.SendEmail"), fail(Throttled), times=None)
