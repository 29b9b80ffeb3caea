"""A partner with a receiver, and the queue of deliveries, which uses the clock of the test."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import msgspec
from msgspec.structs import replace

from lambdas.events import deliver_webhook, fan_out_webhooks
from ordering.aws.webhook_queue import message_of
from ordering.domain.clock import now, unix_seconds
from ordering.domain.events.envelope import Event
from ordering.domain.order import OrderId, Status
from ordering.domain.webhooks.delivery import WebhookDelivery
from ordering.domain.webhooks.endpoint import EVENT_TYPES, Endpoint, WebhookId, new_endpoint
from ordering.repositories.stream import event_of_images
from ordering.repositories.webhook_deliveries import Deliveries, key_of
from ordering.repositories.webhooks import Webhooks
from ordering.webhooks import sender
from ordering.webhooks.secret_key import webhook_keys
from tests.support import least_privilege
from tests.support.aws_calls import AwsCalls, Send
from tests.support.builders import CUSTOMER_ID, image, order
from tests.support.client_calls import Parameters
from tests.support.clock import MovableClock
from tests.support.consumer_tests import message
from tests.support.environment import WEBHOOK_KEY_ID
from tests.support.recorded import queue_event, queue_record
from tests.support.world import Context, World

URL = "https://hooks.example.com/orders"


@dataclass
class ReceivedWebhook:
    """A webhook as the receiver has got it."""

    at: float
    url: str
    headers: dict[str, str]
    body: bytes

    @property
    def data(self) -> dict[str, Any]:
        """The event."""
        data: dict[str, Any] = json.loads(self.body)["data"]
        return data


@dataclass(eq=False)
class Queued:
    """A message of the queue of deliveries."""

    id: str
    body: str
    sent_at: int
    visible_at: float
    receives: int = 0


@dataclass
class Partner:
    """A partner. `responds` decides what the receiver returns: a status, or the code of a failure."""

    world: World
    calls: AwsCalls
    clock: MovableClock
    responds: Callable[[ReceivedWebhook], int | str] = lambda request: 204
    requests: list[ReceivedWebhook] = field(default_factory=list)
    messages: list[Queued] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.webhooks, self.deliveries = Webhooks(self.world.table), Deliveries(self.world.table)
        self.calls.always("SendMessageBatch", self._send)
        self.calls.always("ChangeMessageVisibilityBatch", self._hide)

    # -- what happens ----------------------------------------------------------------------------------

    def endpoint(self, url: str = URL, types: tuple[str, ...] = EVENT_TYPES) -> Endpoint:
        """Register an endpoint."""
        endpoint = new_endpoint(CUSTOMER_ID, url, types, key_id=WEBHOOK_KEY_ID, at=now())
        self.webhooks.create(endpoint)
        return endpoint

    def rotate(self, endpoint: Endpoint) -> Endpoint | None:
        """Give an endpoint a new secret, derived from the current key."""
        return self.webhooks.rotate(endpoint, key_id=webhook_keys.current().id, at=now())

    def event(
        self, status: Status = Status.CONFIRMED, version: int = 2, order_id: str | None = None
    ) -> Event:
        """Returns an event of an order of the partner, now."""
        changed = replace(
            order(status, version=version), order_id=OrderId(order_id or str(uuid4())), updated_at=now()
        )
        event = event_of_images(None, image(changed))
        assert event
        return event

    def publish(self, *events: Event) -> None:
        """Deliver events to the fan-out."""
        with least_privilege.within("fan_out_webhooks"):
            handler: Any = fan_out_webhooks.handler
            response = handler(queue_event(*map(message, events)), Context())
        assert response == {"batchItemFailures": []}

    def post(self, url: str, body: bytes, headers: Any, **others: Any) -> sender.WebhookResponse:
        """Act as `sender.post`."""
        request = ReceivedWebhook(self.clock.monotonic(), url, dict(headers), body)
        self.requests.append(request)
        result = self.responds(request)
        if isinstance(result, str):
            raise sender.WebhookNotSent(result)
        return sender.WebhookResponse(result, 12)

    def receive(self) -> list[str]:
        """Let the function process each visible message once. Returns the ids of those that wait."""
        waiting: list[str] = []
        for queued in list(self.messages):
            # While a request is open, another invocation may have received it.
            if queued not in self.messages or queued.visible_at > self.clock.monotonic():
                continue
            queued.receives += 1
            queued.visible_at = self.clock.after(6 * 30)
            record = queue_record(queued.id, queued.id, queued.body, queued.receives)
            record["attributes"]["SentTimestamp"] = str(queued.sent_at * 1000)
            with least_privilege.within("deliver_webhook"):
                handler: Any = deliver_webhook.handler
                response = handler({"Records": [record]}, Context())
            if failed := [each["itemIdentifier"] for each in response["batchItemFailures"]]:
                waiting += failed
            else:
                self.messages.remove(queued)
        return waiting

    def run(self, *, hours: float = 24 * 14, receives: int = 2000) -> None:
        """Process the messages as time passes, until there is none or the time is over."""
        end = self.clock.after(hours * 3600)
        for _ in range(receives):
            if not self.messages:
                return
            next_at = min(each.visible_at for each in self.messages)
            if next_at > end:
                self.clock.move(end - self.clock.monotonic())
                return
            self.clock.move(max(0.0, next_at - self.clock.monotonic()))
            self.receive()
        raise AssertionError(f"{len(self.messages)} messages are received again and again")

    def queue(self, delivery: WebhookDelivery) -> Queued:
        """Add the message of a delivery to the queue."""
        body = msgspec.json.encode(message_of(delivery)).decode()
        queued = Queued(f"message-{uuid4().hex}", body, unix_seconds(now()), self.clock.monotonic())
        self.messages.append(queued)
        return queued

    # -- what is found ---------------------------------------------------------------------------------

    def stored(self, delivery: WebhookDelivery) -> WebhookDelivery:
        """Returns a delivery as it is stored now."""
        found = self.deliveries.find(key_of(delivery))
        assert found
        return found

    def log(self, endpoint: Endpoint) -> list[WebhookDelivery]:
        """Returns the deliveries of an endpoint."""
        return self.deliveries.log(endpoint.webhook_id, 100)

    def found(self, endpoint: Endpoint) -> Endpoint:
        """Returns an endpoint as it is stored now."""
        found = self.webhooks.find(CUSTOMER_ID, WebhookId(endpoint.webhook_id))
        assert found
        return found

    # -- as SQS ----------------------------------------------------------------------------------------

    def _send(self, parameters: Parameters, send: Send) -> Any:
        for entry in parameters["Entries"]:
            visible_at = self.clock.after(entry["DelaySeconds"])
            queued = Queued(f"message-{uuid4().hex}", entry["MessageBody"], unix_seconds(now()), visible_at)
            self.messages.append(queued)
        return {"Successful": [], "Failed": []}

    def _hide(self, parameters: Parameters, send: Send) -> Any:
        for entry in parameters["Entries"]:
            assert 0 <= entry["VisibilityTimeout"] <= 12 * 3600
            for queued in self.messages:
                if queued.id == entry["ReceiptHandle"]:
                    queued.visible_at = self.clock.after(entry["VisibilityTimeout"])
        return {"Successful": [], "Failed": []}
