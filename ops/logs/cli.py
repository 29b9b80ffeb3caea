"""The command about logs: `log`.

The parameters of a function are the options of its command, and its docstring is the help.
"""

from __future__ import annotations

from typing import Annotated

import typer

from console.progress import say
from console.workspace import DEFAULT
from ops.app import app
from ops.documents.logs import LogDocument
from ops.json_output import print_document
from ops.logs.stage_log import StageLog, log_entries, readable_lines
from ops.options import AsJson, InWorkspace, Local, StageName, chosen_stage
from ordering.domain.operator_text import Redactor


@app.command("log", rich_help_panel="The stage")
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
