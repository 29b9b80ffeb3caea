"""A partner's receiver of webhooks in the backend: nothing is sent over a network."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, NamedTuple

from ordering.providers.faults import GatewayFault, GatewayTimeout
from tests.support.calls import Calls
from tests.support.clock import MovableClock
from tests.support.injection_points import Call

POST = "webhooks.post"
"""The target of the calls that send a webhook."""


class ReceivedWebhook(NamedTuple):
    """A webhook that the receiver got and responded to. The response may have been lost."""

    url: str
    headers: Mapping[str, str]
    body: bytes
    status: int
    """The status of the response."""
    at: int
    """When it arrived, in seconds since 1970."""
    call: Call | None
    """The call that sent it; None: it was made outside any step."""
    changes: int
    """How many changes of the table had been committed when it arrived."""

    @property
    def id(self) -> str:
        """The event's id."""
        return self.headers["webhook-id"]

    @property
    def data(self) -> dict[str, Any]:
        """The event."""
        data: dict[str, Any] = json.loads(self.body)["data"]
        return data

    @property
    def is_acknowledged(self) -> bool:
        """Whether the receiver has acknowledged it."""
        return 200 <= self.status <= 299


Responds = Callable[[int, Mapping[str, Any]], int]
"""Returns the status of the response to the nth webhook, from 1, with this event."""


def acknowledges(number: int, event: Mapping[str, Any]) -> int:
    """The receiver acknowledges every webhook."""
    return 204


class InMemoryReceiver:
    """The receiver of all endpoints."""

    def __init__(self, calls: Calls, clock: MovableClock, changes: Callable[[], int]) -> None:
        """`changes` returns the number of changes of the table so far."""
        self._calls, self._clock, self._changes = calls, clock, changes
        self.begin()

    def begin(self) -> None:
        """Reset, without webhooks."""
        self.received: list[ReceivedWebhook] = []
        self.responds: Responds = acknowledges

    def post(self, sender: ModuleType) -> Callable[..., Any]:
        """Returns what replaces `post` of a module `ordering.webhooks.sender`.

        A call passes the injection points of the target `webhooks.post`.
        """
        send = self._calls.provider(POST, self._receive)

        def post(url: str, body: bytes, headers: Mapping[str, str], **_: object) -> Any:
            try:
                status = send(url, body, headers)
            except GatewayFault as fault:
                lost = isinstance(fault, GatewayTimeout)
                raise sender.WebhookNotSent("TIMED_OUT" if lost else "NO_CONNECTION") from fault
            return sender.WebhookResponse(status, 12)

        return post

    def _receive(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        status = self.responds(len(self.received) + 1, json.loads(body)["data"])
        at = int(self._clock.present.timestamp())
        call = self._calls.served_call
        self.received.append(ReceivedWebhook(url, headers, body, status, at, call, self._changes()))
        return status
