"""Deliveries of webhooks, and the slots that bound how many an endpoint gets at once.

A delivery is written before it is attempted, and each attempt is recorded before it is made, with the time of
the next one. So whenever the process dies, the delivery is either acknowledged or due again:

| if it dies after                 | then                                                            |
|----------------------------------|-----------------------------------------------------------------|
| the slot was taken               | the slot expires, and the message is redelivered                |
| the attempt was recorded         | the next attempt is made when it is due                         |
| the request was sent             | the same: the receiver gets the webhook again, with the same id |
| the acknowledgement was recorded | the message is redelivered, and nothing is sent                 |
| a lost delivery was made due     | it is overdue again six hours later, and gets another message   |

An endpoint has two slots. A delivery needs the slot that its order and family are mapped to. So at most two
requests to an endpoint are open at a time, however slow it is, and never two for events of one family.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import NamedTuple
from uuid import uuid4
from zlib import crc32

from ordering import guards
from ordering.domain.clock import later
from ordering.domain.webhooks.delivery import DeliveryStatus, WebhookDelivery
from ordering.domain.webhooks.endpoint import WebhookId
from ordering.dynamodb.client import ConditionFailed, Table
from ordering.dynamodb.codec import Item
from ordering.dynamodb.transaction import ABSENT, WriteAction, put
from ordering.guards import Guard
from ordering.repositories import keys
from ordering.repositories.items import (
    SCHEMA_VERSION,
    item_of,
    record_in_list,
    record_of,
    records_and_rest,
)
from ordering.repositories.keys import Key, endpoint_keys

SLOTS = 2
# Longer than any invocation, and than the redelivery of its message.
SLOT_SECONDS = 90

_DAY = 86_400
_BEFORE = ":before"


class Slot(NamedTuple):
    """The right to send to an endpoint, held by the owner of `token`."""

    key: Key
    token: str


class DeliveryCursor(NamedTuple):
    """The position in the log of an endpoint: after this delivery."""

    created_at: str
    event_id: str


def key_of(delivery: WebhookDelivery) -> Key:
    """Return the key of a delivery."""
    return endpoint_keys.webhook_delivery(
        delivery.webhook_id, delivery.order_id, delivery.family, delivery.sequence, delivery.event_id
    )


def _item_of(delivery: WebhookDelivery) -> Item:
    index = endpoint_keys.in_webhook_log(
        delivery.webhook_id, delivery.order_id, delivery.created_at, delivery.event_id
    )
    # Written even while it is 1, so that it can be counted up.
    return {**item_of(delivery, key_of(delivery), index), "version": delivery.version}


class Deliveries:
    """The deliveries of one table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    @staticmethod
    def creation(delivery: WebhookDelivery) -> WriteAction:
        """Return the action that writes a delivery, unless there is one of the event to the endpoint."""
        return put(_item_of(delivery), condition=guards.condition(Guard.WEBHOOK_DELIVERY_ABSENT, ABSENT))

    def create(self, delivery: WebhookDelivery) -> None:
        """Write a delivery. Does nothing if it exists."""
        with suppress(ConditionFailed):
            self._table.put(_item_of(delivery), condition=ABSENT)

    def find(self, key: Key) -> WebhookDelivery | None:
        """Return the delivery with this key; None if it does not exist."""
        item = self._table.get(key)
        return record_of(item, WebhookDelivery) if item else None

    def earlier_pending(self, delivery: WebhookDelivery) -> WebhookDelivery | None:
        """Return the first PENDING delivery of the same family before this one, which has to wait for it."""
        key = key_of(delivery)
        first, last = endpoint_keys.before_delivery(key)
        found = self._table.query(
            "PK = :partition AND SK BETWEEN :first AND :last",
            {":partition": key["PK"], ":first": first, ":last": last},
        )
        for item in found:
            earlier = record_in_list(item, WebhookDelivery)
            if earlier and earlier.sequence < delivery.sequence and earlier.status is DeliveryStatus.PENDING:
                return earlier
        return None

    def take_slot(self, delivery: WebhookDelivery, *, at: str) -> Slot | None:
        """Take the delivery's slot of the endpoint; None if another invocation has it."""
        number = crc32(f"{delivery.order_id}#{delivery.family}".encode()) % SLOTS
        slot = Slot(endpoint_keys.webhook_slot(delivery.webhook_id, number), uuid4().hex)
        until = later(at, timedelta(seconds=SLOT_SECONDS))
        try:
            self._table.update(
                slot.key,
                "SET schemaVersion = :schema, holder = :token, heldUntil = :until, expiresAt = :expires "
                "ADD #version :one",
                names={"#version": "version"},
                values={
                    ":schema": SCHEMA_VERSION,
                    ":token": slot.token,
                    ":until": until,
                    ":expires": delivery.expires_at + _DAY,
                    ":one": 1,
                    ":now": at,
                },
                condition=guards.condition(
                    Guard.WEBHOOK_SLOT_FREE, "attribute_not_exists(PK) OR heldUntil < :now"
                ),
            )
        except ConditionFailed as failure:
            # The slot is our own if the SDK has retried a write that succeeded.
            if failure.item is None or failure.item.get("holder") != slot.token:
                return None
        return slot

    def give_back(self, slot: Slot) -> None:
        """Give a slot back. Does nothing if it has expired and another invocation has it."""
        try:
            own = guards.condition(Guard.WEBHOOK_SLOT_OWN, "holder = :token")
            self._table.delete_if(slot.key, own, values={":token": slot.token})
        except ConditionFailed:
            return

    def begin(self, delivery: WebhookDelivery, *, due_at: str, at: str) -> WebhookDelivery | None:
        """Record that an attempt is made now, and when the next one is due if it fails.

        Returns the delivery; None if it has changed since it was read: another invocation has attempted it.
        """
        # An attempt of which nothing is stored is the first one.
        none = " OR attribute_not_exists(attempts)" if delivery.attempts == 0 else ""
        try:
            item = self._table.update(
                key_of(delivery),
                "SET attempts = :next, dueAt = :due, updatedAt = :at ADD #version :one",
                names={"#status": "status", "#version": "version"},
                values={
                    ":one": 1,
                    ":next": delivery.attempts + 1,
                    ":due": due_at,
                    ":at": at,
                    ":pending": DeliveryStatus.PENDING,
                    ":read": delivery.attempts,
                },
                condition=guards.condition(
                    Guard.WEBHOOK_ATTEMPT_ONCE, f"#status = :pending AND (attempts = :read{none})"
                ),
            )
        except ConditionFailed:
            return None
        return record_of(item, WebhookDelivery)

    def end(
        self,
        delivery: WebhookDelivery,
        status: DeliveryStatus,
        *,
        result: str,
        milliseconds: int | None = None,
        at: str,
    ) -> None:
        """Record what an attempt has led to. Once a delivery is not PENDING, it is not changed any more."""
        try:
            self._table.update(
                key_of(delivery),
                "SET #status = :status, lastResult = :result, lastMilliseconds = :took, updatedAt = :at "
                "ADD #version :one",
                names={"#status": "status", "#version": "version"},
                values={
                    ":one": 1,
                    ":status": status,
                    ":result": result,
                    ":took": milliseconds,
                    ":at": at,
                    ":pending": DeliveryStatus.PENDING,
                },
                condition=guards.condition(Guard.WEBHOOK_STILL_PENDING, "#status = :pending"),
            )
        except ConditionFailed:
            return

    def reopen(self, delivery: WebhookDelivery, *, at: str) -> bool:
        """Make a delivery that has ended or has lost its message due again, with all of its attempts.

        Returns False, and changes nothing, if it has changed since it was read.
        """
        try:
            self._table.update(
                key_of(delivery),
                "SET #status = :pending, attempts = :none, dueAt = :at, updatedAt = :at ADD #version :one",
                names={"#status": "status", "#version": "version"},
                values={
                    ":one": 1,
                    ":none": 0,
                    ":at": at,
                    ":pending": DeliveryStatus.PENDING,
                    ":read": delivery.version,
                },
                condition="#version = :read",
            )
        except ConditionFailed:
            return False
        return True

    def log(self, webhook_id: WebhookId, limit: int) -> list[WebhookDelivery]:
        """Return the endpoint's newest deliveries, the newest first."""
        found: list[WebhookDelivery] = []
        for shard in range(keys.READ_SHARDS):
            found += self._newest(webhook_id, shard, limit)
        return sorted(found, key=lambda delivery: delivery.created_at, reverse=True)[:limit]

    def page(
        self, webhook_id: WebhookId, limit: int, after: DeliveryCursor | None
    ) -> tuple[list[WebhookDelivery], list[str], DeliveryCursor | None]:
        """Return up to `limit` deliveries, the event ids of unreadable ones, and the cursor of the next page.

        The newest deliveries come first. Unreadable ones count towards the limit. The cursor is None if there
        is no next page. Each partition of the index is read for a whole page, because all of its newest
        deliveries may be in one.
        """
        before = f" AND GSI1SK < {_BEFORE}" if after else ""
        values = {_BEFORE: endpoint_keys.in_webhook_log_at(*after)} if after else {}
        items: list[Item] = []
        for shard in range(keys.SHARDS):
            found, _ = self._table.query_page(
                f"GSI1PK = :shard{before}",
                {":shard": endpoint_keys.webhook_log_shard(webhook_id, shard), **values},
                index=keys.LISTING,
                limit=limit + 1,
                newest_first=True,
            )
            items += found
        items.sort(key=endpoint_keys.listed_delivery, reverse=True)
        shown = items[:limit]
        deliveries, rest = records_and_rest(shown, WebhookDelivery)
        unreadable = [endpoint_keys.listed_delivery(item)[1] for item in rest]
        has_more = len(items) > limit
        return (
            deliveries,
            unreadable,
            DeliveryCursor(*endpoint_keys.listed_delivery(shown[-1])) if has_more else None,
        )

    def _newest(self, webhook_id: WebhookId, shard: int, limit: int) -> Iterator[WebhookDelivery]:
        items, _ = self._table.query_page(
            "GSI1PK = :shard",
            {":shard": endpoint_keys.webhook_log_shard(webhook_id, shard)},
            index=keys.LISTING,
            limit=limit,
            newest_first=True,
        )
        yield from (delivery for item in items if (delivery := record_in_list(item, WebhookDelivery)))
