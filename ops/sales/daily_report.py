"""The command `report`: the daily report of a day, made by the function that the schedule calls."""

from __future__ import annotations

import msgspec

from console.progress import say
from ops.documents.sales import ReportDocument
from ops.errors import CommandRefused
from ops.json_output import print_document
from ops.options import confirm
from ops.sales.rebuilding import time_zone_of
from ops.stage import Stage
from ordering.domain.clock import now
from ordering.domain.operator_text import counted
from ordering.domain.reports.days import DayRefused, ended_day

_DONE = {
    "NEW": "made",
    "CORRECTED": "corrected: its figures have changed since",
    "UNCHANGED": "is as it was: no figure has changed",
}


class _Made(msgspec.Struct, rename="camel"):
    """The response of the function."""

    day: str
    revision: int
    outcome: str
    mailed: int
    page: str
    csv: str
    links_until: str


def make_report(stage: Stage, day: str, *, yes: bool, as_json: bool = False) -> None:
    """Make, or repeat, the report of a day. Raises CommandRefused."""
    zone = time_zone_of(stage)
    try:
        ended_day(day, zone, at=now())
    except DayRefused as refused:
        why, _, remedy = str(refused).partition("; ")
        raise CommandRefused(why, remedy) from None
    confirm(
        stage,
        f"The report of {day} would be made. If its figures are new, its receivers get a mail.",
        yes=yes,
    )
    made = msgspec.convert(stage.make_report({"day": day}), _Made)
    if as_json:
        links = {"page": made.page, "csv": made.csv}
        print_document(
            ReportDocument(
                stage.name, [], made.day, made.revision, made.outcome, made.mailed, "", "", made.links_until
            ),
            shown=links,
        )
        return
    revision = f", correction {made.revision}" if made.revision else ""
    say(f"report of {made.day}{revision}: {_DONE.get(made.outcome, made.outcome)}")
    say(f"{counted(made.mailed, 'mail')} sent")
    say(f"the links work until {made.links_until} at the latest, for whoever has them:")
    # On standard output as they are: a link that is cut does not work.
    print(f"{made.page}\n{made.csv}", flush=True)
