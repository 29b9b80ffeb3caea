"""The rule for text on one line, and the same rule in the API's description."""

import json
import re
import subprocess
from collections.abc import Iterable, Iterator
from typing import Any
from unicodedata import is_normalized, normalize

import jsonschema_rs
import msgspec
import pytest
import regex
from hypothesis import example, given
from hypothesis import strategies as st

from ordering.domain.customer import EMAIL_PATTERN
from ordering.domain.text import ONE_LINE_PATTERN, NotOneLine, as_one_line, one_line
from ordering.http.checking import text_fields
from ordering.http.patterns import PATTERNS_IN_WORDS
from ordering.http.routes import ROUTES
from tools.openapi.changes import API
from tools.openapi.describe import document
from tools.openapi.schemas import portable

ANY_CHARACTER = "".join(map(chr, (*range(0xD800), *range(0xE000, 0x110000))))
# A second implementation of the rule, by the properties of Unicode's database. The ranges at the end are
# embeddings, overrides and isolates; deprecated format characters; annotations, U+FFFC and U+FFFD.
FORBIDDEN = regex.compile(
    r"[\p{Cc}\p{Zl}\p{Zp}\p{Co}\p{Cs}\p{Noncharacter_Code_Point}"
    r"\u202a-\u202e\u2066-\u2069\u206a-\u206f\ufff9-\ufffd]"
)
# Characters that the Unicode Standard describes as blank or as a filler, without a property that says so.
BLANK_GLYPHS = (
    "\N{BRAILLE PATTERN BLANK}"
    "\U00013441\U00013442"  # Egyptian hieroglyphs: full blank, half blank
    "\N{KHITAN SMALL SCRIPT FILLER}"
    "\N{MUSICAL SYMBOL NULL NOTEHEAD}"
)
SHOWS_NOTHING = regex.compile(rf"[\p{{Zs}}\p{{Default_Ignorable_Code_Point}}{BLANK_GLYPHS}]")

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


def is_accepted(text: str) -> bool:
    try:
        one_line(text)
    except NotOneLine:
        return False
    return True


def numbers(characters: Iterable[str]) -> list[str]:
    return [f"U+{ord(character):04X}" for character in characters]


@pytest.mark.slow
def test_character_is_refused_exactly_if_it_is_forbidden_in_a_line() -> None:
    refused = {each for each in ANY_CHARACTER if not is_accepted(f"a{each}b")}
    assert numbers(refused ^ set(FORBIDDEN.findall(ANY_CHARACTER))) == []


@pytest.mark.slow
def test_text_is_refused_as_invisible_exactly_if_all_of_it_is_blank() -> None:
    accepted = [each for each in ANY_CHARACTER if not FORBIDDEN.match(each)]
    blank = {each for each in accepted if not is_accepted(each * 3)}
    assert numbers(blank ^ {each for each in accepted if SHOWS_NOTHING.match(each)}) == []


LEGITIMATE = {
    "Arabic": "محمد عبد الله",
    "Arabic, with a directional mark": "شارع 12\u200f، القاهرة",
    "Hebrew": "רחוב הרצל 5",
    "Hindi, with its joiner": "क्\u200dष श्री",
    "Persian, with its non-joiner": "می\u200cخواهم",  # noqa: RUF001 - it is Persian
    "Thai, with a zero-width space": "ถนน\u200bสุขุมวิท",
    "Korean": "서울특별시",
    "Chinese, beyond the basic plane": "\U00020bb7野家",
    "a family": "👩\u200d👩\u200d👧",
    "a flag of tags": "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
    "an emoji's variation": "❤\ufe0f",
    "a no-break space": "12\u00a0bis, rue de l’Église",  # noqa: RUF001 - it is French
    "a soft hyphen": "Donau\u00addampfschiff",
    "an ideographic space": "山田\u3000太郎",
    "marks": "Ngô\u0300 Đình\u0323",
    "a character of a later Unicode version": "a \U0001faff",
}


@pytest.mark.parametrize("text", LEGITIMATE.values(), ids=LEGITIMATE)
def test_legitimate_text_is_stored_in_normal_form_c(text: str) -> None:
    assert one_line(text) == normalize("NFC", text)


ILLEGITIMATE = {
    "nothing": ("", "visible"),
    "spaces of every kind": (" \u00a0\u2007\u3000", "visible"),
    "zero width": ("\u200b\u200c\u200d\u2060\ufeff", "visible"),
    "a filler of Hangul": ("\u3164", "visible"),
    "a line feed at the end": ("Ada\n", "U+000A"),
    "a next line": ("Ada\x85Total 0.00 EUR", "U+0085"),
    "a line separator": ("Ada\u2028Total 0.00 EUR", "U+2028 (LINE SEPARATOR)"),
    "an override": ("Ada\u202eoof", "U+202E (RIGHT-TO-LEFT OVERRIDE)"),
    "an isolate": ("Ada\u2066", "U+2066 (LEFT-TO-RIGHT ISOLATE)"),
    "an escape": ("Ada\x1b[2J", "U+001B"),
    "text that was not UTF-8": ("Ad\ufffd", "UTF-8"),
    "a noncharacter": ("Ada\ufdd0", "U+FDD0"),
    "a noncharacter beyond the basic plane": ("Ada\U0003ffff", "U+3FFFF"),
    "private use": ("Ada\uf8ff", "U+F8FF"),
}


@pytest.mark.parametrize(("text", "part_of_message"), ILLEGITIMATE.values(), ids=ILLEGITIMATE)
def test_error_of_refused_text_names_the_fault(text: str, part_of_message: str) -> None:
    with pytest.raises(NotOneLine) as refused:
        one_line(text)
    assert part_of_message in str(refused.value)


@given(texts)
def test_accepted_text_is_normalised_once(text: str) -> None:
    if is_accepted(text):
        stored = one_line(text)
        assert is_normalized("NFC", stored)
        assert one_line(stored) == stored


@given(texts)
@example("Mug\u2028\u202e  Total  0.00 EUR\x85")
def test_shown_text_always_fits_on_one_line(text: str) -> None:
    shown = as_one_line(text)
    assert len(shown.splitlines()) <= 1
    assert not FORBIDDEN.search(shown)
    if is_accepted(text):
        assert shown == one_line(text).strip()


# -- the rule in the API's description ------------------------------------------------------------------


def test_published_pattern_agrees_on_every_basic_plane_character() -> None:
    published = re.compile(ONE_LINE_PATTERN)
    for text in (f"{each}{other}" for each in ANY_CHARACTER if each < "\U00010000" for other in ("", "a")):
        assert bool(published.fullmatch(text)) == is_accepted(text), ascii(text)


@given(texts)
def test_accepted_text_matches_the_published_pattern(text: str) -> None:
    if is_accepted(text):
        assert re.fullmatch(ONE_LINE_PATTERN, text)


def patterns(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        for name, each in part.items():
            yield from [each] if name == "pattern" and isinstance(each, str) else patterns(each)
    elif isinstance(part, list):
        for each in part:
            yield from patterns(each)


PATTERNS = sorted(set(patterns(document())))


def test_published_patterns_are_valid_in_re2() -> None:
    """Rust's engine supports no lookahead, like RE2 (Go). Only the pattern of e-mail addresses needs one."""
    options = jsonschema_rs.RegexOptions()
    for pattern in PATTERNS:
        if pattern != portable({"pattern": EMAIL_PATTERN})["pattern"]:
            jsonschema_rs.Draft202012Validator({"pattern": pattern}, pattern_options=options)
            assert r"\u" not in pattern


@pytest.mark.parametrize("flags", ["", "u"])
def test_published_patterns_are_valid_in_javascript(flags: str) -> None:
    """JSON Schema (2020-12, section 6.4) requires the flag `u`; many tools omit it."""
    program = f"for (const p of {json.dumps(PATTERNS)}) new RegExp(p, {flags!r})"
    subprocess.run(["node", "--eval", program], check=True, timeout=60)


def test_committed_description_has_no_hidden_character() -> None:
    text = API.copy.read_text()
    assert numbers(set(FORBIDDEN.findall(text)) - {"\n"}) == []


def bodies() -> Iterator[type[msgspec.Struct]]:
    """Yields every schema of a request body, and those nested in it."""
    asked = [route.body for route in ROUTES if route.body]
    for kind in msgspec.inspect.multi_type_info(asked):
        yield from structs(kind)


def structs(kind: Any) -> Iterator[type[msgspec.Struct]]:
    if isinstance(kind, msgspec.inspect.Metadata):
        yield from structs(kind.type)
    elif isinstance(kind, msgspec.inspect.StructType):
        yield kind.cls
        for field in kind.fields:
            yield from structs(field.type)
    elif isinstance(kind, msgspec.inspect.UnionType):
        for each in kind.types:
            yield from structs(each)
    elif isinstance(kind, msgspec.inspect.ListType):
        yield from structs(kind.item_type)


def free_texts(kind: Any) -> bool:
    """Returns whether a field accepts text without a pattern."""
    if isinstance(kind, msgspec.inspect.Metadata):
        return free_texts(kind.type)
    if isinstance(kind, msgspec.inspect.UnionType):
        return any(map(free_texts, kind.types))
    if isinstance(kind, msgspec.inspect.ListType):
        return free_texts(kind.item_type)
    if isinstance(kind, msgspec.inspect.DictType):
        return free_texts(kind.value_type)
    return isinstance(kind, msgspec.inspect.StrType) and kind.pattern is None


@pytest.mark.parametrize("shape", sorted(set(bodies()), key=str))
def test_every_text_field_has_a_pattern_or_the_one_line_rule(
    shape: type[msgspec.Struct],
) -> None:
    """The fields are found by inspection, so a new field is covered as well."""
    info = msgspec.inspect.type_info(shape)
    assert isinstance(info, msgspec.inspect.StructType)
    free = {field.name for field in info.fields if free_texts(field.type)}
    assert free == text_fields(shape)


def patterns_of(kind: Any) -> Iterator[str]:
    """Yields each pattern of a field's type, and of the types inside it."""
    if isinstance(kind, msgspec.inspect.Metadata):
        yield from patterns_of(kind.type)
    elif isinstance(kind, msgspec.inspect.UnionType):
        for each in kind.types:
            yield from patterns_of(each)
    elif isinstance(kind, msgspec.inspect.ListType):
        yield from patterns_of(kind.item_type)
    elif isinstance(kind, msgspec.inspect.DictType):
        yield from patterns_of(kind.value_type)
    elif isinstance(kind, msgspec.inspect.StrType) and kind.pattern is not None:
        yield kind.pattern


@pytest.mark.parametrize("shape", sorted(set(bodies()), key=str))
def test_pattern_of_a_field_is_explained_in_words(shape: type[msgspec.Struct]) -> None:
    """Nobody can act on a regular expression: a refusal has a sentence in its place."""
    inspected = msgspec.inspect.type_info(shape)
    assert isinstance(inspected, msgspec.inspect.StructType)
    for field in inspected.fields:
        assert [each for each in patterns_of(field.type) if repr(each) not in PATTERNS_IN_WORDS] == [], (
            field.name
        )
