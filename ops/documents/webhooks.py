"""The documents of the commands about webhooks: webhooks, rotate-webhook-key."""

from __future__ import annotations

from ops.documents.base import Document, Part


class WebhookEndpoint(Part):
    """A webhook endpoint. `host` is the host of its URL: the rest may contain a secret of the partner."""

    webhook_id: str
    customer_id: str
    host: str
    types: list[str]
    status: str
    disabled_reason: str | None
    failing_since: str | None
    paused_until: str | None
    created_at: str
    updated_at: str


class LoggedDelivery(Part):
    """A delivery of the log. `lastResult` is a status, or why no response came."""

    event_id: str
    type: str
    order_id: str
    sequence: int
    status: str
    attempts: int
    last_result: str | None
    last_milliseconds: int | None
    created_at: str
    updated_at: str
    due_at: str


class WebhooksDocument(Document):
    """The endpoints; `deliveries` is null without `--endpoint`, and `sent` unless something was sent."""

    command = "webhooks"
    endpoints: list[WebhookEndpoint]
    deliveries: list[LoggedDelivery] | None
    sent: str | None
    """The id of the event that is sent."""


class RotateWebhookKeyDocument(Document):
    """The key that new secrets are derived from, and the one before it. The keys themselves are not shown."""

    command = "rotate-webhook-key"
    key_id: str
    earlier_key_id: str
