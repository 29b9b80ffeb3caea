"""What callers hand in. The API checks it, and says which field is wrong."""

from msgspec import Struct


class Money(Struct, frozen=True):
    """An amount in minor units (pence, cents; whole yen) of a currency of ISO 4217: `Money(1250, "EUR")`."""

    amount: int
    currency: str


class Line(Struct, frozen=True):
    """Units of one product to be ordered: `Line("MUG-RED", 2)`."""

    sku: str
    quantity: int


class Address(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A postal address; `country` by ISO 3166-1 (`NL`), `postal_code` where the country has one."""

    name: str
    line1: str
    city: str
    postal_code: str | None = None
    country: str
    line2: str | None = None
    region: str | None = None
