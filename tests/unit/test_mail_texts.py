"""The catalogue of texts: every text in every language, with the same placeholders, and none unused."""

from collections.abc import Callable, Iterator
from string import Formatter
from typing import Any

import pytest
from msgspec.structs import asdict, replace

from ordering.domain import notifications
from ordering.domain.languages import Language, language_of
from ordering.domain.mail_texts import TEXTS, MailTexts
from ordering.domain.notifications import email_about_webhook, email_for
from ordering.domain.order import Reason
from tools.mail_preview import SAMPLES, WEBHOOK_SAMPLES, export_sample

languages = pytest.mark.parametrize("language", Language)


def texts_of(texts: MailTexts) -> dict[str, str]:
    """Returns every text of a language: `total`, `reasons.OUT_OF_STOCK`."""
    found = {}
    for name, text in asdict(texts).items():
        if isinstance(text, str):
            found[name] = text
        else:
            found |= {f"{name}.{key}": each for key, each in text.items()}
    return found


def changed(texts: MailTexts, change: Callable[[str, str], str]) -> MailTexts:
    """Returns the texts with each one replaced by `change(name, text)`."""
    new: dict[str, Any] = {
        name: (
            change(name, text)
            if isinstance(text, str)
            else {key: change(f"{name}.{key}", each) for key, each in text.items()}
        )
        for name, text in asdict(texts).items()
    }
    return replace(texts, **new)


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def rendered(language: Language) -> Iterator[str]:
    """Yields everything that is shown of every sample."""
    for status, details in SAMPLES.values():
        email = email_for(status, details, language=language)
        yield from (email.subject, email.text, email.html)
    for event in WEBHOOK_SAMPLES.values():
        email = email_about_webhook(event, language=language)
        yield from (email.subject, email.text, email.html)
    email = export_sample(language)
    yield from (email.subject, email.text, email.html)


def test_catalogue_has_every_language() -> None:
    assert TEXTS.keys() == set(Language)


@languages
def test_every_text_exists_in_every_language(language: Language) -> None:
    assert texts_of(TEXTS[language]).keys() == texts_of(TEXTS[Language.EN]).keys()
    assert TEXTS[language].reasons.keys() == set(Reason)
    for name, text in texts_of(TEXTS[language]).items():
        assert text.strip() == text, name
        assert text, name
        assert "\n" not in text, name


@languages
def test_every_text_has_the_same_placeholders_in_every_language(language: Language) -> None:
    english = texts_of(TEXTS[Language.EN])
    for name, text in texts_of(TEXTS[language]).items():
        assert placeholders(text) == placeholders(english[name]), name


@pytest.mark.parametrize("language", [language for language in Language if language is not Language.EN])
def test_no_text_is_left_in_english(language: Language) -> None:
    english = texts_of(TEXTS[Language.EN])
    same = {name for name, text in texts_of(TEXTS[language]).items() if text == english[name]}
    assert same <= {"total"}


@languages
def test_every_text_is_used_by_a_mail(language: Language, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each text is replaced by its name and its placeholders."""
    named = changed(
        TEXTS[language],
        lambda name, text: "".join([f"[{name}]", *(f"{{{each}}}" for each in placeholders(text))]),
    )
    monkeypatch.setattr(notifications, "TEXTS", {**TEXTS, language: named})
    shown = "".join(rendered(language))
    unused = {name for name in texts_of(named) if f"[{name}]" not in shown}
    assert unused == set()


@languages
def test_subjects_differ_so_that_a_mail_is_known_by_its_subject(language: Language) -> None:
    subjects = [text for name, text in texts_of(TEXTS[language]).items() if name.endswith("_subject")]
    assert len(set(subjects)) == len(subjects)


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("en", Language.EN),
        ("de-AT", Language.DE),
        ("FR", Language.FR),
        ("fr-Latn-CA", Language.FR),
        ("it", None),
        ("", None),
        (None, None),
        ("english", None),
    ],
)
def test_stored_tag_is_read_without_its_region(tag: str | None, language: Language | None) -> None:
    assert language_of(tag) is language
