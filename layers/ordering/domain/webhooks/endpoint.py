"""An endpoint: a URL of a partner, and which events of the partner's own orders are sent to it.

| status   | then                                                                                          |
|----------|-----------------------------------------------------------------------------------------------|
| ENABLED  | events are sent to it                                                                         |
| DISABLED | no event is sent to it: it has returned 410, or it has acknowledged nothing for three days; a |
|          | test event that it acknowledges enables it again                                              |
"""

from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum
from typing import NewType
from uuid import uuid4

from ordering.domain.base import Positive, Record
from ordering.domain.clock import StoredTime, later, seconds_until
from ordering.domain.events.types import EventType
from ordering.domain.order import CustomerId
from ordering.domain.webhooks.signing import new_salt, secret_of

WebhookId = NewType("WebhookId", str)

MAX_URL_LENGTH = 2048

MAX_ENDPOINTS = 5
"""How many endpoints a partner may have. Each event of an order is stored once for each of them."""

SECRET_OVERLAP = timedelta(hours=24)
"""How long both secrets are valid after a rotation."""

DISABLED_AFTER = timedelta(days=3)
"""An endpoint that has acknowledged nothing for so long is disabled."""

# While an endpoint fails, it is not sent anything for a quarter of the time that it has been failing, but
# for at least 5 s and at most an hour. So a receiver that is down is asked a few times an hour, however many
# events wait for it, and each of these waits an hour at most once it works again.
_PAUSE_SHARE = 0.25
_SHORTEST_PAUSE_SECONDS = 5
_LONGEST_PAUSE_SECONDS = 3600

# An event without an order is of no partner: products and their stock are public, and anyone can read them.
# Listed, because every function of the API loads this file, and the classes of the events take long to load.
# `tests/unit/test_webhook_types.py` compares the list with the classes.
_WITHOUT_AN_ORDER = frozenset(
    {
        EventType.STOCK_LOW,
        EventType.PRODUCT_ADDED,
        EventType.PRODUCT_CHANGED,
        EventType.PRODUCT_REMOVED,
        EventType.WEBHOOK_DISABLED,
    }
)
EVENT_TYPES = tuple(type for type in EventType if type not in _WITHOUT_AN_ORDER)
"""The types of events that can be sent: those about orders."""


class EndpointStatus(StrEnum):
    """Whether events are sent to an endpoint."""

    ENABLED = "ENABLED"
    DISABLED = "DISABLED"


class DisabledReason(StrEnum):
    """Why an endpoint was disabled."""

    GONE = "GONE"
    NOT_ACKNOWLEDGED = "NOT_ACKNOWLEDGED"


class Endpoint(Record, frozen=True):
    """An endpoint as it is stored. It contains no secret: see `domain.webhooks.signing`."""

    webhook_id: WebhookId
    customer_id: CustomerId
    url: str
    # Texts, so that an endpoint with a type of a later release is readable.
    types: tuple[str, ...]
    status: EndpointStatus
    salt: str
    created_at: StoredTime
    updated_at: StoredTime
    version: Positive
    previous_salt: str | None = None
    key_id: str | None = None
    """The key that the secret is derived from; None if an earlier release has created the endpoint."""
    previous_key_id: str | None = None
    previous_until: StoredTime | None = None
    failing_since: StoredTime | None = None
    """The first failed attempt after which nothing was acknowledged."""
    paused_until: StoredTime | None = None
    """Until when nothing is sent, after a failed attempt."""
    disabled_reason: DisabledReason | None = None

    def wants(self, type: str) -> bool:
        """Whether an event of this type is sent to the endpoint now."""
        return self.status is EndpointStatus.ENABLED and type in self.types

    def has_failed_too_long(self, *, at: str) -> bool:
        """Whether the endpoint has acknowledged nothing for so long that it is disabled."""
        return self._failing_seconds(at) >= DISABLED_AFTER.total_seconds()

    def pause_ends(self, *, at: str) -> str:
        """Return until when nothing is sent, after an attempt that has failed at that time."""
        seconds = self._failing_seconds(at) * _PAUSE_SHARE
        pause = min(max(seconds, _SHORTEST_PAUSE_SECONDS), _LONGEST_PAUSE_SECONDS)
        return later(at, timedelta(seconds=pause))

    def _failing_seconds(self, at: str) -> float:
        return seconds_until(at, at=self.failing_since or at)

    def secret(self, key: bytes) -> str:
        """Return the current secret."""
        return secret_of(key, self.salt)

    def secrets(self, key_of: Callable[[str | None], bytes], *, at: str) -> list[str]:
        """Return the secrets that are valid at that time, the current one first.

        `key_of` returns the key of an id.
        """
        valid = [(self.key_id, self.salt)]
        if self.previous_salt and (self.previous_until or "") > at:
            valid.append((self.previous_key_id, self.previous_salt))
        return [secret_of(key_of(key_id), salt) for key_id, salt in valid]


def new_endpoint(
    customer_id: CustomerId, url: str, types: tuple[str, ...], *, key_id: str, at: str
) -> Endpoint:
    """Return a new endpoint with a new id and a new secret, derived from the key with that id."""
    return Endpoint(
        webhook_id=WebhookId(uuid4().hex),
        customer_id=customer_id,
        url=url,
        types=types,
        status=EndpointStatus.ENABLED,
        salt=new_salt(),
        key_id=key_id,
        created_at=at,
        updated_at=at,
        version=1,
    )


def overlap_ends(at: str) -> str:
    """Return when the replaced secret of a rotation at that time stops being valid."""
    return later(at, SECRET_OVERLAP)
