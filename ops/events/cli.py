"""The command about events: `replay`.

The parameters of a function are the options of its command, and its docstring is the help.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from console.progress import print_error, say
from console.workspace import DEFAULT
from ops.app import app
from ops.events.replay import Replay, ReplayTarget
from ops.json_output import needs_yes, print_document
from ops.options import AsJson, InWorkspace, Local, StageName, Yes, chosen_stage, confirm, rate, time


@app.command("replay", rich_help_panel="Events")
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
