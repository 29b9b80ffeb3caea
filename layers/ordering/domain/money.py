"""Money: a number of minor units and an ISO 4217 code. No floats, no conversion."""

from typing import Annotated

from msgspec import Meta, Struct

from ordering.domain.base import MemberError
from ordering.domain.text import END

# ISO 4217, list one (active codes of money in circulation).
_CODES = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF
    CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ
    GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP
    LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR
    PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC
    SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF
    XPF YER ZAR ZMW ZWG
"""
CURRENCIES = frozenset(_CODES.split())
CURRENCY_PATTERN = rf"^[A-Z]{{3}}{END}"
StoredCurrency = Annotated[str, Meta(pattern=CURRENCY_PATTERN)]
"""A currency of a record. ISO 4217 may have withdrawn it since."""

# Currencies whose minor unit is not a hundredth (ISO 4217, list one: the column "minor unit").
_WHOLE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_THOUSANDTHS = "BHD IQD JOD KWD LYD OMR TND"
_DIGITS = {
    **dict.fromkeys(_WHOLE.split(), 0),
    **dict.fromkeys(_THOUSANDTHS.split(), 3),
}

# The largest price of one unit: 50 lines of 1,000 such units are still exact in every JSON parser (2^53).
MAX_PRICE = 100_000_000_000
MAX_AMOUNT = 2**53 - 1


def minor_digits(currency: str) -> int:
    """Return how many decimal digits the minor unit of a currency has: 2 for the cents of EUR."""
    return _DIGITS.get(currency, 2)


class Money(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An amount in minor units (pence, cents; whole yen) of one currency."""

    amount: Annotated[int, Meta(ge=0, description="Minor units (cents).", examples=[1250])]
    currency: Annotated[str, Meta(pattern=CURRENCY_PATTERN, description="ISO 4217.", examples=["EUR"])]

    def __str__(self) -> str:
        """The amount in major units: `12.50 EUR`, `1250 JPY`."""
        digits = minor_digits(self.currency)
        whole, part = divmod(self.amount, 10**digits)
        number = f"{whole}.{part:0{digits}d}" if digits else str(whole)
        return f"{number} {self.currency}"


class UnknownCurrency(MemberError):
    """ISO 4217 has no such currency code."""

    def __init__(self, currency: str) -> None:
        super().__init__("currency", f"`{currency}` is not a currency code of ISO 4217")


Currency = Annotated[
    str,
    Meta(
        pattern=CURRENCY_PATTERN,
        description="ISO 4217.",
        examples=["EUR"],
        # The rule of `_require_listed`, for the API's description.
        extra_json_schema={"enum": sorted(CURRENCIES)},
    ),
]


class Price(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The price of one unit: more than 0, in a currency of ISO 4217."""

    amount: Annotated[int, Meta(ge=1, le=MAX_PRICE, description="Minor units (cents).", examples=[1250])]
    currency: Currency

    def __post_init__(self) -> None:
        _require_listed(self.currency)


class ExpectedTotal(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The total that a customer was shown and agreed to pay."""

    amount: Annotated[int, Meta(ge=0, le=MAX_AMOUNT, description="Minor units (cents).", examples=[2500])]
    currency: Currency

    def __post_init__(self) -> None:
        _require_listed(self.currency)

    @property
    def money(self) -> Money:
        """The same amount as Money, to be compared with the total of an order."""
        return Money(amount=self.amount, currency=self.currency)


def _require_listed(currency: str) -> None:
    if currency not in CURRENCIES:
        raise UnknownCurrency(currency)
