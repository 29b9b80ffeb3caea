"""Integers in all notations of JSON.

In JSON Schema (draft 2020-12, Core, section 4.2.3) `1.0` and `1e2` are integers, and `1.5` is not.
"""

import re
from decimal import Decimal, InvalidOperation

_NUMBER = r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
# Strings are matched too, closed or not, so that digits inside a string are not taken for a number.
_TEXT_OR_NUMBER = re.compile(rf'"(?:[^"\\]|\\.?)*+"?|{_NUMBER}'.encode(), re.DOTALL)
_PLAIN = re.compile(rb'".*|-?[0-9]+', re.DOTALL)
# `1e999999999` must not be written out. The decoder refuses numbers with more digits.
_MOST_DIGITS = 310


def normalise_integers(json: bytes) -> bytes:
    """Returns the same JSON with each integer in plain digits: `1.0` and `10e-1` become `1`."""
    return _TEXT_OR_NUMBER.sub(lambda match: _plain(match[0]), json)


def parse_integer(text: str) -> int | None:
    """Returns the integer that a text represents in any notation of JSON; None if it is not an integer."""
    if not re.fullmatch(_NUMBER, text):
        return None
    plain = _plain(text.encode())
    return int(plain) if len(plain) <= _MOST_DIGITS and plain.lstrip(b"-").isdigit() else None


def _plain(written: bytes) -> bytes:
    if _PLAIN.fullmatch(written):
        return written
    try:
        number = Decimal(written.decode())
    except InvalidOperation:
        # The exponent is outside the range of Decimal.
        return written
    if not number:
        return b"0"
    if number.adjusted() >= _MOST_DIGITS or number != number.to_integral_value():
        return written
    return str(int(number)).encode()
