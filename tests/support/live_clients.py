"""A fake of `@connections`, the calls that reach clients of the WebSocket API. It keeps their messages."""

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from tests.support.clock import MovableClock
from tests.support.injection_points import Call


class ReceivedMessage(NamedTuple):
    """A message that a client has received, even if the response to its sender is lost."""

    connection_id: str
    body: Mapping[str, Any]
    at: float
    """When it was received, in seconds of the backend's clock."""
    call: Call | None
    """The call that sent it; None: it was made outside any step."""


class LiveClients:
    """The clients, by their connections. Those in `gone` have left."""

    def __init__(self, call: Callable[[], Call | None], clock: MovableClock) -> None:
        """`call` returns the call that is being served."""
        self._call = call
        self._clock = clock
        self.begin()

    def begin(self) -> None:
        """Begin again, without messages; every connection is open."""
        self.received: list[ReceivedMessage] = []
        self.gone: set[str] = set()

    def post_to_connection(self, path: str, body: Any) -> bool:
        """PostToConnection (API Gateway Management API). Returns False if the connection is gone."""
        connection_id = _connection_of(path)
        if connection_id in self.gone:
            return False
        self.received.append(
            ReceivedMessage(connection_id, json.loads(body), self._clock.monotonic(), self._call())
        )
        return True

    def delete_connection(self, path: str, body: Any) -> bool:
        """DeleteConnection. Returns False if the connection is gone."""
        connection_id = _connection_of(path)
        if connection_id in self.gone:
            return False
        self.gone.add(connection_id)
        return True


def _connection_of(path: str) -> str:
    return path.rpartition("/@connections/")[2]
