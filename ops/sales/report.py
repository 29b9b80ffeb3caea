"""The command `sales`: totals of sales by day, product, category or currency."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import islice

from console.progress import say
from console.tables import show_table
from ops.documents.sales import SalesDocument, SalesRow
from ops.errors import CommandRefused
from ops.json_output import print_document
from ops.sales.rebuilding import time_zone_of
from ops.stage import Stage
from ordering.domain.money import Money
from ordering.domain.sales import Total
from ordering.domain.sales_groups import By
from ordering.repositories.items import UnreadableRecord
from ordering.repositories.sales import Sales

_PAGE = 100


def show_sales(stage: Stage, *, by: By, first: date, last: date, limit: int, as_json: bool = False) -> None:
    """Show totals. Raises CommandRefused in a stage without totals, and if a row of them is unreadable."""
    zone = time_zone_of(stage)
    try:
        found = list(islice(_totals(stage, by, first, last), limit + 1))
    except UnreadableRecord as error:
        raise CommandRefused(
            str(error),
            "count the totals again: orders-ops rebuild-sales; docs/runbooks/unreadable-records.md",
        ) from None
    shown, more = found[:limit], len(found) > limit
    if as_json:
        rows = [_row(total) for total in shown]
        print_document(
            SalesDocument(stage.name, [], first.isoformat(), last.isoformat(), by, zone, rows, more)
        )
        return
    say(f"sales by {by} from {first} to {last}, days of {zone}")
    if shown:
        say()
        show_table(
            [str(by), "orders", "units", "revenue", "refunds", "refunded", "cancellations"],
            [
                [
                    total.name or ("all" if by is By.CURRENCY else "none"),
                    str(total.counts.orders),
                    str(total.counts.units),
                    str(Money(amount=total.counts.revenue, currency=total.currency)),
                    str(total.counts.refunds),
                    str(Money(amount=total.counts.refunded, currency=total.currency)),
                    str(total.counts.cancellations),
                ]
                for total in shown
            ],
        )
    if more:
        say(f"there are more: --limit {limit * 10}")


def _totals(stage: Stage, by: By, first: date, last: date) -> Iterator[Total]:
    sales = Sales(stage.table)
    state, after = sales.state(), None
    while True:
        page, after = sales.totals(state, by, first, last, limit=_PAGE, after=after)
        yield from page
        if after is None:
            return


def _row(total: Total) -> SalesRow:
    counts = total.counts
    return SalesRow(
        name=total.name,
        currency=total.currency,
        orders=counts.orders,
        units=counts.units,
        revenue=counts.revenue,
        refunds=counts.refunds,
        refunded=counts.refunded,
        cancellations=counts.cancellations,
        cancelled=counts.cancelled,
    )
