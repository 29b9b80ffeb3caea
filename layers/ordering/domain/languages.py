"""The languages in which customers get mail."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from ordering.domain.text import END


class Language(StrEnum):
    """A language of mail to customers, as a language tag of BCP 47.

    - `en`: English.
    - `de`: German.
    - `fr`: French.
    """

    EN = "en"
    DE = "de"
    FR = "fr"


_LANGUAGES: Mapping[str, Language] = {language.value: language for language in Language}

# A pattern, because the message for an unknown value of an enumeration would not list the known ones.
LANGUAGE_PATTERN = f"^({'|'.join(_LANGUAGES)}){END}"
LANGUAGE_IN_WORDS = f"must be a supported language: {', '.join(f'`{tag}`' for tag in _LANGUAGES)}"
LanguageTag = Annotated[
    str,
    Meta(
        pattern=LANGUAGE_PATTERN,
        description="The language of mail to you, as a tag of BCP 47. Without it: the shop's own.",
        examples=["de"],
        extra_json_schema={"enum": list(_LANGUAGES)},
    ),
]


def language_of(tag: str | None) -> Language | None:
    """Return the language of a stored tag; None if it is absent, or a tag that this release does not know.

    A later release may store more languages, and regions (`de-AT`). A region is ignored (RFC 4647, section
    3.4, "Lookup").
    """
    return _LANGUAGES.get((tag or "").partition("-")[0].lower())
