"""The operator's commands: a function each, its parameters the options, its docstring the help."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from console.command_line import new_app
from console.progress import say
from console.workspace import DEFAULT
from ops import dead_letter_commands, order_commands
from ops.dead_letters import KNOWN
from ops.formatting import Redactor
from ops.logs import StageLog, readable_lines
from ops.options import (
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
from ops.redrive import LetterFilter
from ops.replay import Replay
from ops.show import show as show_order

_EPILOG = """\
AWS credentials and region come from the usual variables, AWS_PROFILE and AWS_REGION among them.

Exit status: 0, done, or nothing to do. 1, refused or failed: the message says what to do. 2, wrong usage.
3, done in part: the rest is listed, with the reason. 130, interrupted: what was done stays done.

What each alarm means, and what to do then: docs/runbooks/README.md
"""

app = new_app(
    "Commands for orders that do not end by themselves, for a stage in AWS (--stage) and for the local run "
    "(--local). Commands that change something ask first, unless --yes is given.",
    _EPILOG,
)

QUEUE_NAMES = ", ".join(KNOWN)
Queues = Annotated[
    list[str] | None,
    typer.Option("--queue", metavar="QUEUE", help=f"Only this queue; may be repeated: {QUEUE_NAMES}."),
]
All = Annotated[bool, typer.Option("--all", help="Every dead letter that is there now.")]
Rate = Annotated[
    float, typer.Option(parser=rate, metavar="N/s", help="At most so many per second.", show_default="5/s")
]


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
    workspace: InWorkspace = DEFAULT,
) -> int:
    """Show everything that is known about one order."""
    place = chosen_stage(stage, local, workspace)
    return show_order(place, order_id, with_address=address, with_log=not no_log)


@app.command("dlq")
def dlq(
    stage: StageName = "",
    local: Local = False,
    queue: Queues = None,
    order: Annotated[
        str | None, typer.Option(metavar="ID", help="Only dead letters that name this order.")
    ] = None,
    workspace: InWorkspace = DEFAULT,
) -> int:
    """Show what every dead-letter queue holds, and why.

    Nothing is removed. SQS has no read without a receive, so this raises each message's receive count by
    one, which has no effect in a dead-letter queue, and hides it from other readers for a minute at most.
    """
    return dead_letter_commands.show_queues(chosen_stage(stage, local, workspace), queue or (), order)


@app.command("redrive")
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
    workspace: InWorkspace = DEFAULT,
) -> int:
    """Send dead letters where they should have gone."""
    if (order is None) == (not every):
        raise typer.BadParameter("give either --order ID or --all")
    return dead_letter_commands.redrive(
        chosen_stage(stage, local, workspace),
        queue or ("order",),
        LetterFilter(order),
        rate=rate,
        dry_run=dry_run,
        yes=yes,
    )


@app.command("discard")
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
    workspace: InWorkspace = DEFAULT,
) -> int:
    """Delete dead letters that nothing depends on."""
    if bool(message) == every:
        raise typer.BadParameter("give either --message ID or --all")
    return dead_letter_commands.discard(
        chosen_stage(stage, local, workspace),
        queue,
        LetterFilter(messages=frozenset(message or ())),
        rate=rate,
        yes=yes,
    )


@app.command("open")
def open_orders(
    stage: StageName = "",
    local: Local = False,
    minutes: Annotated[int, typer.Option(min=0, metavar="N", help="Only orders unchanged for so long.")] = 0,
    limit: Limit = 100,
    workspace: InWorkspace = DEFAULT,
) -> None:
    """Show orders that have not ended, the longest unchanged first."""
    order_commands.show_open(chosen_stage(stage, local, workspace), minutes=minutes, limit=limit)


@app.command("parked")
def parked(
    stage: StageName = "", local: Local = False, limit: Limit = 100, workspace: InWorkspace = DEFAULT
) -> None:
    """Show orders that are no longer driven, and why."""
    order_commands.show_parked(chosen_stage(stage, local, workspace), limit=limit)


@app.command("unpark")
def unpark(
    order_id: OrderIdArgument,
    stage: StageName = "",
    local: Local = False,
    yes: Yes = False,
    workspace: InWorkspace = DEFAULT,
) -> None:
    """Return a parked order to the sweep, which drives it within a few minutes."""
    order_commands.unpark(chosen_stage(stage, local, workspace), order_id, yes=yes)


@app.command("drive")
def drive(
    order_id: OrderIdArgument,
    stage: StageName = "",
    local: Local = False,
    yes: Yes = False,
    workspace: InWorkspace = DEFAULT,
) -> None:
    """Drive one order now, unparking it first."""
    order_commands.drive(chosen_stage(stage, local, workspace), order_id, yes=yes)


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
    workspace: InWorkspace = DEFAULT,
) -> None:
    """Show the latest log lines of a function, or of the state machine."""
    redact = Redactor()
    lines = StageLog(chosen_stage(stage, local, workspace)).latest(function, minutes, having)
    for line in readable_lines(lines):
        say(redact(line))


@app.command("replay")
def replay(
    since: Annotated[
        datetime,
        typer.Option("--from", parser=time, metavar="TIME", help="The first event's time, as RFC 3339."),
    ],
    rule: Annotated[str, typer.Option(help="The rule's name, or a part of it that no other rule has.")],
    until: Annotated[
        datetime | None,
        typer.Option("--to", parser=time, metavar="TIME", help="The last event's time.", show_default="now"),
    ] = None,
    stage: StageName = "",
    local: Local = False,
    yes: Yes = False,
    workspace: InWorkspace = DEFAULT,
) -> None:
    """Replay archived events to one rule (only in AWS)."""
    place = chosen_stage(stage, local, workspace)
    prepared = Replay(place, rule=rule, start=since, end=until or datetime.now(UTC))
    say(prepared.description)
    if prepared.is_fresh:
        say("Events of the last ten minutes may not be in the archive yet: replay missing ones later.")
    confirm(place, "The rule's target handles each of them again.", yes=yes)
    name = prepared.begin()
    say(f"replay {name} started; its progress: aws events describe-replay --replay-name {name}")
