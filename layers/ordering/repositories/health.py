"""How the whole is doing, as far as drivers and sweep have to know of each other: the circuits,
when an order could not be driven last, and when one came to its end after that.

They are hints. A change that meets another one is made again a few times, and then left out.
"""

from collections.abc import Callable, Mapping

import msgspec
from msgspec import Struct

from ordering.aws.logging import logger
from ordering.dynamodb.client import ConditionFailed, Table
from ordering.repositories import keys
from ordering.repositories.items import SCHEMA_VERSION
from ordering.resilience.circuit import FAILURES_TO_OPEN, Circuit, CircuitState, settled

_TRIES = 3

CircuitTransition = Callable[[Circuit], Circuit | None]


class Readings(Struct, frozen=True):
    """What the table says: each circuit by its name, when any order failed last, and when one ended.

    Ends are noted only while orders fail: where all is well, nothing is written.
    """

    circuits: Mapping[str, Circuit]
    failed_at: str | None = None
    ended_at: str | None = None

    @property
    def away(self) -> str | None:
        """What is away, if something is: the name of its circuit."""
        return next((name for name, circuit in self.circuits.items() if circuit.is_away), None)

    @property
    def recovered_at(self) -> int:
        """When something that was away was found to be back last, in milliseconds since 1970; 0: never."""
        return max(c.changed_at for c in self.circuits.values() if not c.is_away) if not self.away else 0

    @property
    def allowance(self) -> int | None:
        """How many waiting orders may be sent on at once; None: as many as there is room for."""
        allowances = [circuit.allowance for circuit in self.circuits.values()]
        return min((each for each in allowances if each is not None), default=None)


UNKNOWN = Readings({name: Circuit(of=name) for name in FAILURES_TO_OPEN})
"""What to go by where the table cannot be read."""


class Health:
    """The readings of one table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def read(self, *, now: int) -> Readings:
        """All of them in one call."""
        circuits, failed_at, ended_at = dict(UNKNOWN.circuits), None, None
        for item in self._table.query("PK = :health", {":health": keys.HEALTH}):
            if item["SK"] == keys.PROGRESS:
                failed_at, ended_at = item.get("failedAt"), item.get("endedAt")
            elif item["SK"] in circuits:
                try:
                    circuits[item["SK"]] = settled(msgspec.convert(item["circuit"], Circuit), now)
                except (KeyError, msgspec.ValidationError):
                    # It is a hint: one that nobody can read is as good as none.
                    logger.exception("circuit unreadable", extra={"circuit": item["SK"]})
        return Readings(circuits, failed_at, ended_at)

    def note_end(self, at: str) -> None:
        """Note that an order has come to its end."""
        self._note("endedAt", at)

    def note_failure(self, at: str) -> None:
        """Note that an order could not be driven."""
        self._note("failedAt", at)

    def _note(self, name: str, at: str) -> None:
        self._table.update(
            keys.progress(),
            f"SET schemaVersion = :schema, {name} = :at ADD #version :one",
            names={"#version": "version"},
            values={":schema": SCHEMA_VERSION, ":at": at, ":one": 1},
        )

    def change(self, name: str, transition: CircuitTransition) -> Circuit | None:
        """Change a circuit; returns it as it is then, or None where `transition` gives none."""
        for _ in range(_TRIES):
            item = self._table.get(keys.circuit(name))
            seen = item["version"] if item else 0
            before = msgspec.convert(item["circuit"], Circuit) if item else Circuit(of=name)
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
            keys.circuit(name),
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
