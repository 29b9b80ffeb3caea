"""The order queue: it delivers at least once, in no guaranteed order."""

from collections import deque
from collections.abc import Callable

from ordering.resilience.pacing import LAST_RECEIVE
from tests.simulation.outages.scheduler import Scheduler

VISIBILITY_SECONDS = 900


class Message:
    """A message, until it is deleted."""

    __slots__ = ("deleted", "order_id", "receives", "token")

    def __init__(self, order_id: str) -> None:
        self.order_id = order_id
        self.receives = 0
        self.deleted = False
        self.token = 0
        """Counts how often it was made invisible: only the last time is valid."""


class Queue:
    """Messages, sorted by the time at which they become visible. `arrived` is called when one does."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._visible: deque[Message] = deque()
        self.dead_letters: list[Message] = []
        self.arrived: Callable[[], object] = lambda: None
        self.sent = 0
        self.longest = 0
        """The most messages that ever waited to be received."""

    def send(self, order_id: str) -> None:
        """A message arrives."""
        self.sent += 1
        self._show(Message(order_id))

    def waiting(self) -> int:
        """Returns how many could be received now."""
        return len(self._visible)

    def receive(self, most: int) -> list[Message]:
        """Returns up to this many messages; one that was received too often becomes a dead letter instead."""
        received: list[Message] = []
        while self._visible and len(received) < most:
            message = self._visible.popleft()
            if message.receives >= LAST_RECEIVE:
                self.dead_letters.append(message)
                continue
            message.receives += 1
            received.append(message)
            self.delay(message, VISIBILITY_SECONDS)
        return received

    def delay(self, message: Message, seconds: float) -> None:
        """Make a received message visible again after a while."""
        message.token += 1
        token = message.token

        def show() -> None:
            if not message.deleted and message.token == token:
                self._show(message)

        self._scheduler.after(seconds, show)

    def delete(self, message: Message) -> None:
        """Delete a message."""
        message.deleted = True

    def purge(self) -> None:
        """Lose every visible message."""
        self._visible.clear()

    def _show(self, message: Message) -> None:
        self._visible.append(message)
        self.longest = max(self.longest, len(self._visible))
        self.arrived()
