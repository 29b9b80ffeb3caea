"""What clients send, and what they are answered."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from msgspec import UNSET, Meta, Struct, UnsetType, convert, to_builtins

from ordering.domain.base import Body, WrongField
from ordering.domain.countries import COUNTRIES, why_not_a_postal_code, why_not_assigned
from ordering.domain.customer import Email
from ordering.domain.money import ExpectedTotal, Money, Price
from ordering.domain.order import MAX_LINES, MAX_QUANTITY, Reason, Status
from ordering.domain.payment import PaymentStatus
from ordering.domain.product import SkuText
from ordering.domain.shipment import Address, ShipmentStatus
from ordering.domain.text import END, VISIBLE_ASCII, LongText, PostalCodeText, ShortText

COUNTRY_PATTERN = rf"^[A-Z]{{2}}{END}"
# A card's token is short. A wallet's is a signed and encrypted message of some kilobytes, written as JSON or
# Base64 (Apple Pay: "Payment token format reference"; Google Pay: "Payment data cryptography"). So many fit
# into an item of 400 KB several times over, and into a body.
MAX_PAYMENT_TOKEN = 16 * 1024


class LineWanted(Body, frozen=True):
    """Units of one product."""

    sku: SkuText
    quantity: Annotated[int, Meta(ge=1, le=MAX_QUANTITY, description="How many units.")]


class PostalAddress(Body, frozen=True, kw_only=True):
    """Where goods go. Text is kept in Unicode's normal form C."""

    name: Annotated[ShortText, Meta(description="Who receives the goods.", examples=["Ada Lovelace"])]
    line1: Annotated[ShortText, Meta(description="Street and number.", examples=["12 Rose Street"])]
    city: Annotated[ShortText, Meta(description="City or town.", examples=["Edinburgh"])]
    # In its place among the others, since the fingerprints of orders follow their sequence.
    postal_code: (
        Annotated[
            PostalCodeText,
            Meta(
                description=(
                    "As the country writes it. Required where addresses of the country need one; "
                    "left out where it has none."
                ),
                examples=["EH2 2PR"],
            ),
        ]
        | None
    ) = None
    country: Annotated[
        str,
        Meta(
            pattern=COUNTRY_PATTERN,
            description="ISO 3166-1 alpha-2, as assigned.",
            examples=["NL"],
            # What `wrong_field` asks for, so that the API's description says it too.
            extra_json_schema={"enum": sorted(COUNTRIES)},
        ),
    ]
    line2: Annotated[ShortText, Meta(description="Building, floor, flat.")] | None = None
    region: Annotated[ShortText, Meta(description="State, province or county.")] | None = None

    def wrong_field(self) -> WrongField | None:
        """A country must be assigned, and the postal code one of the country's."""
        if why := why_not_assigned(self.country):
            return WrongField("country", why)
        if why := why_not_a_postal_code(self.country, self.postal_code):
            return WrongField("postalCode", why)
        return None

    def as_record(self) -> Address:
        """The address as it is kept."""
        return convert(to_builtins(self), Address)


class PlaceOrder(Body, frozen=True):
    """An order to be placed. What it costs follows from the catalogue, and from nothing that is sent."""

    lines: Annotated[
        list[LineWanted],
        Meta(min_length=1, max_length=MAX_LINES, description="What is ordered, each SKU on one line."),
    ]
    payment_token: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=MAX_PAYMENT_TOKEN,
            pattern=VISIBLE_ASCII,
            description=(
                "What the payment provider or the wallet gave for the customer's card. Never shown again."
            ),
            examples=["tok_ok"],
        ),
    ]
    shipping_address: PostalAddress
    expected_total: (
        Annotated[
            ExpectedTotal,
            Meta(
                description=(
                    "What the customer was shown and agreed to pay for all lines together. When the order "
                    "costs anything else by now, it is refused with `price-changed` and not placed. Left "
                    "out, the order costs what the catalogue says."
                )
            ),
        ]
        | UnsetType
    ) = UNSET


class PutProduct(Body, frozen=True):
    """A product to be entered or changed."""

    name: Annotated[ShortText, Meta(description="What it is called.", examples=["Red mug"])]
    price: Price
    description: Annotated[LongText, Meta(description="More about it; left out, there is none.")] | None = (
        None
    )


class PutProfile(Body, frozen=True):
    """How the customer is reached from now on."""

    email: Email
    address: PostalAddress | None = None


class ReceiveStock(Body, frozen=True):
    """An entry of the stock ledger: units that came in, or by how many the count was wrong, and why.

    Either `received` or `adjusted`, which also takes a `reason`.
    """

    received: Annotated[int, Meta(ge=1, le=1_000_000, description="How many units came in.")] | UnsetType = (
        UNSET
    )
    adjusted: (
        Annotated[
            int,
            Meta(
                ge=-1_000_000,
                le=1_000_000,
                description=(
                    "By how many units the count is put right: `-3` takes three out, which were entered by "
                    "mistake, or are broken or gone. Of those that open orders hold none can be taken out."
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
            Meta(description="Why, for people: the ledger keeps it.", examples=["counted twice"]),
        ]
        | UnsetType
    ) = UNSET

    # What `wrong_field` asks for, so that the API's description says it too.
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
        """One of the two, an adjustment other than zero, and with a reason."""
        if self.received is UNSET and self.adjusted is UNSET:
            message = "say how many units came in, or by how many the count is put right: `adjusted`"
            return WrongField("received", message)
        if self.received is not UNSET and self.adjusted is not UNSET:
            return WrongField("adjusted", "is another entry than `received`: send one of the two")
        if self.adjusted == 0:
            return WrongField("adjusted", "takes a number of units above or below zero")
        if self.adjusted is not UNSET and self.reason is UNSET:
            return WrongField("reason", "say why the count is put right")
        return None


Time = Annotated[
    str,
    Meta(
        description="RFC 3339, in UTC, to the millisecond.",
        examples=["2026-11-21T12:00:00.000Z"],
        extra_json_schema={"format": "date-time"},
    ),
]
OrderIdText = Annotated[str, Meta(description="The order's id.", extra_json_schema={"format": "uuid"})]
CustomerIdText = Annotated[str, Meta(description="Whose order it is.", pattern="^[0-9a-f]{32}$")]
Version = Annotated[int, Meta(ge=1, description="Higher after every change.")]
Name = Annotated[str, Meta(description="What the product is called.", examples=["Red mug"])]
Cursor = Annotated[str, Meta(description="The `cursor` of the next page; absent from the last.")]


class View(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Part of an answer: camel case, absent rather than null."""


class LineView(View, frozen=True):
    """A line of an order, at the price taken when it was placed."""

    sku: SkuText
    name: Annotated[str, Meta(description="What the product was called when the order was placed.")]
    quantity: Annotated[int, Meta(ge=1, description="How many units.")]
    unit_price: Annotated[Money, Meta(description="As it was when the order was placed.")]
    total: Money


class PaymentView(View, frozen=True):
    """The payment as it stands: the last attempt, if there were two."""

    status: PaymentStatus
    attempt: Annotated[int, Meta(ge=1, description="1, or 2 after a capture that was refused.")]
    amount: Money
    updated_at: Time
    reason: (
        Annotated[
            str,
            Meta(
                description="The provider's word for a refusal; there may be new ones.", examples=["expired"]
            ),
        ]
        | None
    ) = None


class ShipmentView(View, frozen=True):
    """The shipment as it stands."""

    status: ShipmentStatus
    updated_at: Time
    tracking_number: (
        Annotated[
            str, Meta(description="The carrier's, to follow the goods by.", examples=["SBX67AC7C2F9402"])
        ]
        | None
    ) = None
    reason: (
        Annotated[
            str,
            Meta(
                description=(
                    "Why it was refused: the carrier's word, or `address_removed` where the address had gone "
                    "with its customer's profile; there may be new ones."
                ),
                examples=["address_not_served"],
            ),
        ]
        | None
    ) = None


class TransitionView(View, frozen=True):
    """One change of an order's status."""

    status: Status
    at: Time
    reason: Reason | None = None


class WaitingFor(StrEnum):
    """Who is away, so that the order has to wait. It goes on by itself once they are back.

    - `PAYMENT_PROVIDER`: the provider that takes the money.
    - `CARRIER`: the carrier that takes the goods.
    """

    PAYMENT_PROVIDER = "PAYMENT_PROVIDER"
    CARRIER = "CARRIER"


class OrderView(View, frozen=True):
    """An order, with its payment, its shipment and its history."""

    order_id: OrderIdText
    status: Status
    lines: Annotated[Sequence[LineView], Meta(description="In the order in which they were sent.")]
    subtotal: Annotated[Money, Meta(description="The lines together.")]
    tax: Annotated[Money, Meta(description="What comes on top: nothing, since prices hold it.")]
    shipping: Annotated[Money, Meta(description="What delivery costs on top: nothing, as yet.")]
    discount: Annotated[Money, Meta(description="What is taken off: nothing, as yet.")]
    total: Annotated[Money, Meta(description="What is charged, once.")]
    created_at: Time
    updated_at: Time
    version: Version
    history: Annotated[
        Sequence[TransitionView], Meta(description="Every change of status, the first one first.")
    ]
    reason: Reason | None = None
    payment: PaymentView | None = None
    shipment: ShipmentView | None = None
    waiting_for: WaitingFor | None = None


class FaultView(View, frozen=True):
    """Why an order could not be driven on, in the words of the execution that failed last."""

    at: Time
    cause: Annotated[str, Meta(description="For people: it follows no form.")]


class AnyOrderView(OrderView, frozen=True, kw_only=True):
    """An order as an administrator sees it: whose it is, and why it stands still if it does.

    `attempts` counts how often the sweep drove it on; `parkedAt` says that it no longer does.
    """

    customer_id: CustomerIdText
    attempts: Annotated[int, Meta(ge=0, description="How often the sweep has driven it on.")] = 0
    parked_at: Time | None = None
    fault: FaultView | None = None


class OrderSummaryView(View, frozen=True):
    """An order in a list: what it costs and where it stands."""

    order_id: OrderIdText
    status: Status
    total: Money
    created_at: Time
    updated_at: Time
    version: Version
    reason: Reason | None = None


class OrderPage(View, frozen=True):
    """Orders, newest first; `next` is the cursor of the page after this one, if there may be more."""

    orders: Annotated[Sequence[OrderSummaryView], Meta(description="At most `limit`; there may be fewer.")]
    next: Cursor | None = None


class OpenOrderView(View, frozen=True):
    """An order that has not come to its end."""

    order_id: OrderIdText
    status: Status
    created_at: Time
    updated_at: Time


class OpenOrders(View, frozen=True):
    """Open orders, the longest without a move first; `next` is the cursor of the page after this one."""

    orders: Annotated[Sequence[OpenOrderView], Meta(description="At most `limit`.")]
    next: Cursor | None = None


class AddressView(View, frozen=True):
    """Where goods go, as it was entered."""

    name: Annotated[str, Meta(description="Who receives the goods.", examples=["Ada Lovelace"])]
    line1: Annotated[str, Meta(description="Street and number.", examples=["12 Rose Street"])]
    city: Annotated[str, Meta(description="City or town.", examples=["Edinburgh"])]
    country: Annotated[str, Meta(description="ISO 3166-1 alpha-2.", examples=["NL"])]
    postal_code: (
        Annotated[str, Meta(description="As the country writes it.", examples=["EH2 2PR"])] | None
    ) = None
    line2: Annotated[str, Meta(description="Building, floor, flat.")] | None = None
    region: Annotated[str, Meta(description="State, province or county.")] | None = None


class ProfileView(View, frozen=True):
    """A customer's own profile."""

    email: Annotated[str, Meta(description="Where mail about orders goes.", examples=["ada@example.com"])]
    created_at: Time
    updated_at: Time
    version: Version
    address: AddressView | None = None


class ProductView(View, frozen=True):
    """A product, and how many units of it can be ordered now."""

    sku: SkuText
    name: Name
    price: Annotated[Money, Meta(description="What one unit costs.")]
    available: Annotated[int, Meta(ge=0, description="How many units can be ordered now.")]
    created_at: Time
    updated_at: Time
    version: Version
    description: Annotated[str, Meta(description="More about it.")] | None = None


class ProductPage(View, frozen=True):
    """Products by SKU; `next` is the cursor of the page after this one, if there is one."""

    products: Annotated[Sequence[ProductView], Meta(description="At most `limit`, by SKU.")]
    next: Cursor | None = None


class StockView(View, frozen=True, omit_defaults=False):
    """The units of a SKU: received + adjusted = available + held + shipped."""

    sku: SkuText
    received: Annotated[int, Meta(ge=0, description="All that ever came in.")]
    adjusted: Annotated[
        int,
        Meta(description="By how many that was put right: all adjustments together.", examples=[-3]),
    ]
    available: Annotated[int, Meta(ge=0, description="How many can be ordered now.")]
    held: Annotated[int, Meta(ge=0, description="How many are set aside for open orders.")]
    shipped: Annotated[int, Meta(ge=0, description="How many have left.")]


class StockEntryView(View, frozen=True):
    """An entry of a product's stock ledger: units `received`, or by how many they were `adjusted`."""

    key: Annotated[
        str,
        Meta(description="The idempotency key it was entered with.", examples=["delivery-2026-11-21-001"]),
    ]
    created_at: Time
    received: Annotated[int, Meta(ge=1, description="How many units came in.")] | None = None
    adjusted: Annotated[int, Meta(description="By how many units the count was put right.")] | None = None
    reason: Annotated[str, Meta(description="Why, for people.", examples=["counted twice"])] | None = None
    by: (
        Annotated[
            str,
            Meta(
                description="Who entered it: the id by which the logs name callers.",
                examples=["9f86d081884c7d659a2feaa0c55ad015"],
            ),
        ]
        | None
    ) = None


class StockPage(View, frozen=True):
    """The units of a SKU, and how they came to be so many: entries of its ledger, the newest first; `next` is
    the cursor of the page after this one, if there may be more."""

    stock: StockView
    entries: Annotated[Sequence[StockEntryView], Meta(description="At most `limit`; there may be fewer.")]
    next: Cursor | None = None


class HealthView(View, frozen=True):
    """Whether the API can do its work."""

    status: Annotated[str, Meta(description="`ok`; otherwise the answer is 503.", examples=["ok"])]
    stage: Annotated[str, Meta(description="Which deployment this is.", examples=["prod"])]
