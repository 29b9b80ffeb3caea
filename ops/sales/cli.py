"""The commands about totals of sales: `sales`, `rebuild-sales` and `report`.

The parameters of a function are the options of its command, and its docstring is the help.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

import typer

from console.workspace import DEFAULT
from ops.app import app
from ops.json_output import needs_yes
from ops.options import AsJson, InWorkspace, Limit, Local, StageName, Yes, chosen_stage, rate
from ops.sales.daily_report import make_report
from ops.sales.rebuilding import rebuild_sales as rebuild
from ops.sales.rebuilding import time_zone_of
from ops.sales.report import show_sales
from ops.table_scan import PAGES_PER_SECOND
from ordering.domain.sales import MAX_DAYS
from ordering.domain.sales_groups import By
from ordering.domain.shop_day import zone


def _day(text: str) -> date:
    """Reads a day: `2026-11-21`."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text} is not a day such as 2026-11-21") from None


@app.command("sales", rich_help_panel="Sales")
def sales(
    stage: StageName = "",
    local: Local = False,
    first: Annotated[
        date | None,
        typer.Option(
            "--from", parser=_day, metavar="DAY", help="Default: the same as --to.", show_default=False
        ),
    ] = None,
    last: Annotated[
        date | None,
        typer.Option("--to", parser=_day, metavar="DAY", help="Default: today.", show_default=False),
    ] = None,
    by: Annotated[By, typer.Option(help="What the totals are grouped by.")] = By.DAY,
    limit: Limit = 100,
    as_json: AsJson = False,
    workspace: InWorkspace = DEFAULT,
) -> None:
    """Show totals of sales, by days of the shop's time zone."""
    place = chosen_stage(stage, local, workspace)
    end = last or datetime.now(zone(time_zone_of(place))).date()
    begin = first or end
    if not 0 <= (end - begin).days < MAX_DAYS:
        raise typer.BadParameter(f"--to must be --from or one of the {MAX_DAYS - 1} days after it")
    show_sales(place, by=by, first=begin, last=end, limit=limit, as_json=as_json)


@app.command("rebuild-sales", rich_help_panel="Sales")
def rebuild_sales(
    stage: StageName = "",
    local: Local = False,
    megabytes: Annotated[
        float,
        typer.Option("--megabytes", parser=rate, metavar="N/s", help="Read at most so many a second."),
    ] = PAGES_PER_SECOND,
    yes: Yes = False,
    as_json: AsJson = False,
    workspace: InWorkspace = DEFAULT,
) -> int:
    """Count all sales again by the orders in the table, while orders go on.

    It waits for a quarter of an hour in all, so that no event is counted twice or not at all. Run it again if
    it was interrupted.
    """
    needs_yes(as_json, yes)
    place = chosen_stage(stage, local, workspace)
    return rebuild(place, yes=yes, per_second=megabytes, as_json=as_json)


@app.command("report", rich_help_panel="Sales")
def report(
    day: Annotated[str, typer.Argument(metavar="DAY", help="A day that has ended: 2026-11-27.")],
    stage: StageName = "",
    local: Local = False,
    yes: Yes = False,
    as_json: AsJson = False,
    workspace: InWorkspace = DEFAULT,
) -> None:
    """Make the daily report of a day, or repeat it, and print links to it.

    If no figure has changed, nothing is written or mailed. Otherwise it makes a correction.
    """
    needs_yes(as_json, yes)
    make_report(chosen_stage(stage, local, workspace), day, yes=yes, as_json=as_json)
