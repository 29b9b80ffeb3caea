"""The event of a partner's webhook endpoint."""

from typing import Annotated, ClassVar

from msgspec import Meta

from ordering.domain.events.envelope import Event
from ordering.domain.events.types import ItemKind


class WebhookDisabled(Event, frozen=True, kw_only=True):
    """A webhook endpoint is sent no more events: it returned 410, or acknowledged nothing for three days.

    It is enabled again by a test event that it acknowledges. The event does not contain its URL, which may
    contain a secret.
    """

    KIND: ClassVar[ItemKind] = ItemKind.WEBHOOK

    webhook_id: Annotated[
        str, Meta(description="The endpoint's id.", examples=["3f2c9a7e5b1d4086a1c7e9d2b4f60813"])
    ]
    customer_id: Annotated[
        str,
        Meta(
            description="The id of the partner, as administrators see it. It is no name and no address.",
            examples=["9f86d081884c7d659a2feaa0c55ad015"],
        ),
    ]
    reason: Annotated[
        str,
        Meta(
            description="GONE (it returned 410) or NOT_ACKNOWLEDGED. New reasons may be added.",
            examples=["NOT_ACKNOWLEDGED"],
        ),
    ]

    @property
    def owner(self) -> str:
        """The partner."""
        return self.customer_id
