"""The lease of an order: whoever holds it drives the order, and nobody else does meanwhile.

An execution more would do no harm: each step checks what it rests on. But it is work, and where there is
too much to do already, work done twice is what keeps it so. Hence the lease, a courtesy and no guard of any
guarantee. It ends by itself when its holder dies, after longer than a driver lives.

A lease that cannot be read is nobody's: it is removed, and taken anew.

The item stands apart from the order: a write to the order itself would conflict with the transactions of a
late step, and would be a change for the stream to carry.
"""

from collections.abc import Collection
from typing import NamedTuple

from botocore.exceptions import ClientError

from ordering import guards
from ordering.aws.clients import is_input_error
from ordering.aws.logging import logger
from ordering.domain.base import Record
from ordering.dynamodb.client import ConditionFailed, Table
from ordering.guards import Guard
from ordering.repositories import keys
from ordering.repositories.items import SCHEMA_VERSION, UnreadableRecord, record_in_list, record_of

_DAY = 86_400


class Lease(NamedTuple):
    """The right to drive an order. `taken`: 1, or more where an earlier holder never gave it back."""

    order_id: str
    holder: str
    taken: int


class Held(NamedTuple):
    """Somebody else drives the order, until `until` (milliseconds since 1970) at the latest."""

    until: int


class LeaseRecord(Record, frozen=True):
    """A lease at rest."""

    holder: str
    held_until: int
    message_until: int
    version: int


class _Terms(NamedTuple):
    """What a lease is to be taken for: by whom, from when, until when, and that of its message."""

    holder: str
    now: int
    until: int
    message_until: int


class Leases:
    """The leases of one table's orders. Times are milliseconds since 1970."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def take(self, order_id: str, holder: str, *, now: int, until: int, message_until: int) -> Lease | Held:
        """Take the lease until `until`, unless somebody else holds it.

        `holder` is unique to the attempt. The message that names the order is in flight until
        `message_until` if the holder dies.
        """
        terms = _Terms(holder, now, until, message_until)
        try:
            return self._take(order_id, terms)
        except (UnreadableRecord, ClientError) as error:
            # Of a number that is none, DynamoDB itself says that it cannot be added to.
            if not is_input_error(error):
                raise
            logger.exception("lease removed", extra={"order_id": order_id})
            self._table.delete(keys.lease(order_id))
            return self._take(order_id, terms)

    def _take(self, order_id: str, terms: _Terms) -> Lease | Held:
        try:
            item = self._table.update(
                keys.lease(order_id),
                "SET schemaVersion = :schema, holder = :holder, heldUntil = :until, "
                "messageUntil = :message, expiresAt = :expires ADD #version :one",
                names={"#version": "version"},
                values={
                    ":schema": SCHEMA_VERSION,
                    ":holder": terms.holder,
                    ":until": terms.until,
                    ":message": terms.message_until,
                    ":expires": terms.message_until // 1000 + _DAY,
                    ":one": 1,
                    ":now": terms.now,
                },
                condition=guards.condition(Guard.DRIVE_LEASE, "attribute_not_exists(PK) OR heldUntil < :now"),
            )
        except ConditionFailed as failure:
            if failure.item is None:
                return Held(terms.now)
            found = record_of(failure.item, LeaseRecord)
            if found.holder == terms.holder:
                # The SDK has sent it twice, the first answer having been lost.
                return Lease(order_id, terms.holder, found.version)
            return Held(found.held_until)
        return Lease(order_id, terms.holder, record_of(item, LeaseRecord).version)

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
        # The order of a lease that cannot be read is driven.
        leases = [(item["PK"], record_in_list(item, LeaseRecord)) for item in found]
        return frozenset(
            keys.order_of_lease(partition)
            for partition, lease in leases
            if lease and lease.message_until > now
        )
