"""Webhook endpoints."""

from collections.abc import Sequence
from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from ordering.domain.base import Body, WrongField
from ordering.domain.events.types import EventType
from ordering.domain.text import VISIBLE_ASCII
from ordering.domain.webhooks.delivery import DeliveryStatus
from ordering.domain.webhooks.endpoint import EVENT_TYPES, MAX_URL_LENGTH, DisabledReason, EndpointStatus
from ordering.http.shapes.base import Cursor, Time, UnreadableIds, Version, View


class CreateWebhook(Body, frozen=True):
    """An endpoint that events of your orders are sent to."""

    url: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=MAX_URL_LENGTH,
            pattern=VISIBLE_ASCII,
            description=(
                "Where the events are sent to: an `https` URL with a public DNS name, on port 443, without a "
                "user name and without a fragment."
            ),
            examples=["https://partner.example.com/webhooks"],
        ),
    ]
    types: (
        Annotated[
            # Of all event types, those that are sent.
            list[Annotated[EventType, Meta(extra_json_schema={"enum": sorted(EVENT_TYPES)})]],
            Meta(
                min_length=1,
                max_length=len(EVENT_TYPES),
                description=(
                    "The types of events, of those about orders, payments, stock and shipments. Without it, "
                    "all of them are sent."
                ),
                examples=[["OrderFulfilled"]],
            ),
        ]
        | UnsetType
    ) = UNSET

    def wrong_field(self) -> WrongField | None:
        """Returns `types` if it contains the type of an event that is about no order."""
        if self.types is not UNSET and not set(self.types) <= set(EVENT_TYPES):
            return WrongField("types", f"must be types of these: {', '.join(EVENT_TYPES)}")
        return None


class WebhookView(View, frozen=True):
    """A webhook endpoint, without its secret."""

    webhook_id: Annotated[
        str, Meta(description="The endpoint's id.", examples=["3f2c9a7e5b1d4086a1c7e9d2b4f60813"])
    ]
    url: Annotated[
        str,
        Meta(description="Where the events are sent to.", examples=["https://partner.example.com/webhooks"]),
    ]
    types: Annotated[
        Sequence[str],
        Meta(description="The types of the events that are sent.", examples=[["OrderFulfilled"]]),
    ]
    status: Annotated[
        EndpointStatus,
        Meta(
            description=(
                "While an endpoint is DISABLED, no events are sent to it. A test event that it acknowledges "
                "enables it again."
            )
        ),
    ]
    created_at: Time
    updated_at: Time
    version: Version
    disabled_reason: (
        Annotated[
            DisabledReason,
            Meta(
                description=(
                    "Why it was disabled: it has returned 410 (GONE), or it has acknowledged nothing for "
                    "three days (NOT_ACKNOWLEDGED)."
                )
            ),
        ]
        | None
    ) = None
    failing_since: (
        Annotated[
            str,
            Meta(
                description="The first failed attempt after which nothing was acknowledged.",
                examples=["2026-11-21T12:00:00.000Z"],
                extra_json_schema={"format": "date-time"},
            ),
        ]
        | None
    ) = None


class WebhookWithSecret(WebhookView, frozen=True, kw_only=True):
    """A webhook endpoint with its secret, which no other response contains."""

    secret: Annotated[
        str,
        Meta(
            description=(
                "The secret that webhooks are signed with (Standard Webhooks, `v1`). It cannot be read again."
            ),
            examples=["whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"],
        ),
    ]


class WebhookList(View, frozen=True):
    """Your webhook endpoints."""

    webhooks: Annotated[Sequence[WebhookView], Meta(description="In the order of their ids.")]


class WebhookDeliveryView(View, frozen=True):
    """One event for one endpoint, and what has become of it."""

    event_id: Annotated[
        str,
        Meta(description="The `webhook-id` of the request.", examples=["0d1f8f9a6c1e4b2f9a5d3c7e8b6a4f21"]),
    ]
    type: Annotated[str, Meta(description="The type of the event.", examples=["OrderFulfilled"])]
    order_id: Annotated[
        str,
        Meta(
            description="The order; `TEST` for a test event.",
            examples=["5f1c9b8e-8a2f-4f0e-9b1d-2c3d4e5f6a7b"],
        ),
    ]
    status: Annotated[
        DeliveryStatus,
        Meta(
            description=(
                "PENDING: it is to be attempted. DELIVERED: it was acknowledged. FAILED: no attempt was "
                "acknowledged, or the endpoint has returned 410. DISCARDED: the endpoint was disabled first."
            )
        ),
    ]
    attempts: Annotated[int, Meta(ge=0, description="How often it was attempted.", examples=[1])]
    created_at: Time
    updated_at: Time
    last_result: (
        Annotated[
            str,
            Meta(
                description=(
                    "What the last attempt has led to: the status that the endpoint has returned, or a word "
                    "such as TIMED_OUT, NOT_RESOLVED or NO_ENDPOINT. New words may be added."
                ),
                examples=["204"],
            ),
        ]
        | None
    ) = None
    due_at: (
        Annotated[
            str,
            Meta(
                description="When a PENDING delivery is attempted next, at the earliest.",
                examples=["2026-11-21T12:00:05.000Z"],
                extra_json_schema={"format": "date-time"},
            ),
        ]
        | None
    ) = None


class WebhookDeliveryPage(View, frozen=True):
    """A page of the deliveries of an endpoint, newest first."""

    deliveries: Annotated[
        Sequence[WebhookDeliveryView], Meta(description="At most `limit` deliveries. A page may hold fewer.")
    ]
    next: Cursor | None = None
    unreadable: UnreadableIds = ()
