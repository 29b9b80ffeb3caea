"""Safe printing: text that others wrote, characters that an encoding lacks, terminals and pipes."""

from __future__ import annotations

import codecs
import locale
import os
import sys
import unicodedata

# Characters we print beyond ASCII, and what replaces them on a terminal that cannot show them.
_PLAIN = {"✓": "+", "✗": "x", "…": "...", "×": "x", "–": "-", "€": "EUR", "→": "->", "─": "-", "━": "-"}


def visible(text: str) -> str:
    r"""Returns the text on one line, with an escape (`\x1b`, `\u202e`, `\n`) for each unprintable character.

    Control and escape characters could clear the screen or forge a line, bidirectional overrides reorder
    what is read, and invisible characters hide text. `str.isprintable` is false for all of them; the only
    space that it accepts is U+0020.
    """
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else _escape(each) for each in text)


def is_terminal() -> bool:
    """Whether a person reads standard output on a terminal that can redraw lines; false in CI."""
    return sys.stdout.isatty() and os.environ.get("TERM") not in (None, "dumb") and "CI" not in os.environ


def print_anywhere() -> None:
    """Make printing safe on any terminal: a character that the encoding lacks is replaced.

    A UnicodeEncodeError could otherwise end a command at any moment, for instance after an order was placed.
    """
    codecs.register_error("plain", _replace)
    encoding = None
    if sys.flags.utf8_mode and not os.environ.get("PYTHONIOENCODING"):
        # The Makefile sets UTF-8 mode for files; the locale still says what the terminal can show.
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
    if character in _PLAIN:
        return _PLAIN[character]
    # The accent is dropped, its letter stays.
    return unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode() or "?"
