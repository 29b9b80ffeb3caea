"""The tests of the guarantees of every consumer of events. The test class of a consumer inherits them.

    class TestNotifyCustomer(ConsumerTests):
        consumer = "notify_customer"
        in_order = True
        may_repeat = True

        def new_event(self) -> Event: ...
        def later_event(self, event: Event) -> Event: ...
        def effects(self) -> int: ...

Guarantee 5: a consumer's effect in the app's tables happens once. A mail or a webhook may be sent twice only
if the process dies, or the response is lost, after sending and before recording.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any, ClassVar

import pytest

from ordering.consumers.event_consumer import Consumer
from ordering.domain.events.earlier_release import encode
from ordering.domain.events.envelope import Event
from ordering.domain.events.reading import MAX_BYTES
from ordering.repositories.processed_events import CLAIM_SECONDS, OLDEST_EVENT
from tests.support import least_privilege
from tests.support.aws_calls import AwsCalls, Send, before_it, fails
from tests.support.client_calls import Parameters
from tests.support.clock import MovableClock
from tests.support.faults import ProcessLost
from tests.support.logs import Logs
from tests.support.recorded import queue_event, recorded
from tests.support.world import Context, World
from tools.asyncapi.describe import EXAMPLES

# The function with which a consumer waits between its attempts.
SLEEP = "ordering.consumers.event_consumer.sleep"


def message(event: Event) -> str:
    """Returns an event as EventBridge delivers it."""
    return _delivered(json.loads(encode(event)))


def _delivered(detail: dict[str, Any]) -> str:
    return json.dumps(
        recorded("eventbridge_order_fulfilled") | {"detail-type": detail["type"], "detail": detail}
    )


UNREADABLE: dict[str, Callable[[dict[str, Any]], object]] = {
    "NEWER_SCHEMA_VERSION": lambda detail: detail.update(schemaVersion=1000),
    "UNKNOWN_TYPE": lambda detail: detail.update(type="OrderTeleported"),
    "MALFORMED": lambda detail: detail.pop("subject"),
    "OVERSIZED": lambda detail: detail.update(note="x" * MAX_BYTES),
}
"""Why an event cannot be read, as the log names it, and a change to its detail that causes it."""


class ConsumerTests(ABC):
    """The tests. `world` is a shop with its own tables, in which the events happen."""

    consumer: ClassVar[str]
    """Its name, which is that of its file in `lambdas/events`."""
    module: ClassVar[str] = ""
    """Its module, if it is an example that is in no stage, and so has no role."""
    in_order: ClassVar[bool] = False
    """Whether an event is skipped once a later one of its item is handled (`calls`)."""
    may_repeat: ClassVar[bool] = False
    """Whether the effect is a call to another service, which may repeat if the process dies after it."""

    world: World
    calls: AwsCalls
    clock: MovableClock

    @abstractmethod
    def new_event(self) -> Event:
        """Returns an event of an item that had none before, at the present time."""

    @abstractmethod
    def later_event(self, event: Event) -> Event:
        """Returns a later event of the same item."""

    @abstractmethod
    def effects(self) -> int:
        """Returns how often the effect has happened."""

    @abstractmethod
    def prepare(self) -> None:
        """Set up what the consumer needs. Called before each test."""

    @pytest.fixture(autouse=True)
    def _in_a_shop(self, world: World, calls: AwsCalls, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        self.world, self.calls, self.clock = world, calls, MovableClock()
        monkeypatch.setattr(SLEEP, lambda seconds: None)
        calls.always("ChangeMessageVisibilityBatch", lambda parameters, send: {})
        with self.clock.ticking():
            self.prepare()
            yield

    # -- the guarantees --------------------------------------------------------------------------------

    def test_event_has_its_effect_once_however_often_it_is_delivered(self) -> None:
        event = self.new_event()
        assert [self.deliver(event), self.deliver(event), self.deliver(event)] == [[], [], []]
        assert self.effects() == 1

    def test_each_event_of_an_item_has_its_effect(self) -> None:
        event = self.new_event()
        assert self.deliver(event, self.later_event(event)) == []
        assert self.effects() == 2

    def test_older_event_is_skipped_only_by_a_consumer_that_keeps_the_order(self) -> None:
        event = self.new_event()
        assert [self.deliver(self.later_event(event)), self.deliver(event)] == [[], []]
        assert self.effects() == (1 if self.in_order else 2)

    def test_event_older_than_the_records_of_events_has_no_effect(self) -> None:
        event = self.new_event()
        self.clock.move(OLDEST_EVENT.total_seconds() + 60)
        assert (self.deliver(event), self.effects()) == ([], 0)

    def test_effect_happens_once_if_the_process_dies_after_any_call(self) -> None:
        for number in self._each_call():
            event, before = self.new_event(), self.effects()
            self.calls.at(number, _dies_after)
            with pytest.raises(ProcessLost):
                self.deliver(event)
            self._redeliver(event)
            self._check(before, f"died after call {number}", may_repeat=self.may_repeat)

    def test_effect_happens_once_if_any_call_fails(self) -> None:
        for number in self._each_call():
            event, before = self.new_event(), self.effects()
            self.calls.at(number, fails("InternalServerError"))
            self.deliver(event)
            self._redeliver(event)
            self._check(before, f"call {number} failed")

    def test_effect_happens_once_if_two_invocations_get_the_event_at_once(self) -> None:
        for number in self._each_call():
            event, before = self.new_event(), self.effects()
            self.calls.at(number, before_it(self._another_invocation(event)))
            self.deliver(event)
            self._redeliver(event)
            self._check(before, f"another invocation before call {number}")

    def test_message_that_is_not_an_event_does_not_block_the_others(self) -> None:
        event, before = self.new_event(), self.world.items()
        assert self._failures('{"detail": {}}', "[" * 2000) == ["message-0", "message-1"]
        assert self.world.items() == before
        assert self._failures("no event", message(event), "[]") == ["message-0", "message-2"]
        assert self.effects() == 1

    def test_event_of_another_type_fails_and_writes_nothing(self) -> None:
        before = self.world.items()
        examples = json.loads(EXAMPLES.read_text())
        others = [example for type, example in examples.items() if type not in self._consumer().types]
        numbers = range(len(others))
        assert numbers
        assert self._failures(*map(_delivered, others)) == [f"message-{number}" for number in numbers]
        assert self.world.items() == before

    @pytest.mark.parametrize(("cause", "spoil"), UNREADABLE.items())
    def test_unreadable_event_fails_alone_with_its_cause_in_the_log(
        self, cause: str, spoil: Callable[[dict[str, Any]], object], logs: Logs
    ) -> None:
        """Its message is received again until it is in the dead-letter queue, with its cause in the log."""
        spoilt, event = self.new_event(), self.new_event()
        detail = json.loads(encode(spoilt))
        spoil(detail)
        assert self._failures(_delivered(detail), message(event)) == ["message-0"]
        assert self.effects() == 1
        assert [line["cause"] for line in logs.lines if line["message"] == "not an event"] == [cause]

    # -- helpers ---------------------------------------------------------------------------------------

    def deliver(self, *events: Event, receives: int = 1) -> list[str]:
        """Deliver events in one batch. Returns the ids of the messages that failed."""
        return self._failures(*map(message, events), receives=receives)

    def _failures(self, *bodies: str, receives: int = 1) -> list[str]:
        handler: Callable[..., Any] = self._consumer().handler
        with least_privilege.within(None if self.module else self.consumer):
            response = handler(queue_event(*bodies, receives=receives), Context())
        return [failure["itemIdentifier"] for failure in response["batchItemFailures"]]

    def _consumer(self) -> Consumer:
        consumer: Consumer = import_module(self.module or f"lambdas.events.{self.consumer}").consumer
        return consumer

    def _each_call(self) -> range:
        """Returns the numbers of the calls that an invocation without faults makes."""
        event, before = self.new_event(), self.calls.count
        assert self.deliver(event) == []
        made = self.calls.count - before
        assert made > 0
        return range(1, made + 1)

    def _another_invocation(self, event: Event) -> Callable[[], object]:
        def deliver() -> None:
            self.deliver(event)

        return deliver

    def _redeliver(self, event: Event) -> None:
        """Deliver the event again, after the claim of a lost invocation has expired."""
        self.clock.move(CLAIM_SECONDS + 1)
        for receives in (2, 3):
            assert self.deliver(event, receives=receives) == []

    def _check(self, before: int, what: str, *, may_repeat: bool = False) -> None:
        happened = self.effects() - before
        assert happened in ((1, 2) if may_repeat else (1,)), f"{what}: the effect happened {happened} times"


def _dies_after(parameters: Parameters, send: Send) -> Any:
    send()
    raise ProcessLost
