"""Whole numbers, however JSON writes them.

To JSON Schema (draft 2020-12, Core, section 4.2.3) `1.0` and `1e2` are integers, and `1.5` is not.
"""

import re
from decimal import Decimal, InvalidOperation

_NUMBER = r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
# Texts are matched as well, closed or not, so that no digits within one are taken for a number.
_TEXT_OR_NUMBER = re.compile(rf'"(?:[^"\\]|\\.?)*+"?|{_NUMBER}'.encode(), re.DOTALL)
_PLAIN = re.compile(rb'".*|-?[0-9]+', re.DOTALL)
# `1e999999999` must not be written out. The decoder itself refuses what has more digits than this.
_MOST_DIGITS = 310


def normalise_integers(json: bytes) -> bytes:
    """The same JSON, each whole number as digits alone: `1.0` and `10e-1` as `1`."""
    return _TEXT_OR_NUMBER.sub(lambda match: _plain(match[0]), json)


def parse_integer(text: str) -> int | None:
    """The whole number that a text is, in digits alone or as JSON writes it; None where it is not one."""
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
        # Its exponent is beyond Decimal's own bounds.
        return written
    if not number:
        return b"0"
    if number.adjusted() >= _MOST_DIGITS or number != number.to_integral_value():
        return written
    return str(int(number)).encode()
