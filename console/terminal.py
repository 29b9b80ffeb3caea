"""Safe printing: of text from others, and of characters that the terminal's encoding lacks."""

from __future__ import annotations

import codecs
import locale
import os
import sys
import unicodedata

# Characters outside ASCII that the commands print, and what replaces them where the encoding lacks them.
_ASCII_REPLACEMENTS = {
    "✓": "+",
    "✗": "x",
    "…": "...",
    "×": "x",
    "–": "-",
    "€": "EUR",
    "→": "->",
    "─": "-",
    "━": "-",
}


def visible(text: str) -> str:
    r"""Returns the text on one line, with an escape (`\x1b`, `\u202e`, `\n`) for each unprintable character.

    Control and escape characters could clear the screen or forge a line, bidirectional overrides could
    reorder what is read, and invisible characters could hide text. `str.isprintable` is false for all of
    them; the only space that it accepts is U+0020.
    """
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else _escape(each) for each in text)


def is_terminal() -> bool:
    """Whether standard output is a terminal that can redraw lines; false in CI."""
    return sys.stdout.isatty() and os.environ.get("TERM") not in (None, "dumb") and "CI" not in os.environ


def print_anywhere() -> None:
    """Make printing safe on any terminal: a character that its encoding lacks is replaced.

    Otherwise a UnicodeEncodeError could end a command at any moment, for instance after it placed an order.
    """
    codecs.register_error("plain", _replace)
    encoding = None
    if sys.flags.utf8_mode and not os.environ.get("PYTHONIOENCODING"):
        # The Makefile sets UTF-8 mode, for files; the terminal's encoding is still that of the locale.
        encoding = locale.getencoding()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding=encoding, errors="plain")  # type: ignore[union-attr]


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode()


def _replace(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    return "".join(_ascii(character) for character in missing), error.end


def _ascii(character: str) -> str:
    if character in _ASCII_REPLACEMENTS:
        return _ASCII_REPLACEMENTS[character]
    # Of a letter with an accent, the letter is kept.
    return unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode() or "?"
