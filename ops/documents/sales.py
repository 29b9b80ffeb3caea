"""The documents of the commands about totals of sales: sales, rebuild-sales, report."""

from __future__ import annotations

from ops.documents.base import Document, Part
from ops.documents.orders import ReadCost


class SalesRow(Part):
    """One total. `name` is a day, a SKU or a category; empty by currency, and without one.

    Amounts are minor units of the currency.
    """

    name: str
    currency: str
    orders: int
    units: int
    revenue: int
    refunds: int
    refunded: int
    cancellations: int
    cancelled: int


class SalesDocument(Document):
    """Totals of the days `first` to `last` of the time zone. `more`: there are more than `--limit`."""

    command = "sales"
    first: str
    last: str
    by: str
    time_zone: str
    totals: list[SalesRow]
    more: bool


class RebuildSalesDocument(Document):
    """What was counted again: sales before `since`, in so many rows. `unreadable` items are not counted."""

    command = "rebuild-sales"
    since: str
    sales: int
    rows: int
    deleted: int
    unreadable: list[str]
    read: ReadCost


class ReportDocument(Document):
    """The report of a day. `outcome` is NEW, CORRECTED or UNCHANGED; `mailed` is how many mails were sent.

    Whoever has the links can read the files, until `links_until` at the latest.
    """

    command = "report"
    day: str
    revision: int
    outcome: str
    mailed: int
    page: str
    csv: str
    links_until: str
