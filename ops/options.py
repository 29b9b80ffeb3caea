"""The options that several commands share, how their values are read, and the confirmation of changes."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from console.terminal import visible
from console.workspace import Workspace
from ops.errors import CommandRefused
from ops.stage import Stage, in_aws, on_this_machine

# A peek receives ten messages at once and hides them for a minute; each must be removed within that minute.
_SLOWEST, _FASTEST = 0.2, 100.0

StageName = Annotated[
    str, typer.Option("--stage", metavar="STAGE", help="A stage in AWS: dev, staging or prod.")
]
Local = Annotated[bool, typer.Option("--local", help="The local run.")]
InWorkspace = Annotated[
    Path,
    typer.Option("--workspace", metavar="FOLDER", help="The folder of the local run.", show_default=".local"),
]
OrderIdArgument = Annotated[
    str, typer.Argument(metavar="ORDER_ID", show_default=False, help="The id of the order.")
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")]
AsJson = Annotated[
    bool,
    typer.Option("--json", help="Print one JSON document, as in docs/operations-json.md."),
]
Limit = Annotated[int, typer.Option(min=1, metavar="N", help="Show at most so many.")]


def chosen_stage(name: str, local: bool, workspace: Path) -> Stage:
    """Returns the stage that the options name. Raises CommandRefused, or BadParameter unless one is given."""
    if bool(name) == local:
        raise typer.BadParameter("give either --stage STAGE or --local")
    return on_this_machine(Workspace(workspace.resolve())) if local else in_aws(name)


def rate(text: str | float) -> float:
    """Reads a number per second: `5/s` or `5`; typer passes a default through as it is."""
    if isinstance(text, float):
        return text
    try:
        number = float(text.removesuffix("/s"))
    except ValueError:
        raise typer.BadParameter(f"{text} is not a rate such as 5/s") from None
    if not _SLOWEST <= number <= _FASTEST:
        raise typer.BadParameter(f"{text} is not between {_SLOWEST}/s and {_FASTEST:.0f}/s")
    return number


def time(text: str) -> datetime:
    """Reads an RFC 3339 time with an offset."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text} is not a time such as 2026-11-21T12:00:00Z") from None
    if read.tzinfo is None:
        raise typer.BadParameter(f"{text} has no offset: add Z for UTC")
    return read


def confirm(stage: Stage, what: str, *, yes: bool) -> None:
    """Ask the operator to type the stage's name, so that a command for dev is not run on prod by mistake.

    Raises CommandRefused when they type anything else, or standard input is not a terminal.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise CommandRefused(
            "nothing was done: the command needs a confirmation", "add --yes where there is no terminal"
        )
    print(f"\n{visible(what)}\nstage {stage.name}, {stage.place}", flush=True)
    try:
        typed = input(f"Type the name of the stage ({stage.name}) to continue: ")
    except EOFError:
        typed = ""
    if typed.strip() != stage.name:
        raise CommandRefused(
            "nothing was done: it was not confirmed", f"type {stage.name} when asked, or add --yes"
        )
