"""The fields that every event has, and the parts that several events share.

Names are those of CloudEvents and its extensions where these have one (`id`, `type`, `time`, `subject`,
`sequence`, `traceparent`). A field without a value is absent, never null.
"""

from datetime import datetime
from hashlib import sha256
from typing import Annotated, ClassVar

from msgspec import UNSET, Meta, Struct, UnsetType

from ordering.domain.events.types import EventType, ItemKind
from ordering.domain.money import CURRENCY_PATTERN
from ordering.domain.product import SkuText
from ordering.domain.text import END
from ordering.domain.trace import Trace, read_trace

_ID_LENGTH = 32

EventTime = Annotated[
    str,
    Meta(
        description="RFC 3339, in UTC, with milliseconds.",
        examples=["2026-11-21T12:00:00.000Z"],
        extra_json_schema={"format": "date-time"},
    ),
]
OrderIdText = Annotated[
    str, Meta(description="The order's id.", examples=["67ac7c2f-9402-853b-aeb2-e3a1fe83d8fc"])
]


class Amount(Struct, frozen=True, kw_only=True, rename="camel"):
    """An amount in minor units (pence, cents; whole yen) of one currency."""

    amount: Annotated[int, Meta(ge=0, description="Minor units (cents).", examples=[1250])]
    currency: Annotated[str, Meta(pattern=CURRENCY_PATTERN, description="ISO 4217.", examples=["EUR"])]


class Units(Struct, frozen=True, kw_only=True, rename="camel"):
    """Units of one product."""

    sku: SkuText
    quantity: Annotated[int, Meta(ge=1, description="The number of units.", examples=[2])]


class Event(Struct, frozen=True, kw_only=True, rename="camel", tag_field="type", tag=True):
    """A change that has happened. Each type is a subclass, named like the type."""

    # The kind of item that the event is derived from.
    KIND: ClassVar[ItemKind]
    # Increased by a change of the class that a consumer of the present version cannot read.
    SCHEMA_VERSION: ClassVar[int] = 1

    id: Annotated[
        str,
        Meta(
            pattern=f"^[0-9a-f]{{{_ID_LENGTH}}}{END}",
            description=(
                "The event's id, which has no meaning. An event that is delivered twice, or published twice, "
                "has the same id; two events never have the same id."
            ),
            examples=["5e1c0d3a9b7f4e2488d1c6a05b3f7e90"],
        ),
    ]
    time: Annotated[EventTime, Meta(description="When the change happened: RFC 3339, in UTC.")]
    subject: Annotated[
        str,
        Meta(
            min_length=1,
            description="What the event is about: the id of the order or the webhook endpoint, or the SKU.",
        ),
    ]
    sequence: Annotated[
        int,
        Meta(
            ge=1,
            description=(
                "Increases with each change of the same order, refund, reservation, payment attempt, "
                "shipment, product, stock of a product or webhook endpoint. Compare it only between events "
                "of one family (`OrderRefund...`; all other `Order...`; `StockLow`; all other `Stock...`; "
                "`Shipment...`; `Product...`; `Webhook...`; `Payment...` of the same `attempt`) with the "
                "same subject. Numbers are left out, since not every change is published."
            ),
            examples=[2],
        ),
    ]
    schema_version: Annotated[
        int,
        Meta(
            ge=1,
            description=(
                "The version of this type's schema. It increases only with a change that breaks consumers; "
                "new optional fields do not increase it. Refuse a version that you do not know."
            ),
            examples=[1],
        ),
    ]
    correlation_id: (
        Annotated[
            str,
            Meta(
                description="The id of the request that placed the order, as in the access log.",
                examples=["cmJqkhr5joEEPdA="],
            ),
        ]
        | UnsetType
    ) = UNSET
    traceparent: (
        Annotated[
            str,
            Meta(
                description="The order's position in a distributed trace (W3C Trace Context).",
                examples=["00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"],
            ),
        ]
        | UnsetType
    ) = UNSET

    def __post_init__(self) -> None:
        """Raises ValueError if `time` is not a time: consumers calculate with it."""
        check_time(self.time)

    @property
    def type(self) -> EventType:
        """The event's type."""
        return type_of(self.__class__)

    @property
    def ids(self) -> Trace | None:
        """The ids of the order; None if the event has none that are valid."""
        return read_trace({"correlationId": self.correlation_id, "traceparent": self.traceparent})

    @property
    def attempt_number(self) -> int:
        """Which of several items of its kind has changed: the payment's attempt; 1 for all others."""
        return 1

    @property
    def owner(self) -> str:
        """Whose item has changed, if the item is stored with its customer; empty for all others."""
        return ""


def check_time(text: str) -> None:
    """Raises ValueError if a text is not a time with an offset."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        # Without the text, which may be anything.
        raise ValueError("a time is no time of RFC 3339") from None
    if moment.tzinfo is None:
        raise ValueError("a time has no offset")


def type_of(shape: type[Event]) -> EventType:
    """Return the type of the events of a class."""
    return EventType(shape.__name__)


def opaque_id(change: str) -> str:
    """Return the id of the event of a change, given as `<PK>/<SK>#<version>#<type>`.

    The same change has the same id in every release, and the id contains no storage key.
    """
    return sha256(change.encode(errors="surrogatepass")).hexdigest()[:_ID_LENGTH]
