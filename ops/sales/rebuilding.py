"""The command `rebuild-sales`: counts all sales again, by the orders in the table, while events go on.

A moment T is chosen, five minutes ahead. Events from T on are counted by `record_sales`, in a new generation
of rows; what happened before T is counted by this command, which reads the table after T.

| step                                                    | if it dies after the step                        |
|---------------------------------------------------------|--------------------------------------------------|
| 1. write that a generation is built, and its T          | run it again: it continues with the same T       |
| 2. wait until five minutes after T                      | the same                                         |
| 3. read the table, and write the rows of the generation | the same rows are written again                  |
| 4. make the generation the valid one                    | run it again: the old rows are deleted, and all  |
|                                                         | is counted once more                             |
| 5. wait five minutes, and delete the old rows           | nothing is left to do                            |

Each wait is longer than any invocation that has read the state before, and than a write that was prepared
before T. So every event is counted either by an invocation that knows T, or by the read of the table. Two
rebuilds at once write the same rows.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import msgspec

from console.progress import say
from ops.documents.sales import RebuildSalesDocument
from ops.errors import CommandRefused
from ops.json_output import print_document
from ops.options import confirm
from ops.stage import Stage
from ops.table_scan import TableScan, in_words, scan_progress
from ordering.dead_letters.stage import TIME_ZONE
from ordering.domain.clock import later, now, seconds_until, unix_seconds
from ordering.domain.operator_text import counted
from ordering.domain.order import Order, OrderId
from ordering.domain.refund import Refund
from ordering.domain.sales import SETTLED_AFTER, Counts, Sale, TotalRow, additions, refund_of, sales_of
from ordering.domain.shop_day import day_of
from ordering.repositories import keys
from ordering.repositories.keys import order_keys, sales_keys
from ordering.repositories.sales import expiry
from ordering.repositories.sales_rebuild import RebuildConflict, SalesRebuild


@dataclass
class Counted:
    """What was counted. `unreadable` are the items that could not be read."""

    rows: dict[TotalRow, Counts] = field(default_factory=dict)
    sales: int = 0
    unreadable: list[str] = field(default_factory=list)

    def add(self, sale: Sale, time_zone: str) -> None:
        """Count a sale, unless the rows of its day have expired."""
        day = day_of(sale.at, time_zone)
        if expiry(day) < unix_seconds(now()):
            return
        self.sales += 1
        for row, counts in additions(sale, day).items():
            self.rows[row] = self.rows.get(row, Counts()) + counts


def rebuild_sales(
    stage: Stage,
    *,
    yes: bool,
    per_second: float,
    as_json: bool = False,
    sleep: Callable[[float], None] = time.sleep,
) -> int:
    """Count all sales again. Returns 0, or 3 if an item could not be read. Raises CommandRefused."""
    zone = time_zone_of(stage)
    rebuild = SalesRebuild(stage.patient_table)
    confirm(stage, "All totals of sales would be counted again. Reading them goes on meanwhile.", yes=yes)
    try:
        rebuild.delete_obsolete(_today())
        state = rebuild.begin(later(now(), SETTLED_AFTER), zone)
        generation, since, begun_by = state.building, state.building_since, state.building_zone
        if generation is None or since is None or begun_by is None:
            raise CommandRefused(
                "the state of the totals is incomplete",
                f"delete the item {keys.text(sales_keys.sales_state())}",
            )
        settled = later(since, SETTLED_AFTER)
        if not as_json:
            say(f"events from {since} on are counted one by one; the table is read at {settled}")
        wait_until(settled, sleep)
        found, scan = _count(stage, since, begun_by, per_second, as_json)
        rebuild.write(found.rows, generation)
        rebuild.finish(generation)
        wait_until(later(now(), SETTLED_AFTER), sleep)
        deleted = rebuild.delete_obsolete(_today())
    except RebuildConflict:
        raise CommandRefused(
            "another rebuild has finished meanwhile", "there is nothing to do; its totals are complete"
        ) from None
    if begun_by != zone:
        # An unfinished rebuild was completed, whose rows are by the days of another time zone.
        return rebuild_sales(stage, yes=True, per_second=per_second, as_json=as_json, sleep=sleep)
    if as_json:
        print_document(
            RebuildSalesDocument(
                stage.name, [], since, found.sales, len(found.rows), deleted, found.unreadable, scan.cost
            )
        )
    else:
        say(f"{counted(found.sales, 'sale')} before {since}, in {counted(len(found.rows), 'row')}")
        say(f"{counted(deleted, 'earlier row')} deleted; read: {in_words(scan.cost)}")
        for item in found.unreadable:
            say(f"  {item} cannot be read, and is not counted: fix it, and rebuild again")
    return 3 if found.unreadable else 0


def time_zone_of(stage: Stage) -> str:
    """Returns the shop's time zone. Raises CommandRefused in a stage without totals."""
    if TIME_ZONE not in stage.outputs:
        raise CommandRefused(
            f"stage {stage.name} counts no sales",
            "set `reporting` in stacks/settings/stages.py to count them",
        )
    return stage.outputs[TIME_ZONE]


def _today() -> date:
    return date.fromisoformat(now()[: len("2026-11-21")])


def wait_until(moment: str, sleep: Callable[[float], None]) -> None:
    """Sleep until a time has come."""
    while (seconds := seconds_until(moment, at=now())) > 0:
        sleep(seconds)


def _count(
    stage: Stage, since: str, zone: str, per_second: float, as_json: bool
) -> tuple[Counted, TableScan]:
    """Returns what happened before `since`."""
    found = Counted()
    scan = TableScan(stage.dynamodb, stage.table.name, pages=None, per_second=per_second)
    with scan_progress("Read the table", as_json) as progress:
        for page in scan.items(None, progress):
            for item in page:
                for sale in _sales(stage, item, found.unreadable):
                    if sale.at < since:
                        found.add(sale, zone)
    return found, scan


def _sales(stage: Stage, item: Mapping[str, Any], unreadable: list[str]) -> Iterator[Sale]:
    """Yields the sales that an item of the table shows."""
    if order_keys.order_of_partition(str(item["PK"])) is None:
        return
    try:
        if item["SK"] == order_keys.ORDER:
            yield from sales_of(msgspec.convert(item, Order))
        elif item["SK"] == order_keys.REFUND:
            refund = msgspec.convert(item, Refund)
            # A scan need not return an order together with its refund.
            order = stage.orders.find(OrderId(refund.order_id))
            if order is None:
                unreadable.append(keys.text(item))
            else:
                yield from refund_of(order, refund)
    except ValueError:
        # UnreadableRecord of the order is one too. The message may quote private data.
        unreadable.append(keys.text(item))
