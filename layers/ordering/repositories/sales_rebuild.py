"""The generations of the totals of sales, for a rebuild. `ordering.domain.sales.Totals` describes them."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

import msgspec

from ordering.domain.sales import KEPT_DAYS, Counts, TotalRow, Totals
from ordering.dynamodb.client import Table, TransactionCancelled
from ordering.dynamodb.transaction import ABSENT, put
from ordering.repositories.items import SCHEMA_VERSION, record_of
from ordering.repositories.keys import sales_keys
from ordering.repositories.sales import Sales, months, partitions_of, rebuilt_item

_WRITTEN_AT_ONCE = 500


class RebuildConflict(Exception):
    """Another rebuild has changed the state meanwhile."""


class SalesRebuild:
    """What a rebuild changes in the table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def begin(self, since: str, time_zone: str) -> Totals:
        """Begin a new generation that counts events from the time `since` on; returns the state.

        If there is an unfinished rebuild, it is continued, and the arguments are ignored.
        """
        item = self._table.get(sales_keys.sales_state())
        state = record_of(item, Totals) if item else Totals()
        if state.building is not None:
            return state
        begun = msgspec.structs.replace(
            state, building=state.active + 1, building_since=since, building_zone=time_zone
        )
        return self._write(begun, int(item["version"]) if item else None)

    def write(self, rows: Mapping[TotalRow, Counts], generation: int) -> None:
        """Write what the rebuild has counted. If it is written twice, it is the same."""
        names = list(rows)
        for start in range(0, len(names), _WRITTEN_AT_ONCE):
            some = names[start : start + _WRITTEN_AT_ONCE]
            self._table.put_many([rebuilt_item(row, rows[row], generation) for row in some])

    def finish(self, generation: int) -> Totals:
        """Make a complete generation the valid one; returns the state. Raises RebuildConflict."""
        item = self._table.get(sales_keys.sales_state()) or {}
        state = record_of(item, Totals)
        if state.active == generation:
            # Another process has rebuilt the same generation.
            return state
        if state.building != generation:
            raise RebuildConflict
        finished = Totals(
            active=generation,
            since=state.building_since,
            obsolete=tuple(sorted({*state.obsolete, state.active})),
        )
        return self._write(finished, int(item["version"]))

    def delete_obsolete(self, today: date) -> int:
        """Delete the rows of earlier generations; returns how many. It can be repeated at any time."""
        state = Sales(self._table).state()
        deleted = 0
        for generation in state.obsolete:
            for partition in partitions_of(generation, _months(today)):
                rows = [
                    {"PK": partition, "SK": str(item["SK"])}
                    for item in self._table.query("PK = :partition", {":partition": partition})
                ]
                self._table.delete_many(rows)
                deleted += len(rows)
        self._forget(state.obsolete)
        return deleted

    def _forget(self, generations: tuple[int, ...]) -> None:
        item = self._table.get(sales_keys.sales_state())
        if item is None or not generations:
            return
        state = record_of(item, Totals)
        left = tuple(each for each in state.obsolete if each not in generations)
        self._write(msgspec.structs.replace(state, obsolete=left), int(item["version"]))

    def _write(self, state: Totals, version: int | None) -> Totals:
        """Write the state if it has this version (None: there is none). Raises RebuildConflict."""
        item = {
            **sales_keys.sales_state(),
            "schemaVersion": SCHEMA_VERSION,
            "version": (version or 0) + 1,
            **msgspec.to_builtins(state),
        }
        unchanged = put(
            item,
            condition=ABSENT if version is None else "#version = :version",
            values=None if version is None else {":version": version},
            names=None if version is None else {"#version": "version"},
        )
        try:
            self._table.transact({"state": unchanged})
        except TransactionCancelled:
            raise RebuildConflict from None
        return state


def _months(today: date) -> Iterator[str]:
    """Yields every month of which there may be rows: tomorrow is today in another time zone."""
    return months(today - timedelta(days=KEPT_DAYS + 1), today + timedelta(days=1))
