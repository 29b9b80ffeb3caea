"""Daily reports that were not made, or not mailed: the function failed, or could not be called."""

from __future__ import annotations

from typing import Any, Self

import msgspec

from ordering.dead_letters.letters import Action, DeadLetter, DeadLetterHandler, KeepMessage, unreadable
from ordering.dead_letters.queues.missed_sweeps import failure_of
from ordering.dead_letters.sources import DeadLetterSource, QueueMessage
from ordering.dead_letters.stage import TIME_ZONE, DeadLetterStage
from ordering.domain.clock import now
from ordering.domain.operator_text import Redactor
from ordering.domain.refusal import CommandRefused
from ordering.domain.reports.days import requested_day

_NOT_A_REPORT = "it does not name a day"


class MissedReports(DeadLetterHandler):
    """The dead letters of the report's schedule, and of its function."""

    name = "reports"
    holds = "daily reports (make_daily_report) that failed or did not start"
    output = "MissedReportsQueueUrl"
    absence = (
        "makes no daily reports",
        "name another queue; reports are made where `reporting` is set in stacks/settings/stages.py",
    )

    def __init__(self, source: DeadLetterSource, stage: DeadLetterStage) -> None:
        super().__init__(source)
        self._stage = stage

    @classmethod
    def of(cls, stage: DeadLetterStage) -> Self:
        """Returns the queue of a stage."""
        return cls(stage.source(cls.output), stage)

    @classmethod
    def is_expected(cls, stage: DeadLetterStage) -> bool:
        """Whether the stage makes daily reports."""
        return cls.output in stage.outputs

    def read(self, message: QueueMessage) -> DeadLetter:
        """Returns the day, and the error of the function (in the body) or of the scheduler (attributes)."""
        event = _event(message)
        if event is None:
            return unreadable(message, _NOT_A_REPORT)
        about = f"the report of {self._day(event)}"
        if code := message.attributes.get("ERROR_CODE"):
            cause = f"{code}: {message.attributes.get('ERROR_MESSAGE', 'no message')}"
            return DeadLetter(message, f"{about} could not be started", cause)
        failure = failure_of(message.body)
        if failure is None or failure.response is None:
            return DeadLetter(message, f"{about} failed", "the message does not say why")
        cause = f"{failure.response.type}: {Redactor()(failure.response.message)}"
        return DeadLetter(message, f"{about} failed", f"{cause} ({failure.context.condition})")

    def redriving(self, letter: DeadLetter) -> Action:
        """Call the function with the same event. Raises KeepMessage."""
        event = _event(letter.message)
        if event is None:
            raise KeepMessage(f"{_NOT_A_REPORT}; `discard` it")
        day = self._day(event)

        def run() -> None:
            try:
                self._stage.make_report(event)
            except CommandRefused as refused:
                raise KeepMessage(str(refused)) from None

        return Action(f"makes the report of {day}, and corrects those before", run)

    def discarding(self, letter: DeadLetter) -> str:
        """Returns what is lost: nothing that `report` could not make."""
        event = _event(letter.message)
        if event is None:
            return _NOT_A_REPORT
        return f"`report {self._day(event)}` makes the report later"

    def _day(self, event: dict[str, Any]) -> str:
        """Returns the day of an event. Raises DayRefused, a ValueError, for one that has none."""
        return requested_day(event, self._stage.output(TIME_ZONE), at=now()).isoformat()


def _event(message: QueueMessage) -> dict[str, Any] | None:
    """Returns the event of a letter: the body itself, or the request in what Lambda sends."""
    try:
        body = msgspec.json.decode(message.body)
    except (ValueError, RecursionError):
        return None
    event = body.get("requestPayload", body) if isinstance(body, dict) else None
    known = isinstance(event, dict) and isinstance(event.get("day", event.get("scheduledAt")), str)
    return event if known else None
