"""The CSV file of a daily report: a row for each currency, each category and each product.

It follows RFC 4180: commas, line ends of two characters, UTF-8. Amounts are major units with a point, whose
currency is a column. Nothing in it depends on when it is made.
"""

import csv
import hashlib
from collections.abc import Sequence
from datetime import date
from typing import IO

from ordering.domain.money import minor_digits
from ordering.domain.sales import Counts, Total

_COLUMNS = (
    *("day", "level", "name", "currency", "orders", "units", "revenue"),
    *("refunds", "refunded", "cancellations", "cancelled"),
)
# A spreadsheet takes a cell that begins with one of them for a formula ("CSV Injection", OWASP).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


class CsvFile:
    """Writes the rows one by one into a binary file, so that none of them is kept in memory."""

    def __init__(self, file: IO[bytes], day: date) -> None:
        self._file, self._day = file, day.isoformat()
        self._hash = hashlib.sha256()
        self._writer = csv.writer(self)
        self._writer.writerow(_COLUMNS)

    def write(self, text: str) -> int:
        """Append a line: `csv.writer` calls it."""
        line = text.encode()
        self._hash.update(line)
        return self._file.write(line)

    def add(self, level: str, total: Total) -> None:
        """Append the row of a total."""
        self._writer.writerow([self._day, level, cell(total.name), total.currency, *_numbers(total)])

    @property
    def digest(self) -> str:
        """SHA-256 of all that was written, in hexadecimal digits."""
        return self._hash.hexdigest()


def cell(text: str) -> str:
    """Return a text as a cell that no spreadsheet takes for a formula: with an apostrophe, if need be."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _numbers(total: Total) -> Sequence[str]:
    counts: Counts = total.counts
    return [
        str(counts.orders),
        str(counts.units),
        _amount(counts.revenue, total.currency),
        str(counts.refunds),
        _amount(counts.refunded, total.currency),
        str(counts.cancellations),
        _amount(counts.cancelled, total.currency),
    ]


def _amount(amount: int, currency: str) -> str:
    """Returns minor units as major ones: `1250.00`."""
    digits = minor_digits(currency)
    whole, part = divmod(amount, 10**digits)
    return f"{whole}.{part:0{digits}d}" if digits else str(whole)
