"""The lease of an order: whoever holds it drives the order, and nobody else does meanwhile.

An execution more would do no harm: each step checks what it rests on. But it is work, and where there is
too much to do already, work done twice is what keeps it so. Hence the lease, a courtesy and no guard of any
guarantee. It ends by itself when its holder dies, after longer than a driver lives.

The item stands apart from the order: a write to the order itself would conflict with the transactions of a
late step, and would be a change for the stream to carry.
"""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from ordering.dynamodb.client import ConditionFailed, Table
from ordering.repositories import keys
from ordering.repositories.items import SCHEMA_VERSION

_DAY = 86_400


class Lease(NamedTuple):
    """The right to drive an order. `taken`: 1, or more where an earlier holder never gave it back."""

    order_id: str
    holder: str
    taken: int


class Held(NamedTuple):
    """Somebody else drives the order, until `until` (milliseconds since 1970) at the latest."""

    until: int


class Leases:
    """The leases of one table's orders. Times are milliseconds since 1970."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def take(self, order_id: str, holder: str, *, now: int, until: int, message_until: int) -> Lease | Held:
        """Take the lease until `until`, unless somebody else holds it.

        `holder` is unique to the attempt. The message that names the order is in flight until
        `message_until` if the holder dies.
        """
        try:
            item = self._table.update(
                keys.lease(order_id),
                "SET schemaVersion = :schema, holder = :holder, heldUntil = :until, "
                "messageUntil = :message, expiresAt = :expires ADD #version :one",
                names={"#version": "version"},
                values={
                    ":schema": SCHEMA_VERSION,
                    ":holder": holder,
                    ":until": until,
                    ":message": message_until,
                    ":expires": message_until // 1000 + _DAY,
                    ":one": 1,
                    ":now": now,
                },
                condition="attribute_not_exists(PK) OR heldUntil < :now",
            )
        except ConditionFailed as failure:
            found: Mapping[str, int | str] = failure.item or {}
            if found.get("holder") == holder:
                # The SDK has sent it twice, the first answer having been lost.
                return Lease(order_id, holder, int(found["version"]))
            return Held(int(found.get("heldUntil", now)))
        return Lease(order_id, holder, int(item["version"]))

    def give_back(self, lease: Lease) -> None:
        """End the lease, unless it has ended and is somebody else's by now."""
        try:
            self._table.delete_if(
                keys.lease(lease.order_id), "holder = :holder", values={":holder": lease.holder}
            )
        except ConditionFailed:
            return

    def in_flight(self, order_ids: Collection[str], *, now: int) -> frozenset[str]:
        """Those of up to 100 orders whose message is with a driver, or comes back by itself."""
        found = self._table.get_many([keys.lease(order_id) for order_id in order_ids], consistent=False)
        return frozenset(keys.order_of_lease(item["PK"]) for item in found if _until(item) > now)


def _until(lease: Mapping[str, Any]) -> int:
    """Until when the message of a lease is under way; 0 where that cannot be read: its order is driven."""
    until = lease.get("messageUntil")
    return until if isinstance(until, int) else 0
