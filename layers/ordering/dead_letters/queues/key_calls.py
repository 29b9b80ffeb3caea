"""Calls that have disabled the key of a stage, or scheduled its deletion, as EventBridge reports them."""

from __future__ import annotations

import msgspec

from ordering.dead_letters.letters import Action, DeadLetter, DeadLetterHandler, KeepMessage
from ordering.dead_letters.sources import QueueMessage
from ordering.dead_letters.stage import DeadLetterStage


class _Key(msgspec.Struct):
    id: str = msgspec.field(name="keyId", default="an unknown key")


class _Caller(msgspec.Struct):
    arn: str = "an unknown caller"


class _Call(msgspec.Struct):
    """A call as CloudTrail records it ("AWS service events delivered via AWS CloudTrail")."""

    name: str = msgspec.field(name="eventName")
    key: _Key = msgspec.field(name="requestParameters", default_factory=_Key)
    caller: _Caller = msgspec.field(name="userIdentity", default_factory=_Caller)


class _Event(msgspec.Struct):
    detail: _Call


class KeyCalls(DeadLetterHandler):
    """Calls that were made. Their queue exists for its alarm, which all queues without a consumer have."""

    name = "key-calls"
    holds = "calls that have disabled the key of the stage, or scheduled its deletion"
    output = "KeyCallsQueueUrl"
    redrive_refusal = (
        "a call to a key is not redriven: it has already been made",
        "enable the key (docs/runbooks/key-calls-not-empty.md), then `discard --queue key-calls --all`",
    )
    absence = ("has no key of its own", "name another queue, or set `encryption`")

    @classmethod
    def is_expected(cls, stage: DeadLetterStage) -> bool:
        """Whether the stage has a key of its own."""
        return cls.output in stage.outputs

    def read(self, message: QueueMessage) -> DeadLetter:
        """Returns the call, and who has made it."""
        call = msgspec.json.decode(message.body, type=_Event).detail
        return DeadLetter(message, f"{call.name} of {call.key.id}", f"called by {call.caller.arn}")

    def redriving(self, letter: DeadLetter) -> Action:
        """Raises KeepMessage: the call has been made."""
        raise KeepMessage("the call has been made; when the key is enabled again, `discard` it")

    def discarding(self, letter: DeadLetter) -> str:
        """Nothing is lost: CloudTrail keeps the call."""
        return "CloudTrail keeps the call"
