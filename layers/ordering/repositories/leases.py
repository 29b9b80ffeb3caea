"""The lease of an order: while a driver holds it, no other driver drives the order.

No guarantee depends on the lease. A second execution of an order does no harm, since each step checks its
conditions, but it costs time: in an overload, duplicate work would prolong the overload. If the holder dies,
the lease expires; it lasts longer than any invocation of a driver.

A lease that cannot be read is removed and taken again.

The lease is an item of its own: a write to the order's item would conflict with the transactions of a step
that runs late, and would cause a record in the table's stream.
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
from ordering.repositories.items import SCHEMA_VERSION, UnreadableRecord, record_in_list, record_of
from ordering.repositories.keys import driving_keys

_DAY = 86_400


class Lease(NamedTuple):
    """The right to drive an order. `taken` is 1 plus the number of holders that did not give it back."""

    order_id: str
    holder: str
    taken: int


class Held(NamedTuple):
    """Another driver has the lease, until `until` (milliseconds since 1970) at the latest."""

    until: int


class LeaseRecord(Record, frozen=True):
    """The stored form of a lease."""

    holder: str
    held_until: int
    message_until: int
    version: int


class _Terms(NamedTuple):
    """The terms of a lease: its holder, start and end, and when its message becomes visible again."""

    holder: str
    now: int
    until: int
    message_until: int


class Leases:
    """The leases of one table's orders. Times are milliseconds since 1970."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def take(self, order_id: str, holder: str, *, now: int, until: int, message_until: int) -> Lease | Held:
        """Take the lease until `until`, unless another driver holds it.

        `holder` is unique to the attempt. If the holder dies, the order's message is hidden until
        `message_until`.
        """
        terms = _Terms(holder, now, until, message_until)
        try:
            return self._take(order_id, terms)
        except (UnreadableRecord, ClientError) as error:
            # If the stored version is not a number, DynamoDB refuses to increment it.
            if not is_input_error(error):
                raise
            logger.exception("unreadable lease removed", extra={"order_id": order_id})
            self._table.delete(driving_keys.lease(order_id))
            return self._take(order_id, terms)

    def _take(self, order_id: str, terms: _Terms) -> Lease | Held:
        try:
            item = self._table.update(
                driving_keys.lease(order_id),
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
                # The SDK has retried a write that succeeded and whose response was lost.
                return Lease(order_id, terms.holder, found.version)
            return Held(found.held_until)
        return Lease(order_id, terms.holder, record_of(item, LeaseRecord).version)

    def give_back(self, lease: Lease) -> None:
        """Give the lease back. Does nothing if it has expired and another driver has taken it."""
        try:
            self._table.delete_if(
                driving_keys.lease(lease.order_id), "holder = :holder", values={":holder": lease.holder}
            )
        except ConditionFailed:
            return

    def in_flight(self, order_ids: Collection[str], *, now: int) -> frozenset[str]:
        """Return those of up to 100 orders whose message a driver has, or SQS will redeliver."""
        found = self._table.get_many(
            [driving_keys.lease(order_id) for order_id in order_ids], consistent=False
        )
        # An unreadable lease does not count: its order may be driven.
        leases = [(item["PK"], record_in_list(item, LeaseRecord)) for item in found]
        return frozenset(
            driving_keys.order_of_lease(partition)
            for partition, lease in leases
            if lease and lease.message_until > now
        )
