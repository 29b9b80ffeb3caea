"""Amounts, numbers and times as each language writes them, for mail to customers.

The rules are those of the Unicode CLDR for English outside the United States (`en-001`), German and French.
They are small tables, because the library that knows all languages (Babel) has a size of 36 MB, and would be
loaded at each cold start of a function that needs three. A test compares the tables with Babel, for every
currency.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from unicodedata import category

from msgspec import Struct

from ordering.domain.languages import Language
from ordering.domain.money import Money, minor_digits

_NO_BREAK = "\N{NO-BREAK SPACE}"


class Format(Struct, frozen=True, kw_only=True):
    """How one language writes amounts, numbers and times."""

    decimal_separator: str
    group_separator: str
    symbol_first: bool
    date: str
    """With `{day}`, `{month}` and `{year}`."""
    first_day: str
    """The first day of a month. French writes an ordinal, which the CLDR does not know."""
    months: str
    """Their names, January first, separated by spaces."""
    singular: frozenset[int]
    """The whole numbers that are followed by the singular (CLDR, "Language Plural Rules": one)."""
    symbols: str
    """The currencies that are not written by their code of ISO 4217: `EUR=€`, separated by spaces."""


FORMATS: Mapping[Language, Format] = {
    Language.EN: Format(
        decimal_separator=".",
        group_separator=",",
        symbol_first=True,
        date="{day} {month} {year}",
        first_day="1",
        months="January February March April May June July August September October November December",
        singular=frozenset({1}),
        symbols=(
            "AUD=A$ BRL=R$ CAD=CA$ CNY=CN¥ EUR=€ GBP=£ HKD=HK$ ILS=₪ INR=₹ JPY=JP¥ KRW=₩ MXN=MX$ NZD=NZ$ "
            "PHP=₱ TWD=NT$ USD=US$ VND=₫ XAF=FCFA XCD=EC$ XCG=Cg. XOF=F\N{NARROW NO-BREAK SPACE}CFA XPF=CFPF"
        ),
    ),
    Language.DE: Format(
        decimal_separator=",",
        group_separator=".",
        symbol_first=False,
        date="{day}. {month} {year}",
        first_day="1",
        months="Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
        singular=frozenset({1}),
        symbols=(
            "AUD=AU$ BRL=R$ CAD=CA$ CNY=CN¥ EUR=€ GBP=£ HKD=HK$ ILS=₪ INR=₹ JPY=¥ KRW=₩ MXN=MX$ NZD=NZ$ "
            "THB=฿ TWD=NT$ USD=$ VND=₫ XAF=FCFA XCD=EC$ XCG=Cg. XOF=F\N{NARROW NO-BREAK SPACE}CFA XPF=CFPF"
        ),
    ),
    Language.FR: Format(
        decimal_separator=",",
        group_separator="\N{NARROW NO-BREAK SPACE}",
        symbol_first=False,
        date="{day} {month} {year}",
        first_day="1er",
        months="janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        singular=frozenset({0, 1}),
        symbols=(
            "ARS=$AR AUD=$AU BMD=$BM BND=$BN BRL=R$ BZD=$BZ CAD=$CA CLP=$CL COP=$CO EUR=€ FJD=$FJ FKP=£FK "
            "GBP=£GB GIP=£GI ILS=₪ INR=₹ KRW=₩ LBP=£LB MXN=$MX NAD=$NA NZD=$NZ SBD=$SB SGD=$SG SRD=$SR "
            "TTD=$TT USD=$US UYU=$UY VND=₫ WST=$WS XAF=FCFA XCG=Cg. XOF=F\N{NARROW NO-BREAK SPACE}CFA "
            "XPF=FCFP"
        ),
    ),
}


def amount_text(money: Money, language: Language) -> str:
    """Return an amount in major units: `€1,250.00`, `1.250,00 €`."""
    rules = FORMATS[language]
    digits = minor_digits(money.currency)
    whole, part = divmod(money.amount, 10**digits)
    number = number_text(whole, language)
    if digits:
        number += f"{rules.decimal_separator}{part:0{digits}d}"
    symbols = dict(each.split("=") for each in rules.symbols.split(" "))
    symbol = symbols.get(money.currency, money.currency)
    if not rules.symbol_first:
        return f"{number}{_NO_BREAK}{symbol}"
    # CLDR, "Currencies": `currencySpacing` separates a letter from the number, and not a sign.
    space = "" if category(symbol[-1]).startswith("S") else _NO_BREAK
    return f"{symbol}{space}{number}"


def number_text(number: int, language: Language) -> str:
    """Return a whole number with its thousands separated: `1,250`."""
    return f"{number:,}".replace(",", FORMATS[language].group_separator)


def time_text(moment: str, language: Language) -> str:
    """Return a stored time to the minute: `21 November 2026, 12:00 UTC`.

    The customer's time zone is not known, and a date alone would be wrong for some of them.
    """
    rules, at = FORMATS[language], datetime.fromisoformat(moment).astimezone(UTC)
    day = rules.first_day if at.day == 1 else str(at.day)
    date = rules.date.format(day=day, month=rules.months.split(" ")[at.month - 1], year=at.year)
    return f"{date}, {at:%H:%M} UTC"


def is_singular(number: int, language: Language) -> bool:
    """Whether a whole number is followed by the singular."""
    return number in FORMATS[language].singular
