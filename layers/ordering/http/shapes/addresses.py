"""Postal addresses."""

from typing import Annotated

from msgspec import Meta, convert, to_builtins

from ordering.domain.base import Body, WrongField
from ordering.domain.countries import COUNTRIES, why_not_a_postal_code, why_not_assigned
from ordering.domain.shipment import COUNTRY_PATTERN, Address
from ordering.domain.text import PostalCodeText, ShortText
from ordering.http.shapes.base import View


class PostalAddress(Body, frozen=True, kw_only=True):
    """A delivery address. Text is stored in Unicode normalization form C."""

    name: Annotated[ShortText, Meta(description="The recipient's name.", examples=["Ada Lovelace"])]
    line1: Annotated[ShortText, Meta(description="Street and number.", examples=["12 Rose Street"])]
    city: Annotated[ShortText, Meta(description="City or town.", examples=["Edinburgh"])]
    # The order of the fields must not change: the fingerprints of orders depend on it.
    postal_code: (
        Annotated[
            PostalCodeText,
            Meta(
                description=(
                    "In the country's own format. Required if addresses in the country need one; "
                    "leave it out if the country has none."
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
            description="An assigned ISO 3166-1 alpha-2 code.",
            examples=["NL"],
            # `wrong_field` checks this too; here it becomes part of the API's description.
            extra_json_schema={"enum": sorted(COUNTRIES)},
        ),
    ]
    line2: Annotated[ShortText, Meta(description="Building, floor or flat.")] | None = None
    region: Annotated[ShortText, Meta(description="State, province or county.")] | None = None

    def wrong_field(self) -> WrongField | None:
        """Returns the country if it is not assigned, or the postal code if it does not fit the country."""
        if why := why_not_assigned(self.country):
            return WrongField("country", why)
        if why := why_not_a_postal_code(self.country, self.postal_code):
            return WrongField("postalCode", why)
        return None

    def as_record(self) -> Address:
        """Returns the address as it is stored."""
        return convert(to_builtins(self), Address)


class AddressView(View, frozen=True):
    """A delivery address, as it was entered."""

    name: Annotated[str, Meta(description="The recipient's name.", examples=["Ada Lovelace"])]
    line1: Annotated[str, Meta(description="Street and number.", examples=["12 Rose Street"])]
    city: Annotated[str, Meta(description="City or town.", examples=["Edinburgh"])]
    country: Annotated[str, Meta(description="ISO 3166-1 alpha-2.", examples=["NL"])]
    postal_code: (
        Annotated[str, Meta(description="In the country's own format.", examples=["EH2 2PR"])] | None
    ) = None
    line2: Annotated[str, Meta(description="Building, floor or flat.")] | None = None
    region: Annotated[str, Meta(description="State, province or county.")] | None = None
