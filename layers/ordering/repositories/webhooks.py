"""Webhook endpoints, by their partner.

Each write is one call, with all of its conditions, so a process that dies leaves either all of it or nothing:

| if it dies after        | then                                                                           |
|-------------------------|--------------------------------------------------------------------------------|
| an endpoint is created  | the partner does not know its id and its secret; they find it in their list,   |
|                         | and delete it or rotate its secret                                             |
| a secret is rotated     | the same: they rotate it again; the secret before both is then no longer valid |
| an endpoint is deleted  | the partner deletes it again, and gets 404                                     |
| an endpoint is disabled | its next delivery finds it disabled, and is discarded                          |
"""

from ordering import guards
from ordering.domain.order import CustomerId
from ordering.domain.webhooks.endpoint import (
    MAX_ENDPOINTS,
    DisabledReason,
    Endpoint,
    EndpointStatus,
    WebhookId,
    overlap_ends,
)
from ordering.domain.webhooks.signing import new_salt
from ordering.dynamodb.client import ConditionFailed, Table, TransactionCancelled
from ordering.dynamodb.codec import Item
from ordering.dynamodb.transaction import ABSENT, delete, put, update
from ordering.guards import Guard
from ordering.repositories.items import SCHEMA_VERSION, item_of, record_of, records_and_rest
from ordering.repositories.keys import endpoint_keys

# The names of the actions of a transaction.
_ENDPOINT = "endpoint"
_COUNT = "number of endpoints"
_EXISTS = "attribute_exists(PK)"


class TooManyEndpoints(Exception):
    """The partner has as many endpoints as a partner may have."""


class Webhooks:
    """The endpoints of one table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def create(self, endpoint: Endpoint) -> None:
        """Write a new endpoint. Raises TooManyEndpoints."""
        owner = endpoint.customer_id
        key = endpoint_keys.webhook_endpoint(owner, endpoint.webhook_id)
        try:
            self._table.transact(
                {
                    _ENDPOINT: put(
                        item_of(endpoint, key), condition=guards.condition(Guard.WEBHOOK_ABSENT, ABSENT)
                    ),
                    _COUNT: update(
                        endpoint_keys.webhook_count(owner),
                        "SET schemaVersion = :schema ADD endpoints :one, #version :one",
                        condition=guards.condition(
                            Guard.WEBHOOK_COUNTED, "attribute_not_exists(endpoints) OR endpoints < :most"
                        ),
                        names={"#version": "version"},
                        values={":schema": SCHEMA_VERSION, ":one": 1, ":most": MAX_ENDPOINTS},
                    ),
                }
            )
        except TransactionCancelled as cancelled:
            if cancelled.failed(_COUNT):
                raise TooManyEndpoints from None
            raise

    def find(self, customer_id: CustomerId, webhook_id: WebhookId) -> Endpoint | None:
        """Return one of the partner's endpoints; None if the partner has no such endpoint."""
        item = self._table.get(endpoint_keys.webhook_endpoint(customer_id, webhook_id))
        return record_of(item, Endpoint) if item else None

    def of(self, customer_id: CustomerId) -> list[Endpoint]:
        """Return the partner's endpoints. One that cannot be read is left out, and reported."""
        items = self._table.query(
            "PK = :partition AND begins_with(SK, :prefix)",
            {
                ":partition": endpoint_keys.webhooks_partition(customer_id),
                ":prefix": endpoint_keys.ENDPOINT_PREFIX,
            },
        )
        endpoints, _ = records_and_rest(items, Endpoint)
        return endpoints

    def remove(self, customer_id: CustomerId, webhook_id: WebhookId) -> bool:
        """Delete an endpoint. Returns whether there was one."""
        try:
            self._table.transact(
                {
                    _ENDPOINT: delete(
                        endpoint_keys.webhook_endpoint(customer_id, webhook_id),
                        condition=guards.value(Guard.WEBHOOK_REMOVED_ONCE, _EXISTS),
                        values={},
                    ),
                    _COUNT: update(
                        endpoint_keys.webhook_count(customer_id),
                        "ADD endpoints :less, #version :one",
                        condition=None,
                        names={"#version": "version"},
                        values={":less": -1, ":one": 1},
                    ),
                }
            )
        except TransactionCancelled as cancelled:
            if cancelled.failed(_ENDPOINT):
                return False
            raise
        return True

    def rotate(self, endpoint: Endpoint, *, key_id: str, at: str) -> Endpoint | None:
        """Give an endpoint a new secret, derived from the key with that id.

        The current secret stays valid for a day; an earlier one does not.

        Returns the endpoint; None if it was changed or deleted since it was read.
        """
        return self._change(
            endpoint,
            "SET salt = :new, keyId = :key, "
            "previousSalt = :salt, previousKeyId = :previous, previousUntil = :until",
            {
                ":new": new_salt(),
                ":key": key_id,
                ":salt": endpoint.salt,
                ":previous": endpoint.key_id,
                ":until": overlap_ends(at),
            },
            guards.condition(Guard.WEBHOOK_ROTATED_ONCE, "salt = :salt"),
            at=at,
        )

    def note_failure(self, endpoint: Endpoint, *, at: str) -> None:
        """Record a failed attempt: since when the endpoint fails, and until when it is paused."""
        self._change(
            endpoint,
            "SET failingSince = if_not_exists(failingSince, :at), pausedUntil = :until",
            {":until": endpoint.pause_ends(at=at)},
            guards.value(Guard.WEBHOOK_NOT_REVIVED, _EXISTS),
            at=at,
        )

    def note_success(self, endpoint: Endpoint, *, at: str) -> None:
        """Record that the endpoint has acknowledged a webhook. Writes only if it has failed before.

        If the endpoint was disabled, it is enabled.
        """
        if endpoint.failing_since is not None or endpoint.status is EndpointStatus.DISABLED:
            self._change(
                endpoint,
                "SET #status = :enabled REMOVE failingSince, pausedUntil, disabledReason",
                {":enabled": EndpointStatus.ENABLED},
                guards.value(Guard.WEBHOOK_NOT_REVIVED, _EXISTS),
                at=at,
            )

    def disable(self, endpoint: Endpoint, reason: DisabledReason, *, at: str) -> bool:
        """Disable an endpoint, unless it was changed since it was read. Returns whether this has disabled it.

        A webhook that it has acknowledged in between is such a change.
        """
        if endpoint.status is EndpointStatus.DISABLED:
            return False
        changed = self._change(
            endpoint,
            "SET #status = :disabled, disabledReason = :reason",
            {":disabled": EndpointStatus.DISABLED, ":reason": reason, ":version": endpoint.version},
            guards.condition(Guard.WEBHOOK_UNCHANGED, "#version = :version"),
            at=at,
        )
        return changed is not None

    def _change(
        self, endpoint: Endpoint, expression: str, values: Item, condition: str, *, at: str
    ) -> Endpoint | None:
        """Update an endpoint if the condition holds; None if it does not."""
        sets, _, removes = expression.partition(" REMOVE ")
        try:
            item = self._table.update(
                endpoint_keys.webhook_endpoint(endpoint.customer_id, endpoint.webhook_id),
                f"{sets}, updatedAt = :at{f' REMOVE {removes}' if removes else ''} ADD #version :one",
                names={"#version": "version"} | ({"#status": "status"} if "#status" in expression else {}),
                values={**values, ":at": at, ":one": 1},
                condition=condition,
            )
        except ConditionFailed:
            return None
        return record_of(item, Endpoint)
