"""Guarantee 5: an event that the archive replays has no second effect, in any consumer.

The local engine has no archive. So the events are delivered again as EventBridge replays them: with
`replay-name` in the envelope, at any later time and in any order ("Archiving and replaying events in Amazon
EventBridge", "StartReplay"). `tests/e2e/test_notifications.py` puts recorded events on the bus again.
"""

import ast
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from ordering.domain.events.envelope import Event
from tests.support import least_privilege
from tests.support.aws_calls import AwsCalls
from tests.support.clock import MovableClock
from tests.support.consumer_tests import SLEEP, ConsumerTests, message
from tests.support.recorded import queue_event, recorded
from tests.support.world import Context, World
from tests.support.written_consumers import written_consumers
from tests.synth import PROJECT, synthesised

pytestmark = pytest.mark.slow

LATER = (timedelta(minutes=1), timedelta(days=13), timedelta(days=16), timedelta(days=365))


def _found() -> Iterator[type[ConsumerTests]]:
    """The tests of each consumer, found in all files of `tests/handlers`."""
    for path in sorted(Path(__file__).parents[1].rglob("test_*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef) and any(
                isinstance(base, ast.Name) and base.id == "ConsumerTests" for base in node.bases
            ):
                module = ".".join(path.relative_to(PROJECT).with_suffix("").parts)
                yield getattr(import_module(module), node.name)


TESTS = {each.consumer: each for each in _found()}


class Replayed:
    """A consumer in a shop of its own, to which events are delivered and replayed."""

    def __init__(self, tests: ConsumerTests) -> None:
        self.tests = tests
        self._expired = 0

    def effects(self) -> int:
        """Returns how often the effect has happened, also if what it wrote has expired since."""
        return self.tests.effects() + self._expired

    def deliver(self, *events: Event) -> None:
        """Deliver events for the first time."""
        self._handle([message(event) for event in events])

    def replay(self, *events: Event, envelope: Callable[[], dict[str, str]] = dict) -> None:
        """Deliver events as a replay does; `envelope` returns more fields of each."""
        self._handle(
            [
                json.dumps(json.loads(message(event)) | {"replay-name": "orders-prod-1"} | envelope())
                for event in events
            ]
        )

    def _handle(self, bodies: Sequence[str]) -> None:
        tests = self.tests
        handler: Callable[..., Any]
        handler = import_module(tests.module or f"lambdas.events.{tests.consumer}").handler
        with least_privilege.within(None if tests.module else tests.consumer):
            response = handler(queue_event(*bodies), Context())
        assert response["batchItemFailures"] == []

    def let_pass(self, time: timedelta) -> None:
        """Let time pass, in which DynamoDB deletes the items that have expired."""
        self.tests.clock.move(time.total_seconds())
        now, before = self.tests.clock.present.timestamp(), self.tests.effects()
        for item in self.tests.world.items():
            if "expiresAt" in item and float(item["expiresAt"]) < now:
                self.tests.world.table.delete({name: item[name] for name in ("PK", "SK")})
        self._expired += before - self.tests.effects()


@pytest.fixture(params=sorted(TESTS))
def consumer(
    request: pytest.FixtureRequest, world: World, calls: AwsCalls, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Replayed]:
    """Each consumer in turn."""
    tests = TESTS[request.param]()
    monkeypatch.setattr(SLEEP, lambda seconds: None)
    with _prepared(tests, world, calls):
        yield Replayed(tests)


@contextmanager
def _prepared(tests: ConsumerTests, world: World, calls: AwsCalls) -> Iterator[None]:
    tests.world, tests.calls, tests.clock = world, calls, MovableClock()
    with tests.clock.ticking():
        tests.prepare()
        yield


def test_every_consumer_is_shown_here() -> None:
    """Also those that are in no stage's settings by default.

    A consumer whose effect may repeat has no second effect that matters: its own tests show that.
    """
    written = {name for name, _ in written_consumers()}
    may_repeat = {name for name, repeats in written_consumers() if repeats}
    deployed = {
        handler for name, handler in synthesised("local").outputs().items() if name.endswith("Consumer")
    }
    assert deployed
    assert deployed <= written
    assert written - may_repeat == {name for name, tests in TESTS.items() if not tests.module}


@pytest.mark.parametrize("later", LATER, ids=str)
@pytest.mark.parametrize("id", ["same id", "another id"])
def test_replayed_event_has_no_second_effect(consumer: Replayed, later: timedelta, id: str) -> None:
    event = consumer.tests.new_event()
    consumer.deliver(event)
    consumer.let_pass(later)
    for _ in range(2):
        consumer.replay(event, envelope=lambda: {} if id == "same id" else {"id": str(uuid4())})
    assert consumer.effects() == 1


def test_replay_in_another_order_has_no_second_effect(consumer: Replayed) -> None:
    event = consumer.tests.new_event()
    later = consumer.tests.later_event(event)
    consumer.deliver(event)
    consumer.deliver(later)
    consumer.let_pass(timedelta(hours=1))
    consumer.replay(later, event)
    consumer.replay(event, later)
    assert consumer.effects() == 2


def test_replayed_event_that_was_never_delivered_has_its_effect_once(consumer: Replayed) -> None:
    """What a replay is for: the consumer's rule was missing at the time."""
    event = consumer.tests.new_event()
    consumer.let_pass(timedelta(days=13))
    consumer.replay(event)
    consumer.replay(event)
    assert consumer.effects() == 1


def test_archived_event_that_no_record_could_recognise_has_no_effect(consumer: Replayed) -> None:
    """The archive keeps an event longer than a consumer keeps its record."""
    event = consumer.tests.new_event()
    consumer.let_pass(timedelta(days=15))
    consumer.replay(event)
    assert consumer.effects() == 0


def test_each_rule_sends_events_to_a_consumer_or_orders_to_the_order_queue() -> None:
    """A replay sends to the order queue the message that was sent before: only the order's id.

    Driving an order that has ended changes nothing: `tests/simulation/harness/test_trails.py`.
    """
    stage = synthesised("local")
    consumers = {name.removesuffix("Consumer") for name in stage.outputs() if name.endswith("Consumer")}
    for rule in stage.resources("AWS::Events::Rule"):
        (target,) = rule.properties["Targets"]
        queue = target["Arn"]["Fn::GetAtt"][0]
        if "InputTransformer" in target:
            assert target["InputTransformer"] == {
                "InputPathsMap": {"detail-orderId": "$.detail.orderId"},
                "InputTemplate": '{"orderId":<detail-orderId>}',
            }
            assert queue.startswith("Orders")
        else:
            assert any(queue.startswith(consumer) for consumer in consumers)


def test_recorded_event_has_the_fields_that_a_replay_reads() -> None:
    """`time` decides whether a period contains an event ("StartReplay")."""
    event = recorded("eventbridge_order_fulfilled")
    assert {"id", "detail-type", "time"} <= event.keys()
    assert datetime.fromisoformat(event["time"]).tzinfo
    assert "replay-name" not in event
