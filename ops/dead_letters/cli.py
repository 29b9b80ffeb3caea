"""The commands about dead letters: `dlq`, `redrive` and `discard`.

The parameters of a function are the options of its command, and its docstring is the help.
"""

from __future__ import annotations

from typing import Annotated

import typer

from console.workspace import DEFAULT
from ops.app import app
from ops.dead_letters import commands
from ops.dead_letters.queues import KNOWN
from ops.dead_letters.redrive import LetterFilter
from ops.json_output import needs_yes
from ops.options import AsJson, InWorkspace, Local, StageName, Yes, chosen_stage, rate

QUEUE_NAMES = ", ".join(KNOWN)
Queues = Annotated[
    list[str] | None,
    typer.Option("--queue", metavar="QUEUE", help=f"Only this queue; may be repeated: {QUEUE_NAMES}."),
]
All = Annotated[bool, typer.Option("--all", help="Every dead letter that is there now.")]
Rate = Annotated[
    float, typer.Option(parser=rate, metavar="N/s", help="At most so many per second.", show_default="5/s")
]


@app.command("dlq", rich_help_panel="Dead letters")
def dlq(
    stage: StageName = "",
    local: Local = False,
    queue: Queues = None,
    order: Annotated[
        str | None, typer.Option(metavar="ID", help="Only dead letters that name this order.")
    ] = None,
    as_json: AsJson = False,
    workspace: InWorkspace = DEFAULT,
) -> int:
    """Show what every dead-letter queue holds, and why.

    Nothing is removed. SQS has no read without a receive, so this raises each message's receive count by
    one, which has no effect in a dead-letter queue, and hides it from other readers for a minute at most.
    """
    return commands.show_queues(chosen_stage(stage, local, workspace), queue or (), order, as_json=as_json)


@app.command("redrive", rich_help_panel="Dead letters")
def redrive(
    stage: StageName = "",
    local: Local = False,
    queue: Annotated[
        list[str] | None,
        typer.Option(
            "--queue", metavar="QUEUE", help="Of which queue; may be repeated.", show_default="order"
        ),
    ] = None,
    order: Annotated[
        str | None, typer.Option(metavar="ID", help="The dead letters that name this order.")
    ] = None,
    every: All = False,
    rate: Rate = 5.0,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be done.")] = False,
    yes: Yes = False,
    as_json: AsJson = False,
    workspace: InWorkspace = DEFAULT,
) -> int:
    """Send dead letters where they should have gone."""
    if (order is None) == (not every):
        raise typer.BadParameter("give either --order ID or --all")
    needs_yes(as_json, yes or dry_run)
    return commands.redrive(
        chosen_stage(stage, local, workspace),
        queue or ("order",),
        LetterFilter(order),
        rate=rate,
        dry_run=dry_run,
        yes=yes,
        as_json=as_json,
    )


@app.command("discard", rich_help_panel="Dead letters")
def discard(
    queue: Annotated[
        list[str], typer.Option("--queue", metavar="QUEUE", help="Of which queue; may be repeated.")
    ],
    stage: StageName = "",
    local: Local = False,
    message: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="This dead letter; may be repeated.")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Every dead letter that is there now, except those still needed.")
    ] = False,
    rate: Rate = 5.0,
    yes: Yes = False,
    as_json: AsJson = False,
    workspace: InWorkspace = DEFAULT,
) -> int:
    """Delete dead letters that nothing depends on."""
    if bool(message) == every:
        raise typer.BadParameter("give either --message ID or --all")
    needs_yes(as_json, yes)
    return commands.discard(
        chosen_stage(stage, local, workspace),
        queue,
        LetterFilter(messages=frozenset(message or ())),
        rate=rate,
        yes=yes,
        as_json=as_json,
    )
