"""Printing on a terminal that knows fewer characters than we do."""

from __future__ import annotations

import codecs
import locale
import os
import sys
import unicodedata

# What we print beyond ASCII → what stands in for it.
_PLAIN = {"✓": "+", "✗": "x", "…": "...", "×": "x", "–": "-", "€": "EUR"}


def print_anywhere() -> None:
    """From here on, printing never fails for a character: what the terminal's encoding lacks is spelt out.

    A failure to print would come at any moment, after an order was placed for instance.
    """
    codecs.register_error("plain", _spell)
    encoding = None
    if sys.flags.utf8_mode and not os.environ.get("PYTHONIOENCODING"):
        # The Makefile switches it on, for files; what the terminal takes is said by the locale all the same.
        encoding = locale.getencoding()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding=encoding, errors="plain")  # type: ignore[union-attr]


def _spell(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    return "".join(_spelt(character) for character in missing), error.end


def _spelt(character: str) -> str:
    if character in _PLAIN:
        return _PLAIN[character]
    # An accent goes, its letter stays.
    return unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode() or "?"
