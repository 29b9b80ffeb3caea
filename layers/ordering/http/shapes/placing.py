"""The request that places an order."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from ordering.domain.base import Body
from ordering.domain.money import ExpectedTotal
from ordering.domain.order import MAX_LINES, MAX_QUANTITY
from ordering.domain.product import SkuText
from ordering.domain.text import VISIBLE_ASCII
from ordering.http.shapes.addresses import PostalAddress

# A card token is short. A wallet's token is a signed and encrypted message of some kilobytes, as JSON or
# Base64 (Apple Pay: "Payment token format reference"; Google Pay: "Payment data cryptography"). This length
# fits well into a request body and into an item of 400 KB.
MAX_PAYMENT_TOKEN = 16 * 1024


class LineWanted(Body, frozen=True):
    """A quantity of one product."""

    sku: SkuText
    quantity: Annotated[int, Meta(ge=1, le=MAX_QUANTITY, description="The number of units.")]


class PlaceOrder(Body, frozen=True):
    """An order to place. Its prices are taken from the catalogue, never from the request."""

    lines: Annotated[
        list[LineWanted],
        Meta(
            min_length=1,
            max_length=MAX_LINES,
            description="The products to order. Each SKU may appear on one line only.",
        ),
    ]
    payment_token: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=MAX_PAYMENT_TOKEN,
            pattern=VISIBLE_ASCII,
            description=(
                "The token that the payment provider or the wallet issued for the customer's card. "
                "No response contains it."
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
                    "The total of all lines that the customer was shown and agreed to pay. If the order "
                    "costs a different amount now, it is refused with `price-changed` and not placed. "
                    "Without this field, the order costs what the catalogue says."
                )
            ),
        ]
        | UnsetType
    ) = UNSET
