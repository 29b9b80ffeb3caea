"""The figures of a daily report, and the record of the report that was made of them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from ordering.domain.base import NonNegative, Record
from ordering.domain.money import StoredCurrency
from ordering.domain.sales import Total

REPORTS = "daily/"
"""The prefix of the keys of all files."""

TOP_PRODUCTS = 10
"""How many products of each currency the page shows. The CSV file has all of them."""


class ReportedTotal(Record, frozen=True):
    """The total of one currency as a report has shown it. Amounts are minor units."""

    currency: StoredCurrency
    orders: NonNegative = 0
    units: NonNegative = 0
    revenue: NonNegative = 0
    refunds: NonNegative = 0
    refunded: NonNegative = 0
    cancellations: NonNegative = 0
    cancelled: NonNegative = 0


class EarlierDay(Record, frozen=True):
    """The revenue of a day before, in one currency, as it was when the first report was made."""

    day: str
    currency: StoredCurrency
    revenue: NonNegative


class DailyReport(Record, frozen=True):
    """The last report of a day. Revision 0 is the first one; each other is a correction of the one before.

    `earlier` stays that of the first report: so what happens to an earlier day changes no report of this one.
    """

    day: str
    revision: NonNegative
    digest: str
    """SHA-256 of the CSV file, which has every figure of the day."""
    folder: str
    """The key of the report's files in the bucket, without their names."""
    totals: tuple[ReportedTotal, ...] = ()
    earlier: tuple[EarlierDay, ...] = ()
    mail_due: bool = False
    """Whether some receiver of the settings has not got the mail about this revision yet."""


class Figures(NamedTuple):
    """What happened on one day of the shop."""

    day: date
    time_zone: str
    totals: Sequence[ReportedTotal]
    categories: Sequence[Total]
    products: Mapping[str, Sequence[Total]]
    """Currency → the products with the highest revenue, at most `TOP_PRODUCTS`."""
    product_counts: Mapping[str, int]
    """Currency → how many products were sold, refunded or cancelled."""


class ProductRanking:
    """Finds the products with the highest revenue of each currency, and keeps no others in memory."""

    def __init__(self) -> None:
        self._best: dict[str, list[Total]] = defaultdict(list)
        self.counts: dict[str, int] = defaultdict(int)

    def add(self, total: Total) -> None:
        """Take account of one more product."""
        self.counts[total.currency] += 1
        best = self._best[total.currency]
        best.append(total)
        best.sort(key=lambda each: (-each.counts.revenue, each.name))
        del best[TOP_PRODUCTS:]

    @property
    def best(self) -> dict[str, Sequence[Total]]:
        """Currency → its products, the highest revenue first. Products without revenue are left out."""
        return {
            currency: [each for each in best if each.counts.revenue] for currency, best in self._best.items()
        }


def reported(totals: Iterable[Total]) -> tuple[ReportedTotal, ...]:
    """Return totals of currencies as a report shows them, in the order of the currencies."""
    return tuple(
        ReportedTotal(
            currency=total.currency,
            orders=total.counts.orders,
            units=total.counts.units,
            revenue=total.counts.revenue,
            refunds=total.counts.refunds,
            refunded=total.counts.refunded,
            cancellations=total.counts.cancellations,
            cancelled=total.counts.cancelled,
        )
        for total in sorted(totals, key=lambda each: each.currency)
    )


def folder_of(day: date, revision: int, content: str) -> str:
    """Return where the files of a report are stored; `content` is the digest of both."""
    return f"{REPORTS}{day.isoformat()}/revision-{revision}/{content[:16]}"


def file_key(report: DailyReport, ending: str) -> str:
    """Return the key of a file of a report: `.../sales-2026-11-27-correction-1.csv`."""
    correction = f"-correction-{report.revision}" if report.revision else ""
    return f"{report.folder}/sales-{report.day}{correction}.{ending}"
