"""The counts of what each journey and each job uses of AWS, by step.

They are committed, those of orders in `journeys.json`, and those of work beside orders in `jobs.json`.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

COUNTS = Path(__file__).resolve().parent / "journeys.json"
JOBS = COUNTS.with_name("jobs.json")

MACHINE = "state machine"
"""The step that has the executions. The functions that they call are steps of their own."""
_LOG_TOLERANCE = 0.01
WRITE_COMMAND = ".venv/bin/python -m tests.simulation.costs --write"


class Unit(StrEnum):
    """What is counted."""

    API_REQUESTS = "API requests"
    INVOCATIONS = "invocations"
    WRITE_UNITS = "write units"
    INDEX_WRITE_UNITS = "index write units"
    READ_UNITS = "read units"
    QUEUE_REQUESTS = "queue requests"
    EVENTS = "events"
    EVENT_BYTES = "event bytes"
    MAILS = "mails"
    FILE_WRITES = "requests that write or list files"
    FILE_READS = "requests that read files"
    LOG_BYTES = "log bytes"
    EXECUTIONS = "executions"
    TRANSITIONS = "transitions"
    TASKS = "tasks"
    EXECUTION_LOG_ALL = "execution log bytes at ALL"
    EXECUTION_LOG_ALL_WITH_DATA = "execution log bytes at ALL, with data"
    EXECUTION_LOG_ERROR = "execution log bytes at ERROR"
    STORED_BYTES = "stored bytes"


class Amounts(dict[str, float]):
    """Name → number; a missing name counts as 0."""

    def __missing__(self, name: str) -> float:
        """Returns 0."""
        return 0


@dataclass
class Step:
    """What one step of a journey uses: a function, a queue, or the state machine."""

    counts: Amounts = field(default_factory=Amounts)
    """Unit → how many."""
    calls: Amounts = field(default_factory=Amounts)
    """`dynamodb.GetItem`, `payments.capture` → how often it is called."""
    index_writes: Amounts = field(default_factory=Amounts)
    """`GSI2, ORDER`: an index and an item → the index write units, which `counts` has together."""

    def as_json(self) -> dict[str, Any]:
        """Returns the step as the committed file has it."""
        found = {"counts": self.counts, "calls": self.calls, "index writes": self.index_writes}
        return {name: dict(sorted(amounts.items())) for name, amounts in found.items()}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Step":
        """Returns a step of the committed file."""
        names = ("counts", "calls", "index writes")
        return cls(*(Amounts(content[name]) for name in names))


@dataclass
class Journey:
    """What orders use, from the request that places them to their end."""

    orders: int
    steps: dict[str, Step] = field(default_factory=dict)
    """In their order."""

    def step(self, name: str) -> Step:
        """Returns a step, which is added if it is new."""
        return self.steps.setdefault(name, Step())

    def total(self, unit: Unit) -> float:
        """Returns how many of a unit one order uses."""
        return sum(step.counts[unit] for step in self.steps.values()) / self.orders

    def as_json(self) -> dict[str, Any]:
        """Returns the journey as the committed file has it."""
        return {
            "orders": self.orders,
            "steps": {name: step.as_json() for name, step in self.steps.items()},
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Journey":
        """Returns a journey of the committed file."""
        steps = {name: Step.from_json(step) for name, step in content["steps"].items()}
        return cls(content["orders"], steps)


def committed(file: Path = COUNTS) -> dict[str, Journey]:
    """Returns the committed counts: name → journey, or job."""
    content = json.loads(file.read_text(encoding="utf-8"))
    return {name: Journey.from_json(journey) for name, journey in content.items()}


def write(journeys: Mapping[str, Journey], file: Path = COUNTS) -> None:
    """Commit the counts of all journeys, or jobs."""
    content = {name: journey.as_json() for name, journey in journeys.items()}
    file.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def differences(name: str, before: Journey, after: Journey) -> Iterator[str]:
    """Yields a line for each count that is not the committed one: `before` is committed.

    Log bytes may differ by one in a hundred: a line contains the number of a line of the code.
    """
    for step in dict.fromkeys((*before.steps, *after.steps)):
        old, new = before.steps.get(step, Step()), after.steps.get(step, Step())
        committed_counts, counts = ({**each.counts, **each.calls, **each.index_writes} for each in (old, new))
        for what in sorted({*committed_counts, *counts}):
            committed_count, count = committed_counts.get(what, 0), counts.get(what, 0)
            if count != committed_count and not _is_same_length(what, committed_count, count):
                verb = "has grown" if count > committed_count else "has shrunk"
                yield f"{name}, {step}: {what} {verb} from {committed_count:g} to {count:g}"


def _is_same_length(what: str, before: float, after: float) -> bool:
    return what == Unit.LOG_BYTES and abs(after - before) <= before * _LOG_TOLERANCE
