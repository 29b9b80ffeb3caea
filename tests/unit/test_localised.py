"""Amounts, numbers and times as each language writes them, compared with the Unicode CLDR of Babel."""

from datetime import UTC, date, datetime, time
from itertools import product

import pytest
from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal, get_currency_symbol, parse_pattern
from hypothesis import given
from hypothesis import strategies as st

from ordering.domain.clock import as_text
from ordering.domain.languages import Language
from ordering.domain.localised import FORMATS, amount_text, is_singular, number_text, time_text
from ordering.domain.money import CURRENCIES, MAX_AMOUNT, Money, minor_digits

# English outside the United States.
LOCALES = {Language.EN: "en_001", Language.DE: "de", Language.FR: "fr"}
NO_BREAK = "\N{NO-BREAK SPACE}"

languages = pytest.mark.parametrize("language", Language)


def cldr_amount(money: Money, language: Language) -> str:
    """Returns an amount as Babel writes it, with the digits of ISO 4217."""
    locale, digits = Locale.parse(LOCALES[language]), minor_digits(money.currency)
    pattern = parse_pattern(locale.currency_formats["standard"].pattern)
    pattern.frac_prec = (digits, digits)
    whole, part = divmod(money.amount, 10**digits)
    number = f"{whole}.{part:0{digits}d}" if digits else str(whole)
    text: str = pattern.apply(number, locale, currency=money.currency, currency_digits=False)
    symbol = get_currency_symbol(money.currency, locale)
    if text.startswith(symbol) and symbol[-1] in {*"ABCDEFGHIJKLMNOPQRSTUVWXYZ."}:
        # Babel does not know `currencySpacing`.
        return f"{symbol}{NO_BREAK}{text.removeprefix(symbol)}"
    return text


def test_every_language_has_a_format() -> None:
    assert FORMATS.keys() == LOCALES.keys() == set(Language)


@languages
def test_amount_of_every_currency_is_written_as_the_cldr_has_it(language: Language) -> None:
    for currency, amount in product(CURRENCIES, (0, 5, 1250, 99_999, 123_456_789, MAX_AMOUNT)):
        money = Money(amount=amount, currency=currency)
        assert amount_text(money, language) == cldr_amount(money, language)


@given(st.sampled_from(Language), st.sampled_from(sorted(CURRENCIES)), st.integers(0, MAX_AMOUNT))
def test_any_amount_is_written_as_the_cldr_has_it(language: Language, currency: str, amount: int) -> None:
    money = Money(amount=amount, currency=currency)
    assert amount_text(money, language) == cldr_amount(money, language)


@languages
def test_withdrawn_currency_is_written_by_its_code(language: Language) -> None:
    """Old orders have one, whose symbol this release no longer knows."""
    assert "DEM" in amount_text(Money(amount=1250, currency="DEM"), language)


@given(st.sampled_from(Language), st.integers(0, 10**9))
def test_number_is_written_as_the_cldr_has_it(language: Language, number: int) -> None:
    assert number_text(number, language) == format_decimal(number, locale=LOCALES[language])


@given(st.sampled_from(Language), st.dates(date(1000, 1, 1)), st.times())
def test_time_is_written_in_utc_with_the_date_of_the_cldr(language: Language, day: date, hour: time) -> None:
    moment = datetime.combine(day, hour, UTC)
    expected = format_date(day, "long", locale=LOCALES[language])
    if language is Language.FR and day.day == 1:
        # The CLDR has no ordinal for the first day.
        expected = f"1er{expected.removeprefix('1')}"
    assert time_text(as_text(moment), language) == f"{expected}, {hour:%H:%M} UTC"


def test_first_day_of_a_month_is_an_ordinal_in_french() -> None:
    written = {language: time_text("2026-11-01T12:00:00.000Z", language) for language in Language}
    assert written == {
        Language.EN: "1 November 2026, 12:00 UTC",
        Language.DE: "1. November 2026, 12:00 UTC",
        Language.FR: "1er novembre 2026, 12:00 UTC",
    }


@given(st.sampled_from(Language), st.integers(0, 50_000))
def test_singular_is_used_as_the_cldr_has_it(language: Language, number: int) -> None:
    plural = Locale.parse(LOCALES[language]).plural_form(number)
    assert is_singular(number, language) == (plural == "one")
