"""A fake of the queue that a warehouse polls: it keeps every pick list that it accepts."""

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from tests.support.injection_points import Call


class SentPickList(NamedTuple):
    """A pick list that the queue has accepted, even if the response was lost."""

    body: Mapping[str, Any]
    call: Call | None
    """The call that sent it; None: it was made outside any step."""
    changes: int
    """How many changes of the table had been committed when it was accepted."""


class PickLists:
    """The queue. It does not detect duplicates."""

    def __init__(self, call: Callable[[], Call | None], changes: Callable[[], int]) -> None:
        """`call` returns the call that is being served, `changes` the number of changes so far."""
        self._call = call
        self._changes = changes
        self.begin()

    def begin(self) -> None:
        """Reset, without pick lists."""
        self.sent: list[SentPickList] = []

    def send_message(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """SendMessage (Amazon SQS API)."""
        self.sent.append(SentPickList(json.loads(parameters["MessageBody"]), self._call(), self._changes()))
        return {"MessageId": f"pick-list-{len(self.sent)}"}
