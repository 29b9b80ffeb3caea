"""The rule for text on one line: names, address lines, descriptions, reasons.

Such text is normalised to NFC, has at least one visible character, and has no character that breaks a line,
reorders the text around it, or has no meaning for a receiver. Characters that writing systems need are
allowed: combining marks, the joiners of Hindi, Persian and emoji, no-break spaces, the directional marks of
Hebrew and Arabic (but not embeddings, overrides and isolates, since they also affect the text that follows).

The sets follow the Unicode Standard and RFC 8264 (PRECIS, FreeformClass), which leaves out controls,
noncharacters and private use. Unassigned characters are accepted: a later version of Unicode may assign them,
and then a name may contain them.
"""

import re
from functools import cache
from typing import Annotated
from unicodedata import name, normalize

from msgspec import Meta

# `$` alone also matches before a final newline in Python, though not in JSON Schema's dialect (ECMA-262).
END = r"$(?!\n)"
VISIBLE_ASCII = rf"^[\x21-\x7e]+{END}"

_FORBIDDEN: tuple[tuple[int, int], ...] = (
    (0x0000, 0x001F),  # controls: C0
    (0x007F, 0x009F),  # DEL, and C1 with U+0085, the next line
    (0x2028, 0x202E),  # line and paragraph separators, bidirectional embeddings and overrides
    (0x2066, 0x206F),  # bidirectional isolates, and the format characters that Unicode has deprecated
    (0xD800, 0xF8FF),  # surrogates, private use
    (0xFDD0, 0xFDEF),  # noncharacters
    (0xFFF9, 0xFFFF),  # annotations, object replacement, U+FFFD (replaces undecodable bytes), noncharacters
)
# Noncharacters beyond the basic plane, and its two planes of private use.
_FORBIDDEN_BEYOND = (
    *((plane << 16 | 0xFFFE, plane << 16 | 0xFFFF) for plane in range(1, 15)),
    (0xF0000, 0x10FFFF),
)
# Characters that are not visible by themselves: spaces, default ignorable code points, and characters whose
# glyph is blank (in Braille, hieroglyphs, Khitan and music).
_INVISIBLE: tuple[tuple[int, int], ...] = (
    (0x0020, 0x0020),
    (0x00A0, 0x00A0),
    (0x00AD, 0x00AD),
    (0x034F, 0x034F),
    (0x061C, 0x061C),
    (0x115F, 0x1160),
    (0x1680, 0x1680),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x2000, 0x200F),
    (0x202F, 0x202F),
    (0x205F, 0x2065),
    (0x2800, 0x2800),
    (0x3000, 0x3000),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFF8),
)
_INVISIBLE_BEYOND = (
    (0x13441, 0x13442),
    (0x16FE4, 0x16FE4),
    (0x1BCA0, 0x1BCA3),
    (0x1D159, 0x1D159),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),
)


def _characters(*ranges: tuple[int, int]) -> str:
    """Ranges in the syntax of a regular expression's character class.

    Characters beyond Latin-1 are not escaped: RE2 (Go), ECMA-262 and Python have no escape in common.
    """
    return "".join(
        _character(first) if first == last else f"{_character(first)}-{_character(last)}"
        for first, last in ranges
    )


def _character(code_point: int) -> str:
    return rf"\x{code_point:02x}" if code_point < 0x100 else chr(code_point)


def _without_surrogates(*ranges: tuple[int, int]) -> tuple[tuple[int, int], ...]:
    """The ranges without surrogates, which no document can contain; the private-use range is kept."""
    return tuple((0xE000 if first == 0xD800 else first, last) for first, last in ranges)


# The rule as a pattern for the API's description. It has no lookahead, which RE2 does not support, and leaves
# out characters beyond the basic plane, since ECMA-262 interprets a pattern for them in two ways, with and
# without the flag `u`. `one_line` checks them.
_FORBIDDEN_CLASS = _characters(*_without_surrogates(*_FORBIDDEN))
_FORBIDDEN_OR_INVISIBLE_CLASS = _characters(*sorted((*_without_surrogates(*_FORBIDDEN), *_INVISIBLE)))
ONE_LINE_PATTERN = f"^[^{_FORBIDDEN_CLASS}]*[^{_FORBIDDEN_OR_INVISIBLE_CLASS}][^{_FORBIDDEN_CLASS}]*$"

_UNREADABLE = "\N{REPLACEMENT CHARACTER}"


# Compiled when the first text is checked, and not at every cold start: most functions check none.
@cache
def _forbidden_character() -> re.Pattern[str]:
    return re.compile(f"[{_characters(*_FORBIDDEN, *_FORBIDDEN_BEYOND)}]")


@cache
def _visible() -> re.Pattern[str]:
    return re.compile(f"[^{_characters(*_INVISIBLE, *_INVISIBLE_BEYOND)}]")


class NotOneLine(ValueError):
    """A text breaks the rule. The message describes what is accepted, and never quotes the text."""


class OneLine:
    """Marks a field of a body as text under the rule: `Annotated[str, …, OneLine()]`. See `http.checking`."""


def one_line(text: str) -> str:
    """Return the text in NFC, as it is stored. Raises NotOneLine."""
    if found := _forbidden_character().search(text):
        raise NotOneLine(f"must be text on one line, without {_named(found[0])}")
    if not _visible().search(text):
        raise NotOneLine("must be text on one line with at least one visible character")
    return normalize("NFC", text)


def as_one_line(text: str) -> str:
    """Return text from a provider, or older than the rule, in a form that is safe to show on one line."""
    return normalize("NFC", _forbidden_character().sub(" ", text)).strip()


def _named(character: str) -> str:
    """A character by its number, and by its name if it has one: `U+202E (RIGHT-TO-LEFT OVERRIDE)`."""
    number = f"U+{ord(character):04X}"
    if character == _UNREADABLE:
        return f"{number} (REPLACEMENT CHARACTER): it replaces bytes that were not UTF-8"
    known = name(character, "")
    return f"{number} ({known})" if known else number


def _text(longest: int) -> Meta:
    return Meta(min_length=1, max_length=longest, extra_json_schema={"pattern": ONE_LINE_PATTERN})


ShortText = Annotated[str, _text(120), OneLine()]
LongText = Annotated[str, _text(2000), OneLine()]
PostalCodeText = Annotated[str, _text(16), OneLine()]

# Messages for clients, by the pattern that a value does not match.
IN_WORDS = {VISIBLE_ASCII: "must be visible ASCII characters, without spaces"}
