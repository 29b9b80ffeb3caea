"""Sweeps that did not happen: the function failed, or the scheduler could not call it."""

from __future__ import annotations

from typing import Any

import msgspec

from ops.letters import Act, Kind, Left, Letter
from ops.piles import Message
from ops.words import Discretion


class _Response(msgspec.Struct):
    message: str = msgspec.field(name="errorMessage", default="no message")
    type: str = msgspec.field(name="errorType", default="no error")


class _Context(msgspec.Struct):
    condition: str = "unknown condition"


class _Failure(msgspec.Struct):
    """What Lambda sends to a destination when an asynchronous call failed for good."""

    context: _Context = msgspec.field(name="requestContext")
    response: _Response | None = msgspec.field(name="responsePayload", default=None)
    at: str | None = msgspec.field(name="timestamp", default=None)


class MissedSweeps(Kind):
    """The dead letters of the sweep's schedule, and of its function.

    They are only ever a message to a person. A sweep looks at how things are, not at what it was called
    with, so that the next one, a minute later, does the work of all that were missed.
    """

    name = "sweeps"
    holds = "sweeps (reconcile_orders) that failed, or were never begun"

    def read(self, message: Message) -> Letter:
        """The function's error, from Lambda's destination; or the scheduler's, from its attributes."""
        if code := message.attributes.get("ERROR_CODE"):
            at = message.attributes.get("SCHEDULED_TIME", message.sent_at)
            cause = f"{code}: {message.attributes.get('ERROR_MESSAGE', 'no message')}"
            return Letter(message, f"the sweep of {at} could not be begun", cause)
        failure = _failure(message.body)
        if failure is None:
            return Letter(message, "a sweep", "it does not say why")
        cause = failure.context.condition
        if failure.response:
            cause = f"{failure.response.type}: {Discretion()(failure.response.message)} ({cause})"
        return Letter(message, f"the sweep of {failure.at or message.sent_at} failed", cause)

    def redriving(self, letter: Letter) -> Act:
        """Raises Left: the next sweep has done it."""
        raise Left("the next sweep does its work; once one has succeeded, `discard` it")

    def discarding(self, letter: Letter) -> str:
        """Nothing is lost: the next sweep does the work of this one."""
        return "the next sweep does its work"


def _failure(body: str) -> _Failure | None:
    try:
        decoded: Any = msgspec.json.decode(body, type=_Failure)
    except (ValueError, RecursionError):
        return None
    return decoded if isinstance(decoded, _Failure) else None
