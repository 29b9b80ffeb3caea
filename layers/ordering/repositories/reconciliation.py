"""The index of due items, which the sweep reads, and the notes about driving an order.

None of these writes increments a version or causes an event, since the order itself does not change.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from ordering import guards, unreadable
from ordering.domain.clock import seconds_since
from ordering.domain.order import OrderFault, OrderId
from ordering.domain.trace import Trace, read_trace
from ordering.dynamodb.client import ConditionFailed, Table
from ordering.guards import Guard
from ordering.repositories import keys
from ordering.repositories.keys import order_keys

# Entries of the index have some hundred bytes each, and a Query returns at most one megabyte.
_PAGE = 1000
# The assumed time of the last transition of an unreadable order.
_EPOCH = "1970-01-01T00:00:00.000Z"
# The status of an order that cannot be read.
UNREADABLE = "UNREADABLE"


class DueOrder(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The index entry of an order that is open or parked."""

    order_id: OrderId
    # Not a Status: an order with a status that only a later release knows is due too.
    status: str
    created_at: str
    updated_at: str
    nudged_at: str | None = None
    reconcile_attempts: int = msgspec.field(default=0, name="attempts")


class ClaimedOrder(msgspec.Struct, frozen=True):
    """An order that a sweep has claimed, and the ids by which it is followed; None if it has none."""

    order_id: OrderId
    ids: Trace | None


def due_of(item: Mapping[str, Any]) -> DueOrder:
    """Return the order of an index entry. If the entry is unreadable, only its keys are used.

    An unreadable order counts as due since 1970: it must neither be overlooked nor block the others.
    """
    try:
        due = msgspec.convert(item, DueOrder)
        for moment in (due.created_at, due.updated_at):
            seconds_since(moment)
    except (ArithmeticError, TypeError, ValueError):
        unreadable.report(f"{item.get('PK')}/{item.get('SK')}", DueOrder.__name__, "not valid")
        nudged_at = item.get("nudgedAt")
        return DueOrder(
            order_id=order_keys.order_of(item),
            status=UNREADABLE,
            created_at=_EPOCH,
            updated_at=_EPOCH,
            # By this time, the sweep decides when the order is due again.
            nudged_at=nudged_at if isinstance(nudged_at, str) else None,
        )
    return due


class Reconciliation:
    """The index of due items of one table, and the notes on its orders."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def open_since(self, before: str, limit: int) -> list[DueOrder]:
        """Return up to `limit` open orders without a transition since `before`, the longest waiting first."""
        return self._due(order_keys.open_shard, before, limit)

    def to_nudge(self, before: str, is_due: Callable[[DueOrder], bool]) -> Iterator[DueOrder]:
        """Yield the open orders that are due and have had no transition since `before`.

        The index is read page by page, so that many orders that are not due do not hide those after them.
        Within each partition of the index, the order that has waited longest comes first.
        """
        for shard in range(keys.READ_SHARDS):
            start = None
            while True:
                items, start = self._table.query_page(
                    "GSI2PK = :shard AND GSI2SK < :before",
                    {":shard": order_keys.open_shard(shard), ":before": before},
                    index=keys.DUE,
                    limit=_PAGE,
                    start=start,
                )
                yield from filter(is_due, map(due_of, items))
                if start is None:
                    break

    def parked(self, limit: int) -> list[DueOrder]:
        """Return up to `limit` parked orders, the longest parked first."""
        return self._due(order_keys.parked_shard, "~", limit)

    def unsettled_since(self, before: str, limit: int) -> Sequence[keys.Key]:
        """Return the keys of up to `limit` unsettled payments that were not checked since `before`."""
        items = self._items(order_keys.unsettled_shard, before, limit)
        return [{name: str(item[name]) for name in ("PK", "SK")} for item in items]

    def claim(self, due: DueOrder, *, at: str) -> ClaimedOrder | None:
        """Note that the order is nudged. Returns None if it was driven since it was read, or is not open.

        If two sweeps run at once, only one of them claims it. If that sweep dies before it sends the order's
        message, a later sweep does, when the order is due again. An unreadable order is claimed without these
        checks, and its attempts are not counted: it must be driven, so that it fails and is parked.
        """
        if due.status == UNREADABLE:
            return self._claimed(
                due.order_id,
                "SET nudgedAt = :at",
                "begins_with(GSI2PK, :open)",
                {":at": at, ":open": order_keys.OPEN_PREFIX},
            )
        seen = {":seen": due.nudged_at} if due.nudged_at else {}
        unchanged = guards.condition(
            Guard.SWEEP_UNCHANGED, "nudgedAt = :seen" if seen else "attribute_not_exists(nudgedAt)"
        )
        return self._claimed(
            due.order_id,
            "SET nudgedAt = :at ADD attempts :one",
            f"begins_with(GSI2PK, :open) AND {unchanged}",
            {":at": at, ":one": 1, ":open": order_keys.OPEN_PREFIX, **seen},
        )

    def _claimed(
        self, order_id: OrderId, expression: str, condition: str, values: dict[str, Any]
    ) -> ClaimedOrder | None:
        # The index does not project the ids, but the update returns the item ("UpdateItem", ReturnValues:
        # "There is no additional cost associated with requesting a return value").
        item = self._updated(order_keys.order(order_id), expression, condition, values)
        return None if item is None else ClaimedOrder(order_id, read_trace(item.get("trace")))

    def postpone_payment(self, payment: keys.Key, *, at: str) -> bool:
        """Move an unsettled payment, or a due refund, behind the others, so that it does not block them."""
        return self._update_if(
            payment,
            "SET GSI2SK = :at",
            "attribute_exists(GSI2PK)",
            {":at": at},
        )

    def park(self, order_id: OrderId, fault: OrderFault, *, at: str) -> bool:
        """Exclude an open order from the sweep until an operator unparks it.

        Returns False, and changes nothing, if the order has another fault than this one by now.
        """
        parked = order_keys.parked_order(order_id, at)
        is_open = guards.condition(Guard.PARK_OPEN, "begins_with(GSI2PK, :open)")
        return self._note(
            order_id,
            "SET parkedAt = :at, GSI2PK = :parked, GSI2SK = :at",
            f"{is_open} AND fault = :fault",
            {
                ":at": at,
                ":parked": parked["GSI2PK"],
                ":open": order_keys.OPEN_PREFIX,
                ":fault": msgspec.to_builtins(fault),
            },
        )

    def unpark(self, order_id: OrderId, *, at: str) -> bool:
        """Return a parked order to the sweep, and delete its attempts and its fault.

        Returns False if the order is not parked.
        """
        opened = order_keys.open_order(order_id, at)
        return self._note(
            order_id,
            "SET GSI2PK = :opened, GSI2SK = :at REMOVE parkedAt, attempts, nudgedAt, fault",
            "begins_with(GSI2PK, :parked)",
            {":at": at, ":opened": opened["GSI2PK"], ":parked": order_keys.PARKED_PREFIX},
        )

    def note_fault(self, order_id: OrderId, fault: OrderFault, *, nudged_at: str) -> bool:
        """Record the fault of an open or parked order, and the time from which the sweep waits to retry."""
        return self._note(
            order_id,
            "SET fault = :fault, nudgedAt = :at",
            "attribute_exists(GSI2PK)",
            {":fault": msgspec.to_builtins(fault), ":at": nudged_at},
        )

    def hand_over(self, order_id: OrderId, *, at: str) -> bool:
        """Leave an order to the sweep. Returns False if it is neither open nor parked, or does not exist."""
        expression = guards.value(Guard.HAND_OVER_DUE, "SET nudgedAt = :at")
        return self._note(order_id, expression, "attribute_exists(GSI2PK)", {":at": at})

    def _note(self, order_id: OrderId, expression: str, condition: str, values: dict[str, Any]) -> bool:
        return self._update_if(order_keys.order(order_id), expression, condition, values)

    def _update_if(self, key: keys.Key, expression: str, condition: str, values: dict[str, Any]) -> bool:
        return self._updated(key, expression, condition, values) is not None

    def _updated(
        self, key: keys.Key, expression: str, condition: str, values: dict[str, Any]
    ) -> dict[str, Any] | None:
        """Return the updated item; None if the condition does not hold."""
        try:
            return self._table.update(key, expression, values=values, condition=condition)
        except ConditionFailed:
            return None

    def _due(self, shard_key: Callable[[int], str], before: str, limit: int) -> list[DueOrder]:
        return [due_of(item) for item in self._items(shard_key, before, limit)]

    def _items(self, shard_key: Callable[[int], str], before: str, limit: int) -> list[dict[str, Any]]:
        found = []
        for shard in range(keys.READ_SHARDS):
            items, _ = self._table.query_page(
                "GSI2PK = :shard AND GSI2SK < :before",
                {":shard": shard_key(shard), ":before": before},
                index=keys.DUE,
                limit=limit,
            )
            found += items
        return sorted(found, key=lambda item: str(item["GSI2SK"]))[:limit]
