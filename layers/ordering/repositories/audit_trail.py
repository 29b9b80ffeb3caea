"""The audit records of an order: items of its partition that events, views and the saga do not use."""

from uuid import uuid4

from ordering.domain.audit import AuditRecord
from ordering.domain.order import OrderId
from ordering.dynamodb.client import Table
from ordering.dynamodb.transaction import ABSENT, WriteAction, put
from ordering.repositories import keys
from ordering.repositories.items import item_of, records_and_rest


def recorded(audit: AuditRecord) -> WriteAction:
    """Return the action that writes a record, for the transaction of its effect."""
    # The random part separates two records of the same millisecond.
    return put(item_of(audit, keys.audit_record(audit.order_id, audit.at, uuid4().hex[:8])), condition=ABSENT)


class AuditTrail:
    """The audit records of one table's orders."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def of_order(self, order_id: OrderId) -> tuple[list[AuditRecord], list[str]]:
        """Return the records of an order, oldest first, and the sort keys of those that cannot be read."""
        items = self._table.query(
            "PK = :partition AND begins_with(SK, :prefix)",
            {":partition": keys.order_partition(order_id), ":prefix": keys.AUDIT_PREFIX},
        )
        records, rest = records_and_rest(items, AuditRecord)
        return records, [str(item["SK"]) for item in rest]
