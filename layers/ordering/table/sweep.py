"""The sweep's view of the table: what has not come to its end, and the notes it leaves on it.

None of these writes bumps a version: nothing happens to an order by being looked after.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from ordering.clock import seconds_since
from ordering.order import Fault, OrderId
from ordering.table import keys
from ordering.table.client import ConditionFailed, Table

# What a filter leaves out was read all the same: of one partition no more than this at a time.
_MOST_READ = 2000
# When an order moved last that does not say so.
_EVER = "1970-01-01T00:00:00.000Z"


class Due(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What the index tells of an order that is open or parked."""

    order_id: OrderId
    # A text: an order whose status only a later release knows is due all the same.
    status: str
    created_at: str
    updated_at: str
    nudged_at: str | None = None
    attempts: int = 0


def due_of(item: Mapping[str, Any]) -> Due:
    """What an entry of the index tells; what its keys tell, if the rest is in no shape that we know.

    Such an order is due as well, and has been for ever: it must neither be overlooked nor stop the others.
    """
    try:
        due = msgspec.convert(item, Due)
        for moment in (due.created_at, due.updated_at):
            seconds_since(moment)
    except (ArithmeticError, TypeError, ValueError):
        return Due(order_id=keys.order_of(item), status="UNREADABLE", created_at=_EVER, updated_at=_EVER)
    return due


class Sweep:
    """The index of what is due, and the notes on its orders."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def open_since(self, before: str, limit: int) -> list[Due]:
        """Up to `limit` open orders that have not moved since `before`, the longest waiting first."""
        return self._due(keys.open_shard, before, limit)

    def to_nudge(self, before: str, limit: int) -> list[Due]:
        """The same, but for those that were nudged since `before`.

        They are left out while the index is read: a crowd of orders that nudging does not help must not
        keep the sweep from the orders behind them.
        """
        return self._due(
            keys.open_shard, before, limit, "attribute_not_exists(nudgedAt) OR nudgedAt < :before"
        )

    def parked(self, limit: int) -> list[Due]:
        """Up to `limit` parked orders, the longest parked first."""
        return self._due(keys.parked_shard, "~", limit)

    def unsettled_since(self, before: str, limit: int) -> Sequence[keys.Key]:
        """The keys of up to `limit` payments that are unsettled, and were not looked at since `before`."""
        items = self._items(keys.unsettled_shard, before, limit)
        return [{name: str(item[name]) for name in ("PK", "SK")} for item in items]

    def claim(self, order_id: OrderId, *, at: str, unless_since: str) -> bool:
        """Note that the order is nudged, unless it was since `unless_since`, or is no longer open.

        Of two sweeps at once, one claims it. If the claimant dies before it nudges, the next bound's
        sweep does.
        """
        return self._note(
            order_id,
            "SET nudgedAt = :at ADD attempts :one",
            "begins_with(GSI2PK, :open) AND (attribute_not_exists(nudgedAt) OR nudgedAt < :since)",
            {":at": at, ":one": 1, ":open": "OPEN#", ":since": unless_since},
        )

    def look_again(self, payment: keys.Key, *, at: str) -> bool:
        """Put an unsettled payment behind all others that are due, so that none of them waits for it."""
        return self._noted(
            payment,
            "SET GSI2SK = :at",
            "attribute_exists(GSI2PK)",
            {":at": at},
        )

    def park(self, order_id: OrderId, *, at: str, after_attempts: int) -> bool:
        """Take an open order that was nudged so often out of the sweep, until a person has looked at it."""
        parked = keys.parked_order(order_id, at)
        return self._note(
            order_id,
            "SET parkedAt = :at, GSI2PK = :parked, GSI2SK = :at",
            "begins_with(GSI2PK, :open) AND attempts >= :most",
            {":at": at, ":parked": parked["GSI2PK"], ":open": "OPEN#", ":most": after_attempts},
        )

    def unpark(self, order_id: OrderId, *, at: str) -> bool:
        """Give a parked order back to the sweep, with its attempts forgotten."""
        opened = keys.open_order(order_id, at)
        return self._note(
            order_id,
            "SET GSI2PK = :opened, GSI2SK = :at REMOVE parkedAt, attempts, nudgedAt",
            "begins_with(GSI2PK, :parked)",
            {":at": at, ":opened": opened["GSI2PK"], ":parked": "PARKED#"},
        )

    def note_fault(self, order_id: OrderId, fault: Fault) -> bool:
        """Note why an order could not be driven on, while it is open or parked."""
        return self._note(
            order_id,
            "SET fault = :fault",
            "attribute_exists(GSI2PK)",
            {":fault": msgspec.to_builtins(fault)},
        )

    def _note(self, order_id: OrderId, expression: str, condition: str, values: dict[str, Any]) -> bool:
        return self._noted(keys.order(order_id), expression, condition, values)

    def _noted(self, key: keys.Key, expression: str, condition: str, values: dict[str, Any]) -> bool:
        try:
            self._table.update(key, expression, values=values, condition=condition)
        except ConditionFailed:
            return False
        return True

    def _due(
        self, shard_key: Callable[[int], str], before: str, limit: int, filters: str | None = None
    ) -> list[Due]:
        return [due_of(item) for item in self._items(shard_key, before, limit, filters)]

    def _items(
        self, shard_key: Callable[[int], str], before: str, limit: int, filters: str | None = None
    ) -> list[dict[str, Any]]:
        found = []
        for shard in range(keys.SHARDS):
            items, _ = self._table.query_page(
                "GSI2PK = :shard AND GSI2SK < :before",
                {":shard": shard_key(shard), ":before": before},
                index=keys.DUE,
                limit=_MOST_READ if filters else limit,
                filters=filters,
            )
            found += items
        return sorted(found, key=lambda item: str(item["GSI2SK"]))[:limit]
