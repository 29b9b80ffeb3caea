"""The event bus, and the rule that turns events into messages of the order queue."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from tests.support.deployed import Wiring, matches, transformed


class EventBus:
    """Keeps what was published, and hands what the rule matches to the queue. Also the API for it."""

    def __init__(self, wiring: Wiring, deliver: Callable[[str], object]) -> None:
        self._wiring = wiring
        self._deliver = deliver
        self.begin()

    def begin(self) -> None:
        """Nothing was ever published."""
        self.published: list[dict[str, Any]] = []
        """The detail of every event, repeats as well."""
        self._refuses_one = False

    def refuse_one(self) -> None:
        """Let one entry of the next call be refused, of several one in the middle; the call succeeds."""
        self._refuses_one = True

    def put_events(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """PutEvents."""
        entries = parameters["Entries"]
        refused = len(entries) // 2 if self._refuses_one else None
        self._refuses_one = False
        answers = []
        for place, entry in enumerate(entries):
            if place == refused:
                answers.append({"ErrorCode": "InternalFailure", "ErrorMessage": "injected"})
            else:
                answers.append({"EventId": str(len(self.published))})
                self._take(entry)
        return {"FailedEntryCount": sum("ErrorCode" in answer for answer in answers), "Entries": answers}

    def _take(self, entry: Mapping[str, Any]) -> None:
        detail = json.loads(entry["Detail"])
        event = {"source": entry["Source"], "detail-type": entry["DetailType"], "detail": detail}
        self.published.append(detail)
        if matches(self._wiring.rule, event):
            self._deliver(transformed(self._wiring.message, event))
