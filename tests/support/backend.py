"""The whole order path in one process: all functions, called one at a time and in a repeatable order.

    with backend() as shop:
        shop.begin("ten mugs", World.stocked)
        shop.alice.place(("MUG-RED", 2))        the real client, the gateway, place_order
        shop.run_to_the_end()                   stream, publish_changes, bus, rule, queue, drive_order, saga;
        shop.alice.read_order().status          FULFILLED                            and the sweep, if needed

The functions' calls to AWS and to the providers pass through `shop.calls`. They are recorded there, and
faults can be injected: see `tests.support.injection_points` and `tests.support.faults`.

The queues and what feeds them are found in the templates; they, the stream and the bus have the settings of
the templates. Records of the stream are redelivered until the function succeeds, and messages until they are
deleted or have been received too often. A test that needs another order of events calls `deliver_changes`,
`deliver_messages`, `deliver_to` and `sweep` itself.
"""

import os
import random
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any
from unittest.mock import patch

from botocore.retries.quota import RetryQuota

import lambdas.events.drive_order
import ordering.consumers.event_consumer
import ordering.resilience.parallel
from ordering.aws.logging import logger
from ordering.webhooks import secret_key, sender
from tests.support.calls import Fake
from tests.support.clock import MovableClock
from tests.support.cloud import Cloud, cloud
from tests.support.customer import Customer
from tests.support.deployed import Wiring, wiring
from tests.support.environment import PARKED_QUEUE_URL, PICK_LISTS_QUEUE_URL, WEBHOOK_KEY, WEBHOOK_KEY_ID
from tests.support.event_bus import InMemoryEventBus, Target
from tests.support.functions import FunctionLost, Functions
from tests.support.gateway import Gateway
from tests.support.in_memory_receiver import InMemoryReceiver
from tests.support.live_clients import LiveClients
from tests.support.mailbox import Mailbox
from tests.support.message_queue import Message, MessageQueue
from tests.support.pick_lists import PickLists
from tests.support.sequential_executor import SequentialExecutor
from tests.support.snapshots import beginning_with
from tests.support.table_stream import TableStream
from tests.support.world import World

_OPEN_TOO_LONG_SECONDS = int(os.environ["OPEN_TOO_LONG_SECONDS"])
_DUE = ("OPEN#", "UNSETTLED#", "REFUND", "REMOVAL#")

# If messages are left after this many deliveries, the functions are in an endless loop.
_DELIVERIES = 100


class Backend:
    """All functions, and the stream, the bus, the queues and the mailbox between them."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self.saga = cloud.saga
        self.calls = cloud.saga.recorder
        self.world = cloud.world
        self.clock = MovableClock()
        self.functions = Functions(self.calls)
        self.stream = TableStream(wiring())
        self.queues: Mapping[str, MessageQueue] = {
            handler: MessageQueue(consumed, self.clock, of=handler)
            for handler, consumed in wiring().queues.items()
        }
        """The function that a queue feeds (`drive_order`) → its queue."""
        self.queue = self.queues["drive_order"]
        self.notifications = self.queues["notify_customer"]
        self.bus = InMemoryEventBus()
        self.mailbox = Mailbox(lambda: self.calls.served_call, lambda: len(self.stream.changes))
        self.pick_lists = PickLists(lambda: self.calls.served_call, lambda: len(self.stream.changes))
        self.live_clients = LiveClients(lambda: self.calls.served_call, self.clock)
        self.receiver = InMemoryReceiver(self.calls, self.clock, lambda: len(self.stream.changes))
        self.alice = self.customer("alice")
        self.staff = self.customer("staff")
        self.parked_changes: list[str] = []
        """Records of the stream that `publish_changes` could not read."""
        self.variant = ""
        """Distinguishes two set-ups of the same name, which differ in the wiring for instance."""
        self.preparing = False
        """Whether `begin` is running a set-up."""
        self.consumers: frozenset[str] = frozenset()
        """The consumers of events that the stage has."""
        self._delivering = False
        self.calls.serve("eventbridge.PutEvents", self.bus.put_events)
        self.calls.serve("sqs.SendMessage", self._send_message)
        for operation, serve in (
            ("SendMessageBatch", MessageQueue.send_message_batch),
            ("ChangeMessageVisibilityBatch", MessageQueue.change_message_visibility_batch),
            ("DeleteMessageBatch", MessageQueue.delete_message_batch),
            ("GetQueueAttributes", MessageQueue.get_queue_attributes),
        ):
            self.calls.serve(f"sqs.{operation}", self._at_its_queue(serve))
        self.calls.serve("sesv2.SendEmail", self.mailbox.send_email)
        self.calls.serve(
            "secrets-manager.GetSecretValue",
            lambda parameters: {"SecretString": WEBHOOK_KEY, "VersionId": WEBHOOK_KEY_ID},
        )
        self.calls.serve_by_path(
            "apigatewaymanagementapi.PostToConnection", self.live_clients.post_to_connection
        )
        self.calls.serve_by_path(
            "apigatewaymanagementapi.DeleteConnection", self.live_clients.delete_connection
        )
        self.calls.serve("sfn.StartSyncExecution", self._start_sync_execution)
        self.calls.after_each_write(self.stream.record_changes)
        self.calls.honour_tokens()

    def begin(
        self,
        name: str,
        set_up: Callable[[World], object],
        *,
        consumers: Collection[str] = (),
    ) -> None:
        """Reset everything, at noon, with the shop that `set_up` creates.

        The tables are cached by `name`, so one name must always mean the same `set_up`. `consumers` are the
        consumers of events that the stage has: the names of their files in `lambdas/events`.
        """
        self._cloud.begin()
        self.clock.begin()
        for queue in self.queues.values():
            queue.begin()
        for each in (
            self.functions,
            self.mailbox,
            self.pick_lists,
            self.live_clients,
            self.receiver,
            self.alice,
            self.staff,
        ):
            each.begin()
        self.consumers = frozenset(consumers)
        self.bus.begin(self._targets())
        self.parked_changes.clear()
        lambdas.events.drive_order.process.begin()
        # Only jitter is random here.
        random.seed(0)

        def prepare() -> float:
            self.preparing = True
            try:
                set_up(self.world)
            finally:
                self.preparing = False
            return self.clock.monotonic()

        beginning = ("backend", name, self.variant)
        self.clock.move(beginning_with(beginning, prepare) - self.clock.monotonic())
        self.stream.begin()
        # A new process reads the key again.
        secret_key.webhook_keys.forget()
        self.clock.while_asleep = self.deliver_everything

    def customer(self, name: str) -> Customer:
        """Returns a customer who has never ordered anything."""
        return Customer(name, Gateway(self.functions.call), self.calls, self.clock)

    def wire(self, wiring: Wiring) -> None:
        """Change how the functions are connected, from the next `begin` on."""
        self.stream.wiring = wiring
        for handler, consumed in wiring.queues.items():
            self.queues[handler].consumed = consumed

    # -- one delivery --------------------------------------------------------------------------------

    def deliver_changes(self) -> bool:
        """Deliver a batch of the stream to `publish_changes`. Returns whether there was one."""
        batch = self.stream.batch()
        if not batch["Records"]:
            return False
        response = self._deliver("events.publish_changes", batch)
        if response is not None:
            self.stream.acknowledge(batch, response)
        return True

    def deliver_to(self, handler: str) -> bool:
        """Deliver a batch of its queue to a function (`drive_order`). Returns whether there was one."""
        queue = self.queues[handler]
        batch = queue.receive()
        if not batch["Records"]:
            return False
        response = self._deliver(f"events.{handler}", batch)
        if response is not None:
            queue.acknowledge(batch, response)
        return True

    def deliver_messages(self) -> bool:
        """Deliver a batch of the order queue to `drive_order`. Returns whether there was one."""
        return self.deliver_to("drive_order")

    def deliver_notifications(self) -> bool:
        """Deliver a batch of the notifications queue to `notify_customer`. Returns whether there was one."""
        return self.deliver_to("notify_customer")

    def sweep(self) -> bool:
        """Run `reconcile_orders` once. Returns whether it succeeded."""
        return self._deliver("scheduled.reconcile_orders", {}) is not None

    # -- until nothing is left to do -------------------------------------------------------------------

    def deliver_everything(self) -> None:
        """Deliver everything that can be delivered at this time."""
        if self._delivering:
            # A client that waits within a delivery has called this: the delivery continues after the wait.
            return
        self._delivering = True
        try:
            for _ in range(_DELIVERIES):
                if not (
                    self.deliver_changes()
                    # Drive orders before their events are delivered to consumers.
                    or self.deliver_messages()
                    or any(self.deliver_to(handler) for handler in self.queues)
                ):
                    return
        finally:
            self._delivering = False
        raise AssertionError(
            f"messages are left after {_DELIVERIES} deliveries: {self.functions.losses[-3:]}"
        )

    def run_to_the_end(self) -> None:
        """Let time pass until no message is in transit and the sweep has no work.

        Parked orders stay parked. Raises AssertionError if this does not happen.
        """
        for _ in range(_DELIVERIES):
            self.deliver_everything()
            waits = [queue.next_visible() for queue in self.queues.values()]
            if soon := [wait for wait in waits if wait is not None]:
                self.clock.move(min(soon).total_seconds())
            elif self.is_due():
                self.clock.move(_OPEN_TOO_LONG_SECONDS + 1)
                self.sweep()
            else:
                return
        raise AssertionError(f"the system does not come to rest: {self.functions.losses[-3:]}")

    def is_due(self) -> bool:
        """Returns whether the sweep has work: open orders, unsettled payments, refunds, removals."""
        return any(str(item.get("GSI2PK", "")).startswith(_DUE) for item in self.world.items())

    # -- between the functions ---------------------------------------------------------------------------

    @property
    def dead_letters(self) -> list[Message]:
        """Returns the messages in the dead-letter queues of all queues."""
        return [message for queue in self.queues.values() for message in queue.dead_letters]

    @property
    def exports(self) -> dict[str, bytes]:
        """Returns the files of exports of customers' data, by their keys."""
        return self._cloud.exports

    def _targets(self) -> Iterator[Target]:
        for handler in ("drive_order", *sorted(self.consumers)):
            queue = self.queues[handler]
            yield queue.consumed, queue.put

    def _deliver(self, handler: str, event: dict[str, Any]) -> Any:
        """Returns the function's response; None if the function is lost."""
        try:
            return self.functions.call(handler, event)
        except FunctionLost:
            return None
        finally:
            self.calls.raise_test_failure()

    def _send_message(self, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        if parameters["QueueUrl"] == PICK_LISTS_QUEUE_URL:
            return self.pick_lists.send_message(parameters)
        if parameters["QueueUrl"] != PARKED_QUEUE_URL:
            return self._at_its_queue(MessageQueue.send_message)(parameters)
        self.parked_changes.append(parameters["MessageBody"])
        return {"MessageId": f"parked-{len(self.parked_changes)}"}

    def _at_its_queue(self, serve: Callable[[MessageQueue, Mapping[str, Any]], Mapping[str, Any]]) -> Fake:
        # A function of the previous release may not know its queue's URL.
        known = [queue for queue in self.queues.values() if queue.consumed.url_variable]
        by_url = {os.environ[queue.consumed.url_variable]: queue for queue in known}
        return lambda parameters: serve(by_url[parameters["QueueUrl"]], parameters)

    def _start_sync_execution(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        # A step runs in another process, which does not have the log keys of the driver.
        keys = logger.thread_safe_get_current_keys()
        logger.thread_safe_clear_keys()
        try:
            execution = self.saga.execute(parameters["name"], parameters["input"])
        finally:
            logger.thread_safe_append_keys(**keys)
        failure = {"error": execution.error, "cause": execution.cause}
        now = self.clock.present.timestamp()
        return {
            "executionArn": f"{parameters['stateMachineArn']}:{execution.name}",
            "startDate": now,
            "stopDate": now,
            "status": execution.status,
            **{name: fact for name, fact in failure.items() if fact},
        }


@contextmanager
def backend() -> Iterator[Backend]:
    """Yields the backend of the synthesised stage, with empty tables."""
    with ExitStack() as stack:
        ours = stack.enter_context(cloud())
        shop = Backend(ours)
        stack.enter_context(shop.clock.ticking())
        stack.enter_context(
            patch.object(ordering.resilience.parallel, "ThreadPoolExecutor", SequentialExecutor)
        )
        for module in (ordering.consumers.event_consumer, *_functions_of(shop.queues)):
            if hasattr(module, "sleep"):
                stack.enter_context(patch.object(module, "sleep", shop.clock.move))
        stack.enter_context(patch.object(sender, "post", shop.receiver.post(sender)))
        # The SDK limits the retries of a process. One test must not use up the retries of the next.
        stack.enter_context(patch.object(RetryQuota, "acquire", lambda quota, amount: True))
        yield shop


def _functions_of(queues: Iterable[str]) -> Iterator[ModuleType]:
    """Returns the modules of the functions that the queues feed."""
    return (import_module(f"lambdas.events.{handler}") for handler in queues)
