"""A client of the deployed WebSocket API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.e2e.shop import Shop
from tests.e2e.waiting import DEADLINE, until

# In seconds: how long one read waits for a message.
_LOOK = 0.2


@dataclass
class Watcher:
    """A client that is connected, and the messages that it has received."""

    connection: ClientConnection
    received: list[dict[str, Any]] = field(default_factory=list)
    is_closed: bool = False

    def says(self, body: object) -> dict[str, Any]:
        """Send a message; text is sent as it is. Returns the next message that the client gets."""
        before = len(self.received)
        self.connection.send(body if isinstance(body, str) else json.dumps(body))
        return until("a response", lambda: self.look()[before:])[0]

    def subscribe(self, token: str, **more: object) -> dict[str, Any]:
        """Subscribe. Returns what the client gets."""
        return self.says({"action": "subscribe", "token": token, **more})

    def look(self) -> list[dict[str, Any]]:
        """Returns all messages that have arrived so far."""
        try:
            while True:
                self.received.append(json.loads(self.connection.recv(timeout=_LOOK)))
        except TimeoutError:
            pass
        except ConnectionClosed:
            self.is_closed = True
        return self.received

    def told(self, order_id: str) -> list[str]:
        """Returns the statuses of an order in the client's messages, in their order."""
        return [
            each["status"]
            for each in self.look()
            if each["type"] == "orderChanged" and each["orderId"] == order_id and "status" in each
        ]


@contextmanager
def watcher(shop: Shop) -> Iterator[Watcher]:
    """A client that is connected."""
    # A cold function on a busy machine may respond late.
    url = shop.instance.outputs["WebSocketUrl"]
    with connect(url, open_timeout=DEADLINE, close_timeout=5, proxy=None) as connection:
        yield Watcher(connection)
