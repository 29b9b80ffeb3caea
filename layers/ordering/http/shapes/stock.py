"""Stock, and the ledger of its entries."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar

from msgspec import UNSET, Meta, UnsetType

from ordering.domain.base import Body, WrongField
from ordering.domain.product import SkuText
from ordering.domain.text import ShortText
from ordering.http.shapes.base import Cursor, Time, UnreadableIds, View


class ReceiveStock(Body, frozen=True):
    """An entry of the stock ledger: either `received`, or `adjusted` with a `reason`."""

    received: (
        Annotated[int, Meta(ge=1, le=1_000_000, description="The number of units received.")] | UnsetType
    ) = UNSET
    adjusted: (
        Annotated[
            int,
            Meta(
                ge=-1_000_000,
                le=1_000_000,
                description=(
                    "The number of units by which a wrong count is corrected: `-3` removes three units that "
                    "were entered by mistake, or are damaged or lost. Units that open orders hold cannot be "
                    "removed."
                ),
                examples=[-3],
                extra_json_schema={"not": {"const": 0}},
            ),
        ]
        | UnsetType
    ) = UNSET
    reason: (
        Annotated[
            ShortText,
            Meta(description="Why the count is corrected. The ledger keeps it.", examples=["counted twice"]),
        ]
        | UnsetType
    ) = UNSET

    # `wrong_field` checks this too; here it becomes part of the API's description.
    MORE_SCHEMA: ClassVar[Mapping[str, Any]] = {
        "oneOf": [
            {
                "type": "object",
                "required": ["received"],
                "properties": {"received": {"type": "integer"}, "adjusted": False},
            },
            {
                "type": "object",
                "required": ["adjusted", "reason"],
                "properties": {
                    "adjusted": {"type": "integer"},
                    "reason": {"type": "string"},
                    "received": False,
                },
            },
        ]
    }

    def wrong_field(self) -> WrongField | None:
        """Returns the field that breaks the rule.

        Exactly one of the two is sent, and an adjustment is not 0 and has a reason.
        """
        if self.received is UNSET and self.adjusted is UNSET:
            return WrongField("received", "is missing; send either `received` or `adjusted`")
        if self.received is not UNSET and self.adjusted is not UNSET:
            return WrongField("adjusted", "cannot be sent together with `received`; send two requests")
        if self.adjusted == 0:
            return WrongField("adjusted", "must not be 0")
        if self.adjusted is not UNSET and self.reason is UNSET:
            return WrongField("reason", "is required with `adjusted`")
        return None


class StockView(View, frozen=True, omit_defaults=False):
    """The stock of a SKU: received + adjusted = available + held + shipped."""

    sku: SkuText
    received: Annotated[int, Meta(ge=0, description="The total of all units received.")]
    adjusted: Annotated[int, Meta(description="The sum of all adjustments.", examples=[-3])]
    available: Annotated[int, Meta(ge=0, description="The number of units that can be ordered now.")]
    held: Annotated[int, Meta(ge=0, description="The number of units reserved for open orders.")]
    shipped: Annotated[int, Meta(ge=0, description="The number of units shipped.")]


class StockEntryView(View, frozen=True):
    """An entry of a product's stock ledger: units that were `received`, or an adjustment (`adjusted`)."""

    key: Annotated[
        str,
        Meta(
            description="The idempotency key of the request that made the entry.",
            examples=["delivery-2026-11-21-001"],
        ),
    ]
    created_at: Time
    received: Annotated[int, Meta(ge=1, description="The number of units received.")] | None = None
    adjusted: (
        Annotated[int, Meta(description="The number of units by which the count was corrected.")] | None
    ) = None
    reason: (
        Annotated[str, Meta(description="Why the count was corrected.", examples=["counted twice"])] | None
    ) = None
    by: (
        Annotated[
            str,
            Meta(
                description="The id of the caller who made the entry. Logs identify callers by the same id.",
                examples=["9f86d081884c7d659a2feaa0c55ad015"],
            ),
        ]
        | None
    ) = None


class StockPage(View, frozen=True):
    """The stock of a SKU, and a page of its ledger, newest entry first."""

    stock: StockView
    entries: Annotated[
        Sequence[StockEntryView], Meta(description="At most `limit` entries. A page may hold fewer.")
    ]
    next: Cursor | None = None
    unreadable: UnreadableIds = ()
