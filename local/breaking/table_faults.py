"""Faults of the table: a proxy that functions use as their endpoint of DynamoDB while something is broken.

Calls are passed on to the engine as they were sent, so their signature stays valid for an engine that checks
it. On demand, every second one is refused as DynamoDB refuses it if a table is throttled; the response of a
step's next write is lost after the engine has made it; and the card of a payment that the sandbox has just
stored is replaced by one that it declines. Nothing here is used unless a function's live version names the
proxy (`local.breaking.rerouting`).
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from itertools import count
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

_TIMEOUT_SECONDS = 30.0
_WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"})
_REFUSE, _OF = 1, 2
# "Error handling with DynamoDB" (Amazon DynamoDB Developer Guide).
_THROTTLED = {
    "__type": "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
    "message": "The table is throttled, as the page `Break it yourself` was asked to.",
}
# No code that the SDK retries: the function fails after its write was made.
_LOST = {"__type": "ResponseLost", "message": "The write was made, and its response was lost on purpose."}
# http.client sends its own.
_OF_THE_CONNECTION = frozenset({"connection", "content-length", "transfer-encoding", "expect"})
_DECLINED_CARD = "tok_declined"


@dataclass
class TableFaults:
    """What is broken, and how often it was. Safe for several threads."""

    throttled: bool = False
    declining: bool = False
    lose_next: set[str] = field(default_factory=set)
    """The steps whose next write loses its response."""
    refused: int = 0
    lost: int = 0
    declined: int = 0
    _lock: Lock = field(default_factory=Lock, repr=False)
    _numbers: Any = field(default_factory=count, repr=False)

    def refuses(self) -> bool:
        """Whether this call is refused."""
        with self._lock:
            refused = self.throttled and next(self._numbers) % _OF < _REFUSE
            self.refused += refused
            return refused

    def loses(self, step: str) -> bool:
        """Whether the response of this write is lost. That happens once for each request to lose one."""
        with self._lock:
            lost = step in self.lose_next
            self.lose_next.discard(step)
            self.lost += lost
            return lost

    def declines(self, action: str, body: bytes, sandbox: str) -> str | None:
        """Returns the key of the payment that a call prepares, if its card is to be declined."""
        if not self.declining or action != "PutItem":
            return None
        call = json.loads(body)
        item = call.get("Item", {})
        if call.get("TableName") != sandbox or "token" not in item:
            return None
        with self._lock:
            self.declined += 1
        key: str = item["PK"]["S"]
        return key

    def end(self) -> None:
        """End all faults."""
        with self._lock:
            self.throttled = self.declining = False
            self.lose_next.clear()


@dataclass(frozen=True)
class Sandbox:
    """The table of the sandbox providers, and how the card of one of its payments is replaced."""

    table: str
    replace_card: Callable[[str, str], None]
    """Called with the payment's key and the new card."""


@dataclass(frozen=True)
class TableCall:
    """A call of DynamoDB as a step sent it to the proxy."""

    step: str
    path: str
    headers: Message
    body: bytes


def pass_on(
    faults: TableFaults, call: TableCall, *, engine: str, sandbox: Sandbox
) -> tuple[int, dict[str, str], bytes]:
    """Pass a call on to the engine; returns the response's status, headers and body.

    Raises OSError if the engine does not respond.
    """
    action = call.headers.get("X-Amz-Target", "").rpartition(".")[2]
    if faults.refuses():
        return _error(_THROTTLED)
    address = urlsplit(engine)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=_TIMEOUT_SECONDS)
    try:
        connection.request("POST", call.path, body=call.body, headers=_passed(call.headers))
        response = connection.getresponse()
        content = response.read()
    except http.client.HTTPException as error:
        raise OSError(str(error)) from error
    finally:
        connection.close()
    if response.status == 200:
        payment = faults.declines(action, call.body, sandbox.table)
        if payment is not None:
            sandbox.replace_card(payment, _DECLINED_CARD)
        if action in _WRITES and faults.loses(call.step):
            return _error(_LOST)
    return response.status, {"Content-Type": response.headers.get("Content-Type", "")}, content


def _passed(headers: Message) -> dict[str, str]:
    # All others are signed, the host too, or change nothing.
    return {name: value for name, value in headers.items() if name.lower() not in _OF_THE_CONNECTION}


def _error(body: Mapping[str, str]) -> tuple[int, dict[str, str], bytes]:
    return 400, {"Content-Type": "application/x-amz-json-1.0"}, json.dumps(body).encode()
