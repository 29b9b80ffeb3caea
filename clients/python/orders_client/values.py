"""Values that callers pass. The API validates them, and its errors name the invalid field."""

from msgspec import Struct


class Money(Struct, frozen=True):
    """An amount in minor units (pence, cents, whole yen) of an ISO 4217 currency: `Money(1250, "EUR")`."""

    amount: int
    currency: str


class Line(Struct, frozen=True):
    """Units of one product to order: `Line("MUG-RED", 2)`."""

    sku: str
    quantity: int


class Address(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A postal address. `country` is an ISO 3166-1 code (`NL`); some countries need no `postal_code`."""

    name: str
    line1: str
    city: str
    postal_code: str | None = None
    country: str
    line2: str | None = None
    region: str | None = None
