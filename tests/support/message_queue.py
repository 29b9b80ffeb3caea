"""A fake of a queue with a consumer, and of its dead-letter queue. It uses the clock of the backend."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any

from tests.support.clock import MovableClock
from tests.support.deployed import Consumed
from tests.support.recorded import queue_record


@dataclass
class Message:
    """A message, until it is deleted."""

    id: str
    body: str
    visible_at: float
    receives: int = 0

    @property
    def handle(self) -> str:
        """The receipt handle of its last receive."""
        return f"{self.id}/{self.receives}"


class MessageQueue:
    """Delivers each message until it is deleted or was received too often. Serves the operations of SQS."""

    def __init__(self, consumed: Consumed, clock: MovableClock, *, of: str = "message") -> None:
        self.consumed = consumed
        self.of = of
        """The first part of the messages' ids: `message-1`, `message-2` by default."""
        self._clock = clock
        self.begin()

    def begin(self) -> None:
        """Empty both queues."""
        self.messages: list[Message] = []
        self.dead_letters: list[Message] = []
        self._ids = count(1)
        self._sent_at: dict[str, int] = {}

    def put(self, body: str, *, delay: float = 0) -> Message:
        """Add a message, which is received after a delay in seconds."""
        message = Message(f"{self.of}-{next(self._ids)}", body, self._clock.after(delay))
        self._sent_at[message.id] = int(self._clock.present.timestamp() * 1000)
        self.messages.append(message)
        return message

    def receive(self) -> dict[str, Any]:
        """Returns a batch for the function. A message that was received too often becomes a dead letter."""
        now = self._clock.monotonic()
        received: list[Message] = []
        for message in [each for each in self.messages if each.visible_at <= now]:
            if message.receives == self.consumed.most_receives:
                self.messages.remove(message)
                self.dead_letters.append(message)
            elif len(received) < self.consumed.messages_in_batch:
                message.receives += 1
                message.visible_at = self._clock.after(self.consumed.visibility_seconds)
                received.append(message)
        return {"Records": [self._record(message) for message in received]}

    def _record(self, message: Message) -> dict[str, Any]:
        record = queue_record(message.id, message.handle, message.body, message.receives)
        if message.id in self._sent_at:
            record["attributes"]["SentTimestamp"] = str(self._sent_at[message.id])
        return record

    def acknowledge(self, batch: dict[str, Any], response: dict[str, Any]) -> None:
        """Delete the messages that the function's response does not report as failed."""
        failed = {each["itemIdentifier"] for each in response["batchItemFailures"]}
        done = {record["messageId"] for record in batch["Records"]} - failed
        self.messages = [message for message in self.messages if message.id not in done]

    def next_visible(self) -> timedelta | None:
        """Returns how long until there is something to receive; None: the queue is empty."""
        if not self.messages:
            return None
        soonest = min(message.visible_at for message in self.messages)
        return timedelta(seconds=max(0.0, soonest - self._clock.monotonic()))

    # -- as SQS ------------------------------------------------------------------------------------

    def send_message(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """SendMessage."""
        return {"MessageId": self.put(parameters["MessageBody"]).id}

    def send_message_batch(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """SendMessageBatch."""
        sent = [
            (entry["Id"], self.put(entry["MessageBody"], delay=entry.get("DelaySeconds", 0)))
            for entry in parameters["Entries"]
        ]
        return {"Successful": [{"Id": id, "MessageId": message.id} for id, message in sent], "Failed": []}

    def change_message_visibility_batch(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """ChangeMessageVisibilityBatch."""
        seconds = {entry["ReceiptHandle"]: entry["VisibilityTimeout"] for entry in parameters["Entries"]}
        for message in self.messages:
            if message.handle in seconds:
                message.visible_at = self._clock.after(seconds[message.handle])
        return {"Successful": [], "Failed": []}

    def delete_message_batch(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """DeleteMessageBatch."""
        handles = {entry["ReceiptHandle"] for entry in parameters["Entries"]}
        self.messages = [message for message in self.messages if message.handle not in handles]
        return {"Successful": [], "Failed": []}

    def get_queue_attributes(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """GetQueueAttributes, as far as the sweep needs it."""
        now = self._clock.monotonic()
        waiting = sum(message.visible_at <= now for message in self.messages)
        return {"Attributes": {"ApproximateNumberOfMessages": str(waiting)}}
