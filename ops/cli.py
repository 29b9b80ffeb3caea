"""The commands `show`, `open`, `parked`, `unpark`, `drive`, `log` and `replay`; imports those of other files.

The parameters of a function are the options of its command, and its docstring is the help.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from console.progress import print_error, say
from console.workspace import DEFAULT
from ops import catalogue_cli, dead_letter_cli, operations_cli, order_commands
from ops.app import app
from ops.documents.logs import LogDocument
from ops.formatting import Redactor
from ops.json_output import needs_yes, print_document
from ops.logs import StageLog, log_entries, readable_lines
from ops.options import (
    AsJson,
    InWorkspace,
    Limit,
    Local,
    OrderIdArgument,
    StageName,
    Yes,
    chosen_stage,
    confirm,
    rate,
    time,
)
from ops.replay import Replay, ReplayTarget
from ops.show import show as show_order

# To import the last three adds their commands to `app`.
__all__ = ["app", "catalogue_cli", "dead_letter_cli", "operations_cli"]


@app.command("show")
def show(
    order_id: OrderIdArgument,
    stage: StageName = "",
    local: Local = False,
    address: Annotated[
        bool, typer.Option("--address", help="Show the delivery address too: personal data.")
    ] = False,
    no_log: Annotated[
        bool, typer.Option("--no-log", help="Leave out the logs, which take long in AWS.")
    ] = False,
    as_json: AsJson = False,
    workspace: InWorkspace = DEFAULT,
) -> int:
    """Show everything that is known about one order."""
    place = chosen_stage(stage, local, workspace)
    return show_order(place, order_id, with_address=address, with_log=not no_log, as_json=as_json)


@app.command("open")
def open_orders(
    stage: StageName = "",
    local: Local = False,
    minutes: Annotated[int, typer.Option(min=0, metavar="N", help="Only orders unchanged for so long.")] = 0,
    limit: Limit = 100,
    as_json: AsJson = False,
    workspace: InWorkspace = DEFAULT,
) -> None:
    """Show orders that have not ended, the longest unchanged first."""
    order_commands.show_open(
        chosen_stage(stage, local, workspace), minutes=minutes, limit=limit, as_json=as_json
    )


@app.command("parked")
def parked(
    stage: StageName = "",
    local: Local = False,
    limit: Limit = 100,
    as_json: AsJson = False,
    workspace: InWorkspace = DEFAULT,
) -> None:
    """Show orders that are no longer driven, and why."""
    order_commands.show_parked(chosen_stage(stage, local, workspace), limit=limit, as_json=as_json)


@app.command("unpark")
def unpark(
    order_id: OrderIdArgument,
    stage: StageName = "",
    local: Local = False,
    yes: Yes = False,
    as_json: AsJson = False,
    workspace: InWorkspace = DEFAULT,
) -> None:
    """Return a parked order to the sweep, which drives it within a few minutes."""
    needs_yes(as_json, yes)
    order_commands.unpark(chosen_stage(stage, local, workspace), order_id, yes=yes, as_json=as_json)


@app.command("drive")
def drive(
    order_id: OrderIdArgument,
    stage: StageName = "",
    local: Local = False,
    yes: Yes = False,
    as_json: AsJson = False,
    workspace: InWorkspace = DEFAULT,
) -> None:
    """Drive one order now, unparking it first."""
    needs_yes(as_json, yes)
    order_commands.drive(chosen_stage(stage, local, workspace), order_id, yes=yes, as_json=as_json)


@app.command("log")
def log(
    function: Annotated[
        str,
        typer.Argument(
            metavar="FUNCTION", show_default=False, help="publish_changes, place_order …, or Machine."
        ),
    ],
    stage: StageName = "",
    local: Local = False,
    minutes: Annotated[int, typer.Option(min=1, metavar="N", help="How far back.")] = 15,
    having: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="Only lines with this text, for instance ERROR or an id."),
    ] = None,
    as_json: AsJson = False,
    workspace: InWorkspace = DEFAULT,
) -> None:
    """Show the latest log lines of a function, or of the state machine."""
    redact = Redactor()
    place = chosen_stage(stage, local, workspace)
    lines = StageLog(place).latest(function, minutes, having)
    if as_json:
        print_document(LogDocument(place.name, [], log_entries(lines)), redact)
        return
    for line in readable_lines(lines):
        say(redact(line))


@app.command("replay")
def replay(
    since: Annotated[
        datetime,
        typer.Option("--from", parser=time, metavar="TIME", help="The first event's time, as RFC 3339."),
    ],
    consumer: Annotated[
        str | None, typer.Option(metavar="FUNCTION", help="The consumer: notify_customer ….")
    ] = None,
    rule: Annotated[
        str | None,
        typer.Option(help="Instead of --consumer, a rule's name, or a part of it that no other rule has."),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option("--to", parser=time, metavar="TIME", help="The last event's time.", show_default="now"),
    ] = None,
    per_second: Annotated[
        float | None,
        typer.Option(
            "--rate",
            parser=rate,
            metavar="N/s",
            help="About so many events per second, by the count of the archive.",
            show_default="as fast as EventBridge publishes",
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be replayed.")] = False,
    stage: StageName = "",
    local: Local = False,
    yes: Yes = False,
    as_json: AsJson = False,
    workspace: InWorkspace = DEFAULT,
) -> None:
    """Replay archived events to one rule, and wait until it is done (only in AWS)."""
    if (rule is None) == (consumer is None):
        raise typer.BadParameter("give either --consumer FUNCTION or --rule RULE")
    needs_yes(as_json, yes or dry_run)
    place = chosen_stage(stage, local, workspace)
    target = ReplayTarget(rule, consumer)
    prepared = Replay(place, to=target, start=since, end=until or datetime.now(UTC))
    if not as_json:
        say(prepared.description)
        for note in prepared.notes:
            say(note)
    if not dry_run:
        confirm(place, "The rule's target handles each of them again.", yes=yes)
        prepared.run(per_second, print_error if as_json else say)
    if as_json:
        print_document(prepared.document())
