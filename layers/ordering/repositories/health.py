"""The state that drivers and sweep share: circuits, and the times of the last failure and the last end.

These records are hints. A change that conflicts with another one is retried a few times, and then dropped. A
record that cannot be read is treated as absent: the next change removes it and creates it again.
"""

from collections.abc import Callable, Mapping

import msgspec
from botocore.exceptions import ClientError
from msgspec import Struct

from ordering.aws.clients import is_input_error
from ordering.aws.logging import logger
from ordering.domain.base import Record
from ordering.dynamodb.client import ConditionFailed, Table
from ordering.repositories.items import SCHEMA_VERSION, record_in_list, record_or
from ordering.repositories.keys import driving_keys
from ordering.resilience.circuit import FAILURES_TO_OPEN, Circuit, CircuitState, closed_if_idle

_TRIES = 3

CircuitTransition = Callable[[Circuit], Circuit | None]


class CircuitRecord(Record, frozen=True):
    """The stored form of a circuit."""

    circuit: Circuit
    version: int


class ProgressRecord(Record, frozen=True):
    """The stored times of the last failure and of the last end of an order."""

    version: int
    failed_at: str | None = None
    ended_at: str | None = None


class Readings(Struct, frozen=True):
    """The circuits by name, and the times at which any order last failed and last ended.

    Ends are recorded only while orders fail: if all orders succeed, nothing is written.
    """

    circuits: Mapping[str, Circuit]
    failed_at: str | None = None
    ended_at: str | None = None

    @property
    def unavailable(self) -> str | None:
        """The name of an open circuit, whose provider or platform is unavailable; None if there is none."""
        return next((name for name, circuit in self.circuits.items() if circuit.is_away), None)

    @property
    def recovered_at(self) -> int:
        """When a circuit last closed again, in milliseconds since 1970; 0 if never, or while one is open."""
        if self.unavailable:
            return 0
        return max(each.changed_at for each in self.circuits.values())

    @property
    def allowance(self) -> int | None:
        """How many waiting orders may be driven at once; None: as many as there is room for."""
        allowances = [circuit.allowance for circuit in self.circuits.values()]
        return min((each for each in allowances if each is not None), default=None)


UNKNOWN = Readings({name: Circuit(of=name) for name in FAILURES_TO_OPEN})
"""The readings to assume if the table cannot be read: all circuits are closed."""


class Health:
    """The shared state that one table stores."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def read(self, *, now: int) -> Readings:
        """Return all readings, read in one call."""
        circuits, progress = dict(UNKNOWN.circuits), ProgressRecord(version=0)
        for item in self._table.query("PK = :health", {":health": driving_keys.HEALTH}):
            if item["SK"] == driving_keys.PROGRESS:
                progress = record_or(item, ProgressRecord, progress)
            elif item["SK"] in circuits and (found := record_in_list(item, CircuitRecord)):
                circuits[item["SK"]] = closed_if_idle(found.circuit, now)
        return Readings(circuits, progress.failed_at, progress.ended_at)

    def note_end(self, at: str) -> None:
        """Record the time at which an order ended."""
        self._note("endedAt", at)

    def note_failure(self, at: str) -> None:
        """Record the time at which an order could not be driven."""
        self._note("failedAt", at)

    def _note(self, name: str, at: str) -> None:
        try:
            self._write_note(name, at)
        except ClientError as error:
            # The stored version is not a number, so DynamoDB cannot increment it.
            if not is_input_error(error):
                raise
            logger.exception("unreadable progress removed")
            self._table.delete(driving_keys.progress())
            self._write_note(name, at)

    def _write_note(self, name: str, at: str) -> None:
        self._table.update(
            driving_keys.progress(),
            f"SET schemaVersion = :schema, {name} = :at ADD #version :one",
            names={"#version": "version"},
            values={":schema": SCHEMA_VERSION, ":at": at, ":one": 1},
        )

    def change(self, name: str, transition: CircuitTransition) -> Circuit | None:
        """Change a circuit; returns the circuit after it.

        Returns None if `transition` returns None, or if other writers keep changing the circuit.
        """
        for _ in range(_TRIES):
            item = self._table.get(driving_keys.circuit(name))
            found = record_in_list(item, CircuitRecord) if item else None
            if item and found is None:
                self._table.delete(driving_keys.circuit(name))
            seen, before = (found.version, found.circuit) if found else (0, Circuit(of=name))
            after = transition(before)
            if after is None or after is before:
                return after
            try:
                self._write(name, after, seen)
            except ConditionFailed:
                continue
            if after.state is not before.state:
                log = logger.error if after.state is CircuitState.OPEN else logger.warning
                log("circuit", extra={"of": name, "before": before.state, "after": after.state})
            return after
        logger.warning("circuit not changed", extra={"of": name})
        return None

    def _write(self, name: str, circuit: Circuit, seen: int) -> None:
        self._table.update(
            driving_keys.circuit(name),
            "SET schemaVersion = :schema, circuit = :circuit, #version = :next",
            names={"#version": "version"},
            values={
                ":schema": SCHEMA_VERSION,
                ":circuit": msgspec.to_builtins(circuit),
                ":next": seen + 1,
                **({":seen": seen} if seen else {}),
            },
            condition="#version = :seen" if seen else "attribute_not_exists(PK)",
        )
