"""The whole order path in this process, one call at a time, and in an order that can be repeated.

    with backend() as shop:
        shop.begin("ten mugs", World.stocked)
        shop.alice.place(("MUG-RED", 2))        the real client, the gateway, place_order
        shop.come_to_the_end()                  stream, publish_changes, bus, rule, queue, drive_order, saga;
        shop.alice.look().status                FULFILLED                            and the sweep, if need be

What the functions call of AWS and of the providers passes `shop.calls`, where it is recorded, and where
anything can be made to happen: see `tests.support.injection_points` and `tests.support.faults`.

What lies between the functions behaves as the templates say it does, at its worst: records of the stream
are delivered again until the function succeeds, messages until they are deleted or have been received too
often. Tests that want another order of events call `deliver_changes`, `deliver_messages`,
`deliver_notifications` and `sweep`.
"""

import os
import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from typing import Any, TypeVar
from unittest.mock import patch

from botocore.retries.quota import RetryQuota

import lambdas.events.drive_order
import lambdas.events.notify_customer
import ordering.resilience.parallel
from tests.support.clock import MovableClock
from tests.support.cloud import Cloud, cloud
from tests.support.customer import Customer
from tests.support.deployed import wiring
from tests.support.environment import NOTIFICATIONS_QUEUE_URL, QUEUE_URL
from tests.support.event_bus import InMemoryEventBus, Target
from tests.support.functions import FunctionLost, Functions
from tests.support.gateway import Gateway
from tests.support.message_queue import MessageQueue
from tests.support.post_office import PostOffice
from tests.support.snapshots import beginning_with
from tests.support.table_stream import TableStream
from tests.support.world import World

T = TypeVar("T")

_BOUND_SECONDS = int(os.environ["OPEN_TOO_LONG_SECONDS"])
_DUE = ("OPEN#", "UNSETTLED#", "REMOVAL#")

# A system that is not at rest after so many deliveries goes in circles.
_DELIVERIES = 100


class Backend:
    """The functions, and what lies between them."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self.saga = cloud.saga
        self.calls = cloud.saga.recorder
        self.world = cloud.world
        self.clock = MovableClock()
        self.functions = Functions(self.calls)
        self.stream = TableStream(wiring())
        self.queue = MessageQueue(wiring().orders, self.clock)
        self.notifications = MessageQueue(wiring().notifications, self.clock, of="notification")
        self.bus = InMemoryEventBus()
        self.post = PostOffice(lambda: self.calls.answered, lambda: len(self.stream.changes))
        self.alice = self.customer("alice")
        self.staff = self.customer("staff")
        self.parked_changes: list[str] = []
        """Records of the stream that `publish_changes` could make nothing of."""
        self._delivering = False
        self.calls.serve("eventbridge.PutEvents", self.bus.put_events)
        self.calls.serve("sqs.SendMessage", self._send_message)
        self.calls.serve("sqs.SendMessageBatch", self.queue.send_message_batch)
        self.calls.serve("sqs.ChangeMessageVisibilityBatch", self._change_message_visibility)
        self.calls.serve("sqs.DeleteMessageBatch", self.queue.delete_message_batch)
        self.calls.serve("sqs.GetQueueAttributes", self.queue.get_queue_attributes)
        self.calls.serve("sesv2.SendEmail", self.post.send_email)
        self.calls.serve("sfn.StartSyncExecution", self._start_sync_execution)
        self.calls.after_each_write(self.stream.look)
        self.calls.honour_tokens()

    def begin(self, name: str, set_up: Callable[[World], object], *, mail: bool = False) -> None:
        """Begin anew at noon, in a shop that `set_up` makes; `name` stands for all that it does.

        `mail`: whether the stage has somebody to send its mail. Those that an account begins with have not.
        """
        self._cloud.begin()
        self.clock.begin()
        for each in (self.functions, self.queue, self.notifications, self.post, self.alice, self.staff):
            each.begin()
        self.bus.begin(self._targets(mail))
        self.parked_changes.clear()
        lambdas.events.drive_order.process.begin()
        # Only jitter is drawn here.
        random.seed(0)

        def bring() -> float:
            set_up(self.world)
            return self.clock.monotonic()

        self.clock.move(beginning_with(("backend", name), bring) - self.clock.monotonic())
        self.stream.begin()
        self.clock.while_asleep = self.come_to_rest

    def customer(self, name: str) -> Customer:
        """Somebody who has never ordered anything."""
        return Customer(name, Gateway(self.functions.call), self.calls, self.clock)

    # -- one delivery --------------------------------------------------------------------------------

    def deliver_changes(self) -> bool:
        """Hand a batch of the stream to `publish_changes`; answers whether there was one."""
        batch = self.stream.batch()
        if not batch["Records"]:
            return False
        answer = self._deliver("events.publish_changes", batch)
        if answer is not None:
            self.stream.heard(batch, answer)
        return True

    def deliver_messages(self) -> bool:
        """Hand a batch of the order queue to `drive_order`; answers whether there was one."""
        return self._deliver_from(self.queue, "events.drive_order")

    def deliver_notifications(self) -> bool:
        """Hand a batch of the Notifications queue to `notify_customer`; answers whether there was one."""
        return self._deliver_from(self.notifications, "events.notify_customer")

    def sweep(self) -> bool:
        """Run `reconcile_orders` once; answers whether it came to its end."""
        return self._deliver("scheduled.reconcile_orders", {}) is not None

    # -- until nothing is left to do -------------------------------------------------------------------

    def come_to_rest(self) -> None:
        """Deliver all that can be delivered at this time."""
        if self._delivering:
            # A client waits in the middle of a delivery: that one goes on when the client does.
            return
        self._delivering = True
        try:
            for _ in range(_DELIVERIES):
                if not (self.deliver_changes() or self.deliver_messages() or self.deliver_notifications()):
                    return
        finally:
            self._delivering = False
        raise AssertionError(f"not at rest after {_DELIVERIES} deliveries: {self.functions.losses[-3:]}")

    def come_to_the_end(self) -> None:
        """Let time pass until nothing is on its way, and the sweep would find nothing to do.

        A parked order is left alone. Raises AssertionError when it takes for ever.
        """
        for _ in range(_DELIVERIES):
            self.come_to_rest()
            waits = [queue.next_visible() for queue in (self.queue, self.notifications)]
            if soon := [wait for wait in waits if wait is not None]:
                self.clock.move(min(soon).total_seconds())
            elif self.is_due():
                self.clock.move(_BOUND_SECONDS + 1)
                self.sweep()
            else:
                return
        raise AssertionError(f"no end is in sight: {self.functions.losses[-3:]}")

    def is_due(self) -> bool:
        """Whether something is open or owed that nobody has parked."""
        return any(str(item.get("GSI2PK", "")).startswith(_DUE) for item in self.world.items())

    # -- between the functions ---------------------------------------------------------------------------

    def _targets(self, mail: bool) -> Iterator[Target]:
        yield wiring().orders, self.queue.put
        if mail:
            yield wiring().notifications, self.notifications.put

    def _deliver_from(self, queue: MessageQueue, handler: str) -> bool:
        batch = queue.receive()
        if not batch["Records"]:
            return False
        answer = self._deliver(handler, batch)
        if answer is not None:
            queue.heard(batch, answer)
        return True

    def _deliver(self, handler: str, event: dict[str, Any]) -> Any:
        """The function's answer; None when it is lost."""
        try:
            return self.functions.call(handler, event)
        except FunctionLost:
            return None
        finally:
            self.calls.raise_what_broke()

    def _send_message(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        if parameters["QueueUrl"] == QUEUE_URL:
            return self.queue.send_message(parameters)
        self.parked_changes.append(parameters["MessageBody"])
        return {"MessageId": f"parked-{len(self.parked_changes)}"}

    def _change_message_visibility(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        queues = {QUEUE_URL: self.queue, NOTIFICATIONS_QUEUE_URL: self.notifications}
        return queues[parameters["QueueUrl"]].change_message_visibility_batch(parameters)

    def _start_sync_execution(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        execution = self.saga.execute(parameters["name"], parameters["input"])
        failure = {"error": execution.error, "cause": execution.cause}
        now = self.clock.present.timestamp()
        return {
            "executionArn": f"{parameters['stateMachineArn']}:{execution.name}",
            "startDate": now,
            "stopDate": now,
            "status": execution.status,
            **{name: fact for name, fact in failure.items() if fact},
        }


class _OneByOne:
    """An executor that has no threads: nothing here runs beside anything else."""

    def __init__(self, max_workers: int) -> None:
        self.max_workers = max_workers

    def __enter__(self) -> "_OneByOne":
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def map(self, work: Callable[[Any], T], tasks: Iterable[Any]) -> list[T]:
        """Do one after the other."""
        return [work(task) for task in tasks]

    def submit(self, work: Callable[..., T], *arguments: Any) -> "Future[T]":
        """Do it now."""
        done: Future[T] = Future()
        done.set_result(work(*arguments))
        return done

    def shutdown(self, *, wait: bool = True) -> None:
        """There is nothing to wait for."""


@contextmanager
def backend() -> Iterator[Backend]:
    """The backend as it is synthesised, with empty tables."""
    with ExitStack() as stack:
        ours = stack.enter_context(cloud())
        shop = Backend(ours)
        stack.enter_context(shop.clock.ticking())
        stack.enter_context(patch.object(ordering.resilience.parallel, "ThreadPoolExecutor", _OneByOne))
        stack.enter_context(patch.object(lambdas.events.notify_customer, "sleep", shop.clock.move))
        # The SDK lets a process retry only so often. What one test has used up must not fail the next.
        stack.enter_context(patch.object(RetryQuota, "acquire", lambda quota, amount: True))
        yield shop
