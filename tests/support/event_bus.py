"""The event bus in memory: its rules turn events into messages of queues."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tests.support import event_schemas
from tests.support.deployed import Consumed, matches, message_of
from tests.support.recorded import recorded

Target = tuple[Consumed, Callable[[str], object]]
"""A queue's rule, and the function that receives its messages."""


class InMemoryEventBus:
    """Keeps and checks published events, and sends each to the queues whose rules match. Serves PutEvents."""

    def __init__(self) -> None:
        self.compared: Callable[[dict[str, Any]], dict[str, Any] | None] = dict
        """Returns the part of an event that must be the same whenever it is published; None to ignore it."""
        self.check: Callable[[str, dict[str, Any]], object] = event_schemas.check
        """Raises an error for an event that is not as described."""
        self.begin(())

    def begin(self, targets: Iterable[Target]) -> None:
        """Reset, with these targets and without published events."""
        self._targets = tuple(targets)
        self.published: list[dict[str, Any]] = []
        """The detail of every event, including repeated ones."""
        self._refuses_one = False

    def contents(self) -> list[dict[str, Any]]:
        """Returns the part of each event that must be the same whenever it is published."""
        return [each for detail in self.published if (each := self.compared(detail)) is not None]

    def refuse_one(self) -> None:
        """Refuse the middle entry of the next call; the call itself succeeds."""
        self._refuses_one = True

    def put_events(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """PutEvents."""
        entries = parameters["Entries"]
        refused = len(entries) // 2 if self._refuses_one else None
        self._refuses_one = False
        results = []
        for position, entry in enumerate(entries):
            if position == refused:
                results.append({"ErrorCode": "InternalFailure", "ErrorMessage": "injected"})
            else:
                results.append({"EventId": str(len(self.published))})
                self._publish(entry)
        return {"FailedEntryCount": sum("ErrorCode" in result for result in results), "Entries": results}

    def _publish(self, entry: Mapping[str, Any]) -> None:
        detail = json.loads(entry["Detail"])
        event = recorded("eventbridge_order_fulfilled") | {
            "id": str(len(self.published)),
            "detail-type": entry["DetailType"],
            "source": entry["Source"],
            # The previous release has called it `at`.
            "time": detail.get("time") or detail["at"],
            "detail": detail,
        }
        self.check(entry["DetailType"], detail)
        self.published.append(detail)
        for queue, deliver in self._targets:
            if matches(queue.rule, event):
                deliver(message_of(event, queue.message))
