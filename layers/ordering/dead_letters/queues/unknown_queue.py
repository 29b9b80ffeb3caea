"""A dead-letter queue of the stacks that this release does not know, because a later release added it."""

from __future__ import annotations

from ordering.dead_letters.letters import Action, DeadLetter, DeadLetterHandler, KeepMessage, unreadable
from ordering.dead_letters.sources import QueueMessage

_REMEDY = "use `orders-ops` from a checkout of the deployed release"


class UnknownQueue(DeadLetterHandler):
    """Its messages are shown undecoded, and stay where they are."""

    holds = "messages of a queue that this release does not know"
    redrive_refusal = ("this release does not know where its messages belong", _REMEDY)

    def read(self, message: QueueMessage) -> DeadLetter:
        """Returns the message undecoded: its length and its beginning."""
        return unreadable(message, "this release does not know the queue")

    def redriving(self, letter: DeadLetter) -> Action:
        """Raises KeepMessage."""
        raise KeepMessage(f"this release does not know where it belongs; {_REMEDY}")

    def discarding(self, letter: DeadLetter) -> str:
        """Raises KeepMessage: what depends on it is not known."""
        raise KeepMessage(f"this release does not know what depends on it; {_REMEDY}")


def unknown_queue(name: str, output: str) -> type[UnknownQueue]:
    """Returns the class of the queue that is one output of the stacks."""
    return type("UnknownQueue", (UnknownQueue,), {"name": name, "output": output})
