"""Audit records of orders, in the partition of the order, and of redrives, in a partition for each queue.

Events, views and the saga do not use them.
"""

from uuid import uuid4

from ordering.domain.audit import AuditRecord, RedriveRecord
from ordering.domain.order import OrderId
from ordering.dynamodb.client import Table
from ordering.dynamodb.transaction import ABSENT, WriteAction, put
from ordering.repositories import keys
from ordering.repositories.items import item_of, records_and_rest
from ordering.repositories.keys import audit_keys, order_keys


def recorded(audit: AuditRecord) -> WriteAction:
    """Return the action that writes a record, for the transaction of its effect."""
    # The random part separates two records of the same millisecond.
    return put(
        item_of(audit, audit_keys.audit_record(audit.order_id, audit.at, uuid4().hex[:8])), condition=ABSENT
    )


class AuditTrail:
    """The audit records of one table's orders."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def of_order(self, order_id: OrderId) -> tuple[list[AuditRecord], list[str]]:
        """Return the records of an order, oldest first, and the sort keys of those that cannot be read."""
        items = self._table.query(
            "PK = :partition AND begins_with(SK, :prefix)",
            {":partition": order_keys.order_partition(order_id), ":prefix": audit_keys.AUDIT_PREFIX},
        )
        records, rest = records_and_rest(items, AuditRecord)
        return records, [str(item["SK"]) for item in rest]


class RedriveTrail:
    """The records of the redrives of a stage's dead-letter queues, with their operators."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def begin(self, queue: str, by: str, *, at: str) -> keys.Key:
        """Record that a redrive begins. Returns the key of the record."""
        key = audit_keys.redrive_record(queue, at, uuid4().hex[:8])
        record = RedriveRecord(queue=queue, by=by, at=at, version=1)
        self._table.transact({"record": put(item_of(record, key), condition=ABSENT)})
        return key

    def end(self, key: keys.Key, *, redriven: int, kept: int) -> None:
        """Record what became of the letters."""
        self._table.update(
            key,
            "SET redriven = :redriven, kept = :kept",
            values={":redriven": redriven, ":kept": kept},
            condition="attribute_exists(PK)",
        )

    def of_queue(self, queue: str) -> list[RedriveRecord]:
        """Return the records of a queue, oldest first, without those that cannot be read."""
        items = self._table.query("PK = :partition", {":partition": audit_keys.redrive_partition(queue)})
        return records_and_rest(items, RedriveRecord)[0]
