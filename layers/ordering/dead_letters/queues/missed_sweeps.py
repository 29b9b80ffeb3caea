"""Sweeps that did not happen: the function failed, or the scheduler could not invoke it."""

from __future__ import annotations

from typing import Any

import msgspec

from ordering.dead_letters.letters import Action, DeadLetter, DeadLetterHandler, KeepMessage
from ordering.dead_letters.sources import QueueMessage
from ordering.domain.operator_text import Redactor


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


class MissedSweeps(DeadLetterHandler):
    """The dead letters of the sweep's schedule, and of its function.

    They need no redrive. A sweep reads the current state of the table, so the next one, a minute later, does
    the work of all that were missed.
    """

    name = "sweeps"
    holds = "sweeps (reconcile_orders) that failed or did not start"
    output = "MissedSweepsQueueUrl"
    redrive_refusal = (
        "a missed sweep is not redriven: the next sweep, a minute later, does its work",
        "check that no order is stuck (`open --minutes 20`), then `discard --queue sweeps --all`",
    )

    def read(self, message: QueueMessage) -> DeadLetter:
        """Returns the sweep, and the error of the function (in the body) or of the scheduler (attributes)."""
        if code := message.attributes.get("ERROR_CODE"):
            at = message.attributes.get("SCHEDULED_TIME", message.sent_at)
            cause = f"{code}: {message.attributes.get('ERROR_MESSAGE', 'no message')}"
            return DeadLetter(message, f"the sweep of {at} could not be started", cause)
        failure = failure_of(message.body)
        if failure is None:
            return DeadLetter(message, "a sweep", "the message does not say why")
        cause = failure.context.condition
        if failure.response:
            cause = f"{failure.response.type}: {Redactor()(failure.response.message)} ({cause})"
        return DeadLetter(message, f"the sweep of {failure.at or message.sent_at} failed", cause)

    def redriving(self, letter: DeadLetter) -> Action:
        """Raises KeepMessage: the next sweep does its work."""
        raise KeepMessage("the next sweep does its work; when one has succeeded, `discard` it")

    def discarding(self, letter: DeadLetter) -> str:
        """Nothing is lost: the next sweep does the work of this one."""
        return "the next sweep does its work"


def failure_of(body: str) -> _Failure | None:
    """Returns what Lambda reports about a call that failed; None for a message of another sender."""
    try:
        decoded: Any = msgspec.json.decode(body, type=_Failure)
    except (ValueError, RecursionError):
        return None
    return decoded if isinstance(decoded, _Failure) else None
