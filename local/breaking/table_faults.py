"""Faults of the table: a proxy that functions use as their endpoint of DynamoDB while something is broken.

Calls are passed on to the engine. On demand, every second one is refused as DynamoDB refuses it if a table is
throttled; the response of a step's next write is lost after the engine has made it; and the sandbox gets a
card that it declines. Nothing here is used unless a function's live version names the proxy
(`local.breaking.rerouting`).
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
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

    def with_card(self, action: str, body: bytes, sandbox: str) -> bytes:
        """Returns the body of a call; if it prepares a payment, with a card that is declined."""
        if not self.declining or action != "PutItem":
            return body
        call = json.loads(body)
        item = call.get("Item", {})
        if call.get("TableName") != sandbox or "token" not in item:
            return body
        with self._lock:
            self.declined += 1
        return json.dumps(call | {"Item": item | {"token": {"S": _DECLINED_CARD}}}).encode()

    def end(self) -> None:
        """End all faults."""
        with self._lock:
            self.throttled = self.declining = False
            self.lose_next.clear()


def pass_on(
    faults: TableFaults, step: str, headers: Message, body: bytes, *, engine: str, sandbox: str
) -> tuple[int, dict[str, str], bytes]:
    """Pass one call of a step on to the engine; returns the response's status, headers and body.

    `sandbox` is the table of the sandbox providers. Raises OSError if the engine does not respond.
    """
    action = headers.get("X-Amz-Target", "").rpartition(".")[2]
    if faults.refuses():
        return _error(_THROTTLED)
    body = faults.with_card(action, body, sandbox)
    address = urlsplit(engine)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=_TIMEOUT_SECONDS)
    try:
        connection.request("POST", "/", body=body, headers=_passed(headers))
        response = connection.getresponse()
        content = response.read()
    except http.client.HTTPException as error:
        raise OSError(str(error)) from error
    finally:
        connection.close()
    if response.status == 200 and action in _WRITES and faults.loses(step):
        return _error(_LOST)
    return response.status, {"Content-Type": response.headers.get("Content-Type", "")}, content


def _passed(headers: Message) -> dict[str, str]:
    # The engine takes the Region and the account from the signature, which it does not verify.
    wanted = ("authorization", "content-type", "x-amz-target", "x-amz-date", "x-amz-security-token")
    return {name: value for name, value in headers.items() if name.lower() in wanted}


def _error(body: Mapping[str, str]) -> tuple[int, dict[str, str], bytes]:
    return 400, {"Content-Type": "application/x-amz-json-1.0"}, json.dumps(body).encode()
